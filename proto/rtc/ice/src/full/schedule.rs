use super::agent::{Full, Transmit};
use super::check::{Check, Purpose};
use super::checklist::Checklist;
use super::pair::{Ends, State};
use crate::Failure;
use proto_base::{Random, Time};
use std::time::Duration;

/// Between two new checks (RFC 8445 §14.2).
pub const TA: Duration = Duration::from_millis(50);

impl Checklist {
    /// Repeats what is due, and gives up what is over.
    fn repeat(&mut self, now: Time, transmits: &mut impl Extend<Transmit>) {
        let Some(remote) = &self.remote else { return };
        for pair in &mut self.pairs {
            for check in &mut pair.checks {
                if check.repeat.is_some_and(|at| now >= at) {
                    check.repeated(now);
                    transmits.extend([Transmit {
                        socket: pair.ends.socket,
                        to: pair.ends.remote,
                        bytes: check.to_bytes(pair.check_priority, &self.local, remote),
                    }]);
                }
            }
        }
        let over: Vec<Ends> = self
            .pairs
            .iter_mut()
            .filter_map(|pair| {
                let nominated = |check: &Check| check.purpose == Purpose::Nominate;
                let before = pair.checks.iter().any(nominated);
                pair.checks.retain(|check| now < check.until);
                let lost_nomination = before && !pair.checks.iter().any(nominated);
                let finds = |check: &Check| check.purpose != Purpose::Consent;
                let unanswered = pair.state == State::InProgress && !pair.checks.iter().any(finds);
                (lost_nomination || unanswered).then_some(pair.ends)
            })
            .collect();
        for ends in over {
            if self.selected != Some(ends) {
                self.failed(ends);
            }
        }
    }

    /// When `repeat` is wanted.
    fn repeat_due(&self) -> Option<Time> {
        let checks = self.pairs.iter().flat_map(|pair| &pair.checks);
        checks
            .map(|check| check.repeat.map_or(check.until, |at| at.min(check.until)))
            .min()
    }

    /// RFC 8445 §14.3: so long that one round of all checks takes no longer.
    fn rto(&self) -> Duration {
        let open = self
            .pairs
            .iter()
            .filter(|pair| matches!(pair.state, State::Waiting | State::InProgress));
        TA * u32::try_from(open.count()).unwrap_or(u32::MAX)
    }
}

impl Full {
    /// Does what is due: a new check, repetitions, a nomination, consent, giving up. `media`: when an authentic packet of media came
    /// last on this leg.
    pub fn handle_timeout(&mut self, now: Time, media: Option<Time>, random: &mut Random) {
        if self.failure.is_some() {
            return;
        }
        self.media = self.media.max(media);
        for list in std::iter::once(&mut self.current).chain(&mut self.previous) {
            list.repeat(now, &mut self.transmits);
        }
        self.refresh_consent(now, random);
        if self.failure.is_some() {
            return;
        }
        self.advance(now, random);
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.deadline = None;
            // After a restart that came to nothing the old pair still carries the call.
            if self.previous.is_none() {
                self.fail(Failure::NoPair);
            }
        }
    }

    /// A new check or nomination, if one is due: what has just become so by a message need not wait for the timer.
    pub fn advance(&mut self, now: Time, random: &mut Random) {
        if self.failure.is_none() {
            self.nominate(now);
            self.check_next(now, random);
        }
    }

    fn check_next(&mut self, now: Time, random: &mut Random) {
        if now < self.next_check || self.current.remote.is_none() {
            return;
        }
        let Some(ends) = self.current.next(self.controlling) else {
            return;
        };
        let nominates = self.controlling && self.current.nominating == Some(ends);
        let purpose = if nominates {
            Purpose::Nominate
        } else {
            Purpose::Find
        };
        let check = Check::new(now, self.claim(), purpose, self.current.rto(), random);
        if let Some(pair) = self.current.pair_mut(ends) {
            // Only one is repeated at a time; of a valid pair the state is known already.
            pair.stop_repeating();
            if !nominates {
                pair.state = State::InProgress;
            }
        }
        self.transmits.extend(self.current.send(ends, check));
        self.next_check = now + TA;
    }

    /// When `handle_timeout` is wanted next; a moment already gone means at once.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.failure.is_some() {
            return None;
        }
        let checks = self.current.remote.is_some() && self.current.has_next();
        let mut due = [
            checks.then_some(self.next_check),
            self.nomination_due(),
            self.consent_timeout(),
            self.deadline,
        ]
        .into_iter()
        .flatten()
        .min();
        for list in self.checklists() {
            due = due.into_iter().chain(list.repeat_due()).min();
        }
        due
    }
}
