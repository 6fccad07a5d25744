//! The calls of the proxies: Call-ID and tags to sessions and legs.

use control_command::{Dress, LegEnd, LegId, SessionId};
use proto_base::{NetworkId, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Calls at once: as many sessions as the negotiator takes.
pub(crate) const CALLS: usize = 200_000;

/// Ends of a call in its life: the number of a leg is not used again.
const PARTIES: usize = 255;

/// All calls.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Calls {
    by_id: BTreeMap<String, Call>,
    by_session: BTreeMap<SessionId, String>,
    /// Calls that end when their time comes.
    ending: BTreeSet<(Time, SessionId)>,
    next: u64,
}

/// One call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) session: SessionId,
    pub(crate) created: Time,
    /// The last offer, answer or the like.
    pub(crate) signalled: Time,
    pub(crate) parties: Vec<Party>,
    next_leg: u8,
    /// Of the last offer.
    pub(crate) offered: Option<Offered>,
    ends: Option<Time>,
}

/// What was offered last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Offered {
    pub(crate) by: LegId,
    /// To whom, the latest last.
    pub(crate) to: Vec<LegId>,
}

/// One end of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) leg: LegId,
    /// `None`: it was offered something and has not answered, so its tag is not known.
    pub(crate) tag: Option<String>,
    /// The branch that it was offered something on.
    pub(crate) branch: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) network: NetworkId,
    pub(crate) dress: Dress,
    pub(crate) created: Time,
    /// With whom it talks.
    pub(crate) with: Option<LegId>,
}

impl Party {
    /// As the door knows it.
    pub(crate) fn end(&self) -> LegEnd {
        LegEnd {
            leg: self.leg,
            network: self.network,
            dress: self.dress,
            signalled_from: None,
        }
    }
}

impl Calls {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Call> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Call> {
        self.by_id.get_mut(id)
    }

    /// Call-IDs, in their order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }

    /// A new call. A second one of the same Call-ID takes the place of the first, which is given back to be ended.
    pub(crate) fn open(&mut self, now: Time, id: &str) -> Option<&mut Call> {
        if self.by_id.len() >= CALLS {
            return None;
        }
        self.next = self.next.saturating_add(1);
        let session = SessionId(self.next);
        self.by_session.insert(session, id.to_owned());
        let call = Call {
            session,
            created: now,
            signalled: now,
            parties: Vec::new(),
            next_leg: 0,
            offered: None,
            ends: None,
        };
        self.by_id.insert(id.to_owned(), call);
        self.by_id.get_mut(id)
    }

    /// Forgets a call.
    pub(crate) fn close(&mut self, id: &str) -> Option<Call> {
        let call = self.by_id.remove(id)?;
        self.by_session.remove(&call.session);
        if let Some(at) = call.ends {
            self.ending.remove(&(at, call.session));
        }
        Some(call)
    }

    /// Whether a call has this session.
    pub(crate) fn is_open(&self, session: SessionId) -> bool {
        self.by_session.contains_key(&session)
    }

    /// A call ends then; `None`: it does not.
    pub(crate) fn end_at(&mut self, id: &str, at: Option<Time>) {
        let Some(call) = self.by_id.get_mut(id) else {
            return;
        };
        if let Some(before) = std::mem::replace(&mut call.ends, at) {
            self.ending.remove(&(before, call.session));
        }
        if let Some(at) = at {
            self.ending.insert((at, call.session));
        }
    }

    /// When the next call ends.
    pub(crate) fn next_end(&self) -> Option<Time> {
        self.ending.first().map(|(at, _)| *at)
    }

    /// A call whose time has come.
    pub(crate) fn due(&self, now: Time) -> Option<String> {
        let (_, session) = self.ending.first().filter(|(at, _)| *at <= now)?;
        self.by_session.get(session).cloned()
    }

    /// The call of a session.
    pub(crate) fn id_of(&self, session: SessionId) -> Option<&str> {
        self.by_session.get(&session).map(String::as_str)
    }
}

impl Call {
    pub(crate) fn party(&self, leg: LegId) -> Option<&Party> {
        self.parties.iter().find(|party| party.leg == leg)
    }

    pub(crate) fn party_mut(&mut self, leg: LegId) -> Option<&mut Party> {
        self.parties.iter_mut().find(|party| party.leg == leg)
    }

    pub(crate) fn tagged(&self, tag: &str) -> Option<&Party> {
        let mut parties = self.parties.iter();
        parties.find(|party| party.tag.as_deref() == Some(tag))
    }

    /// Who is meant as the other end of an offer: by his tag; of those who have none yet by the branch; without either whoever the
    /// offerer talks with.
    pub(crate) fn other_end(
        &self,
        from: LegId,
        tag: Option<&str>,
        branch: Option<&str>,
    ) -> Option<LegId> {
        if let Some(party) = tag.and_then(|tag| self.tagged(tag)) {
            return Some(party.leg);
        }
        let others = || self.parties.iter().filter(move |party| party.leg != from);
        let on_branch = |party: &&Party| branch.is_some() && party.branch.as_deref() == branch;
        let untagged = |party: &&Party| party.tag.is_none();
        if branch.is_some() {
            return others().find(on_branch).map(|party| party.leg);
        }
        let talks = self.party(from).and_then(|party| party.with);
        talks
            .filter(|_| tag.is_none())
            .or_else(|| others().find(untagged).map(|party| party.leg))
    }

    /// A new end.
    pub(crate) fn join(
        &mut self,
        now: Time,
        tag: Option<&str>,
        network: NetworkId,
        dress: Dress,
    ) -> Option<LegId> {
        if usize::from(self.next_leg) >= PARTIES {
            return None;
        }
        let leg = LegId(self.next_leg);
        self.next_leg = self.next_leg.saturating_add(1);
        self.parties.push(Party {
            leg,
            tag: tag.map(str::to_owned),
            branch: None,
            label: None,
            network,
            dress,
            created: now,
            with: None,
        });
        Some(leg)
    }

    pub(crate) fn leave(&mut self, leg: LegId) {
        self.parties.retain(|party| party.leg != leg);
        for party in &mut self.parties {
            if party.with == Some(leg) {
                party.with = None;
            }
        }
        if let Some(offered) = &mut self.offered {
            offered.to.retain(|it| *it != leg);
        }
    }
}
