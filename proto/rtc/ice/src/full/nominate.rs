use super::agent::Full;
use super::checklist::Checklist;
use super::pair::{Ends, Pair, State};
use crate::TransactionId;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long after the first valid pair a better one is waited for before the best there is is nominated (RFC 8445 §8.1.1 leaves
/// it to us). Two checks of 50 ms pacing and a long way there and back.
pub const NOMINATION_WAIT: Duration = Duration::from_millis(500);

/// Nominated once against a selected pair that is not worse, by this check; a second time, and it is selected.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Challenger {
    ends: Ends,
    by: TransactionId,
}

impl Checklist {
    /// The far end has nominated a valid pair. The last one nominated counts, for browsers move to another network this way; but
    /// one with aggressive nomination names every pair at the start and means the best (RFC 5245 §8.1.1.2), so a pair that is not
    /// better must be nominated twice, by two checks, with no check of the selected one in between.
    pub(crate) fn nominated(&mut self, ends: Ends, by: TransactionId, controlling: bool) {
        if self.selected == Some(ends) {
            self.challenger = None;
            return;
        }
        let priority = |ends: Ends| self.pair(ends).map(|pair| pair.priority(controlling));
        let held = self.selected.and_then(priority);
        let again = self
            .challenger
            .is_some_and(|first| first.ends == ends && first.by != by);
        if again || held.is_none_or(|held| priority(ends) > Some(held)) {
            self.selected = Some(ends);
            self.challenger = None;
            self.conclude(controlling);
        } else if self.challenger.is_none_or(|first| first.ends != ends) {
            self.challenger = Some(Challenger { ends, by });
        }
    }

    /// The pair that we should nominate now, or when to ask again. At once if nothing better can come, else after a while.
    fn to_nominate(&self, controlling: bool) -> Option<(Ends, Option<Time>)> {
        if self.selected.is_some() || self.nominating.is_some() {
            return None;
        }
        let best = self.pair(self.best(controlling)?)?;
        let is_better = |pair: &Pair| {
            let open = matches!(
                pair.state,
                State::Frozen | State::Waiting | State::InProgress
            );
            open && pair.priority(controlling) > best.priority(controlling)
        };
        let settled = !self.pairs.iter().any(is_better) && self.candidates_ended;
        let wait = self.first_valid.filter(|_| !settled);
        Some((best.ends, wait.map(|first| first + NOMINATION_WAIT)))
    }
}

impl Full {
    /// Controlling: begins the nomination that is due (regular nomination, RFC 8445 §8.1.1).
    pub(crate) fn nominate(&mut self, now: Time) {
        if !self.controlling {
            return;
        }
        if let Some((ends, wait)) = self.current.to_nominate(true)
            && wait.is_none_or(|at| now >= at)
        {
            self.current.nominating = Some(ends);
            self.current.triggered.retain(|known| *known != ends);
            self.current.triggered.push_front(ends);
        }
    }

    /// When `nominate` is wanted.
    pub(crate) fn nomination_due(&self) -> Option<Time> {
        if !self.controlling {
            return None;
        }
        let (_, wait) = self.current.to_nominate(true)?;
        Some(wait.unwrap_or(Time::ZERO))
    }
}
