//! Is the peer there? (RFC 3261 §11.)

use crate::backoff::part;
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A peer that missed this many in a row is down; one loss is none.
const MISSES: u32 = 2;

/// OPTIONS at intervals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    every: Duration,
    next: Time,
    misses: u32,
    under_way: bool,
    /// Grows with each probe.
    pub(crate) cseq: u32,
}

impl Probe {
    /// The first at once.
    pub fn new(every: Duration) -> Self {
        Self {
            every,
            next: Time::ZERO,
            misses: 0,
            under_way: false,
            cseq: 0,
        }
    }

    /// When the next is due.
    pub fn deadline(&self) -> Option<Time> {
        (!self.under_way).then_some(self.next)
    }

    /// Whether it is time to ask; then the answer, or [`Probe::missed`], must follow.
    pub fn is_due(&mut self, now: Time) -> bool {
        let due = !self.under_way && now >= self.next;
        if due {
            self.under_way = true;
            self.cseq = self.cseq.saturating_add(1);
        }
        due
    }

    /// It answered, whatever it said: 404 and 405 are signs of life as well. But 503 is not.
    pub fn answered(&mut self, now: Time, status: u16, random: &mut Random) -> bool {
        if status == 503 || status == 408 {
            return self.missed(now, random);
        }
        self.under_way = false;
        self.misses = 0;
        self.schedule(now, self.every, random);
        false
    }

    /// It did not. Gives whether it counts as down from here on. A peer that is missed is asked more often.
    pub fn missed(&mut self, now: Time, random: &mut Random) -> bool {
        self.under_way = false;
        self.misses = self.misses.saturating_add(1);
        let sooner = if self.misses < MISSES {
            self.every / 4
        } else {
            self.every
        };
        self.schedule(now, sooner, random);
        self.misses >= MISSES
    }

    /// Up to a tenth earlier, so that many do not ask at once.
    fn schedule(&mut self, now: Time, span: Duration, random: &mut Random) {
        let jitter = part(span / 10, random);
        self.next = now + span.saturating_sub(jitter);
    }
}
