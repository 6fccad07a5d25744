use super::agent::{Full, Transmit};
use super::check::{Check, Claim, Purpose};
use super::checklist::Checklist;
use super::pair::{Ends, State};
use crate::{CONSENT, Failure, INITIAL_WAIT};
use proto_base::{Random, Time};
use std::time::Duration;

/// How often consent is asked for, on average (RFC 7675 §5.1).
pub const CONSENT_INTERVAL: Duration = Duration::from_secs(5);

/// Each interval is between 0.8 and 1.2 of that, so that checks of many calls do not come in step.
fn interval(random: &mut Random) -> Duration {
    let spread = CONSENT_INTERVAL * 2 / 5;
    let part = (u64::from(random.u32()) * u64::try_from(spread.as_micros()).unwrap_or(0)) >> 32;
    CONSENT_INTERVAL * 4 / 5 + Duration::from_micros(part)
}

impl Checklist {
    /// When the selected pair's consent is over. An answer to our check renews it (RFC 7675). A far end that lacks consent checks
    /// but sends authentic media, or checks of its own, wants to be spoken to as well: its call is not ended (advisory).
    fn expiry(&self, media: Option<Time>) -> Option<Time> {
        let pair = self.pair(self.selected?)?;
        let last = pair.consent.max(pair.heard).max(media);
        last.map(|last| last + CONSENT)
    }

    /// When consent is to be asked for next, or is over.
    fn consent_due(&self, media: Option<Time>) -> Option<Time> {
        self.selected?;
        let next = self.next_consent.unwrap_or(Time::ZERO);
        Some(self.expiry(media).map_or(next, |expiry| expiry.min(next)))
    }

    /// When an address that is not selected is listened to no longer.
    fn stale_at(&self) -> Option<Time> {
        let others = self
            .pairs
            .iter()
            .filter(|pair| self.selected != Some(pair.ends));
        let last = others.filter_map(|pair| pair.consent.max(pair.heard)).min();
        last.map(|last| last + CONSENT)
    }

    /// Drops what has not been heard for so long and is not selected.
    fn forget_stale(&mut self, now: Time) {
        let selected = self.selected;
        self.pairs.retain_mut(|pair| {
            let last = pair.consent.max(pair.heard);
            if selected == Some(pair.ends) || last.is_none_or(|last| now < last + CONSENT) {
                return true;
            }
            pair.consent = None;
            pair.heard = None;
            matches!(pair.state, State::Waiting | State::InProgress)
        });
    }

    /// The consent check that is due.
    fn ask(&mut self, now: Time, claim: Claim, random: &mut Random) -> Option<Transmit> {
        let ends = self.selected?;
        let due = self.next_consent.is_some_and(|at| now >= at);
        if due || self.next_consent.is_none() {
            self.next_consent = Some(now + interval(random));
        }
        if !due {
            return None;
        }
        let check = Check::new(now, claim, Purpose::Consent, Duration::ZERO, random);
        self.send(ends, check)
    }

    /// Notes a check and gives its datagram.
    pub(crate) fn send(&mut self, ends: Ends, check: Check) -> Option<Transmit> {
        let remote = self.remote.as_ref()?;
        let pair = self.pairs.iter_mut().find(|pair| pair.ends == ends)?;
        let bytes = check.to_bytes(pair.check_priority, &self.local, remote);
        pair.add_check(check);
        Some(Transmit {
            socket: ends.socket,
            to: ends.remote,
            bytes,
        })
    }
}

impl Full {
    pub(crate) fn consent_timeout(&self) -> Option<Time> {
        let due = self
            .checklists()
            .flat_map(|list| [list.consent_due(self.media), list.stale_at()]);
        due.flatten().min()
    }

    /// Asks for consent where it is time, and draws the consequences where it is over.
    pub(crate) fn refresh_consent(&mut self, now: Time, random: &mut Random) {
        let claim = self.claim();
        let media = self.media;
        let is_over = |list: &Checklist| list.expiry(media).is_some_and(|at| now >= at);
        if self.previous.as_ref().is_some_and(is_over) {
            self.previous = None;
            // Nothing carries the call now; the restart must come to something soon.
            self.deadline = self
                .deadline
                .map(|deadline| deadline.min(now + INITIAL_WAIT));
            if self.deadline.is_none() && self.current.remote.is_some() {
                self.fail(Failure::ConsentLost);
                return;
            }
        }
        if is_over(&self.current) && !self.falls_back(now) {
            self.fail(Failure::ConsentLost);
            return;
        }
        for list in std::iter::once(&mut self.current).chain(&mut self.previous) {
            list.forget_stale(now);
            self.transmits.extend(list.ask(now, claim, random));
        }
    }

    /// The selected pair is dead, but another one works, as when a far end that we control has moved: that is nominated rather
    /// than the call lost. (RFC 8445 §8.1.1 would have us restart; that is the far end's to answer, and it is still there.)
    fn falls_back(&mut self, now: Time) -> bool {
        let Some(dead) = self.current.selected.filter(|_| self.controlling) else {
            return false;
        };
        self.current.selected = None;
        self.current.next_consent = None;
        self.current.failed(dead);
        if let Some(pair) = self.current.pair_mut(dead) {
            pair.heard = None;
        }
        self.current.forget_stale(now);
        let lives = self.current.pairs.iter().any(|pair| pair.is_valid());
        if lives {
            self.deadline = Some(now + INITIAL_WAIT);
        }
        lives
    }
}
