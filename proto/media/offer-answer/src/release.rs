//! A leg leaves: a fork that lost, a far end that was transferred away.

use crate::Negotiator;
use crate::session::{Outstanding, Session, Whose};
use control_command::{Event, LegId, SessionId, What};

impl Negotiator {
    pub(crate) fn let_go(&mut self, id: SessionId, leg: LegId) {
        let Some(session) = self.state.sessions.get_mut(&id) else {
            return;
        };
        let Some(identity) = session.identities.remove(&leg) else {
            return;
        };
        session.released.insert(leg);
        session.standing.legs.remove(&leg);
        session.standing.part(leg);
        session.finished = session
            .finished
            .take()
            .filter(|it| it.answerer != leg && it.hearer != leg);
        session.outstanding = session
            .outstanding
            .take()
            .and_then(|it| it.without(leg))
            .map(Box::new);
        self.apply(id);
        let Some(lease) = identity.lease() else {
            return;
        };
        let session = self.state.sessions.get_mut(&id);
        match session.and_then(|session| session.leaving.get_mut(&leg)) {
            Some(leaving) => leaving.lease = Some(lease),
            // The worker never had it, or has let it go already.
            None => self.state.ports.release(lease),
        }
    }

    /// What a worker has told. Ports are given out again only after this.
    pub fn hear(&mut self, event: &Event) {
        match (&event.what, event.leg) {
            (What::Ended(_), _) => self.ended(event.session),
            (What::LegEnded(_), Some(leg)) => self.leg_ended(event.session, leg),
            _ => {}
        }
    }

    fn leg_ended(&mut self, id: SessionId, leg: LegId) {
        let Some(session) = self.state.sessions.get_mut(&id) else {
            return;
        };
        let Some(leaving) = session.leaving.get_mut(&leg) else {
            return;
        };
        leaving.plans = leaving.plans.saturating_sub(1);
        // Otherwise another plan is under way that lets it go once more.
        if leaving.plans == 0
            && let Some(leaving) = session.leaving.remove(&leg)
            && let Some(lease) = leaving.lease
        {
            self.state.ports.release(lease);
        }
    }
}

impl Outstanding {
    /// What remains of it without a leg.
    fn without(mut self, leg: LegId) -> Option<Self> {
        let has_won = matches!(self.whose, Whose::Late { winner: Some(won), .. } if won == leg);
        if self.from == leg || has_won {
            return None;
        }
        if self.forks.remove(&leg).is_none() {
            return Some(self);
        }
        if self.heard == Some(leg) {
            self.heard = None;
            let next = self.forks.iter().find(|(_, fork)| fork.early);
            if let Some((next, fork)) = next {
                self.heard = Some(*next);
                self.offerer.direction = fork.leg.direction.reversed();
            }
        }
        // What the offerer heard cannot be unheard: its ICE and DTLS stay for whoever is tried next.
        (!self.forks.is_empty() || self.told.is_some()).then_some(self)
    }
}

impl Session {
    /// Counts the legs that a new plan lets go.
    pub(crate) fn note_leaving(&mut self, gone: impl Iterator<Item = LegId>) {
        for leg in gone {
            let leaving = self.leaving.entry(leg).or_default();
            leaving.plans = leaving.plans.saturating_add(1);
        }
    }
}
