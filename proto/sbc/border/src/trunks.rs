//! Our side of the peers that we are a customer of: registrations, probes, limits.

use crate::client::Errand;
use crate::route::{Called, Route};
use crate::state::{CALLER, Party};
use crate::turn::Turn;
use crate::{Border, Tell};
use proto_base::{Random, Time};
use sbc_policy::{Peer, PeerId, Plan};
use sbc_trunk::{Due, Place, Settings, Standing, Trunk};
use serde::{Deserialize, Serialize};
use sip_message::{Request, Response, Uri};
use std::collections::BTreeMap;

/// The user of our Contact at a peer where we are nobody.
const NOBODY: &str = "margrave";

/// What a request of a trunk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    Register,
    Probe,
}

/// A trunk for each peer that wants one. Those of an earlier plan go on as they were.
pub(crate) fn raise(
    plan: &Plan,
    trunks: BTreeMap<PeerId, Trunk>,
    random: &mut Random,
) -> BTreeMap<PeerId, Trunk> {
    let mut trunks = trunks;
    let wanted = plan.peers.iter().filter_map(|peer| {
        let settings = settings(peer)?;
        let trunk = trunks.remove(&peer.id);
        Some((
            peer.id,
            trunk.unwrap_or_else(|| Trunk::new(&settings, random)),
        ))
    });
    wanted.collect()
}

fn settings(peer: &Peer) -> Option<Settings> {
    let account = peer.account.as_ref().map(|account| {
        let user = account.auth_username.as_ref().unwrap_or(&account.username);
        (user.clone(), account.password.0.clone())
    });
    let settings = Settings {
        account,
        register: peer.register,
        probe: peer.probe,
        calls_per_second: peer.calls_per_second,
    };
    let Settings {
        account,
        register,
        probe,
        calls_per_second,
    } = &settings;
    let is_wanted =
        account.is_some() || register.is_some() || probe.is_some() || calls_per_second.is_some();
    is_wanted.then_some(settings)
}

impl Border {
    pub(crate) fn trunk_deadline(&self) -> Option<Time> {
        // Before its name is resolved nothing can be sent to a peer.
        let trunks = self.state.trunks.iter();
        trunks
            .filter(|(peer, _)| self.is_placed(**peer))
            .filter_map(|(_, trunk)| trunk.deadline())
            .min()
    }

    pub(crate) fn trunks_due(&mut self, turn: &mut Turn<'_>) {
        if self.state.is_stopping {
            return;
        }
        let due: Vec<PeerId> = self
            .state
            .trunks
            .iter()
            .filter(|(_, trunk)| trunk.deadline().is_some_and(|at| at <= turn.now))
            .filter(|(peer, _)| self.is_placed(**peer))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in due {
            let Some(place) = self.trunk_place(peer) else {
                continue;
            };
            let Some(trunk) = self.state.trunks.get_mut(&peer) else {
                continue;
            };
            for due in trunk.poll(turn.now, &place, &mut self.state.random) {
                let (purpose, request) = match due {
                    Due::Register(request) => (Purpose::Register, request),
                    Due::Probe(request) => (Purpose::Probe, request),
                };
                self.trunk_asks(turn, peer, purpose, request);
            }
        }
    }

    fn trunk_asks(
        &mut self,
        turn: &mut Turn<'_>,
        peer: PeerId,
        purpose: Purpose,
        request: Request,
    ) {
        let hop = self.peer_hop(peer);
        self.request_hop(turn, hop, request, Errand::Trunk { peer, purpose });
    }

    pub(crate) fn trunk_answered(
        &mut self,
        turn: &mut Turn<'_>,
        (peer, purpose): (PeerId, Purpose),
        response: &Response,
    ) {
        let State { trunks, random } = State::of(&mut self.state);
        let Some(trunk) = trunks.get_mut(&peer) else {
            return;
        };
        match purpose {
            Purpose::Register => {
                let standing = trunk.registered(turn.now, response, random);
                self.trunk_stands(turn, peer, standing);
            }
            Purpose::Probe => {
                let status = response.status.code();
                let is_down = trunk.probed(turn.now, Some(status), random);
                self.probed(peer, is_down, "refuses probes");
            }
        }
    }

    pub(crate) fn trunk_silent(&mut self, turn: &mut Turn<'_>, (peer, purpose): (PeerId, Purpose)) {
        let State { trunks, random } = State::of(&mut self.state);
        let Some(trunk) = trunks.get_mut(&peer) else {
            return;
        };
        match purpose {
            Purpose::Register => {
                let standing = trunk.unregistered(turn.now, random);
                self.trunk_stands(turn, peer, standing);
            }
            Purpose::Probe => {
                let is_down = trunk.probed(turn.now, None, random);
                self.probed(peer, is_down, "no answer to probes");
            }
        }
    }

    fn probed(&mut self, peer: PeerId, is_down: bool, why: &'static str) {
        if is_down {
            self.peer_is_silent(peer, why);
        }
    }

    fn trunk_stands(&mut self, turn: &mut Turn<'_>, peer: PeerId, standing: Standing) {
        let trunk = self.name_of(peer);
        match standing {
            Standing::Same => {}
            Standing::Again(request) => {
                self.trunk_asks(turn, peer, Purpose::Register, *request);
            }
            Standing::Registered { expires } => {
                self.tell(Tell::TrunkRegistered { trunk, expires });
            }
            Standing::Lost { status } => self.tell(Tell::TrunkLost { trunk, status }),
        }
    }

    /// Every contact of ours at a peer is taken back.
    pub(crate) fn trunks_end(&mut self, turn: &mut Turn<'_>) {
        let peers: Vec<PeerId> = self.state.trunks.keys().copied().collect();
        for peer in peers {
            let Some(place) = self.trunk_place(peer) else {
                continue;
            };
            let State { trunks, random } = State::of(&mut self.state);
            let last = trunks
                .get_mut(&peer)
                .and_then(|trunk| trunk.end(&place, random));
            if let Some(request) = last {
                self.trunk_asks(turn, peer, Purpose::Register, request);
            }
        }
    }

    /// Takes out of a call to be whoever may not be called now. `Err` if the caller may not call, or nobody is left.
    pub(crate) fn keep_to_limits(&self, route: &mut Route) -> Result<(), &'static str> {
        let mut refused = None;
        for member in &route.members {
            let Party::Peer(peer) = member.party else {
                continue;
            };
            let Err(why) = self.may_call_peer(peer) else {
                continue;
            };
            if member.leg == CALLER {
                return Err(why);
            }
            refused = Some(why);
            for group in &mut route.groups {
                group
                    .destinations
                    .retain(|destination| destination.party.end.leg != member.leg);
            }
        }
        route.groups.retain(|group| !group.destinations.is_empty());
        match refused {
            Some(why) if route.groups.is_empty() => Err(why),
            _ => Ok(()),
        }
    }

    /// The same for those who are called in the course of a call: by a REFER, or by a 3xx.
    pub(crate) fn keep_called_to_limits(
        &self,
        called: Vec<Called>,
    ) -> Result<Vec<Called>, &'static str> {
        let mut refused = None;
        let mut within = Vec::new();
        for called in called {
            let verdict = match called.party {
                Party::Peer(peer) => self.may_call_peer(peer),
                Party::Browser { .. } => Ok(()),
            };
            match verdict {
                Ok(()) => within.push(called),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if within.is_empty() => Err(why),
            _ => Ok(within),
        }
    }

    /// Whether a new call with this peer is within what was agreed; `Err` says what is not.
    pub(crate) fn may_call_peer(&self, peer: PeerId) -> Result<(), &'static str> {
        if !self.is_placed(peer) {
            return Err("the peer's name is not resolved");
        }
        if self.is_full(peer) {
            return Err("too many calls with the peer");
        }
        Ok(())
    }

    /// Whether as many calls have a leg there as may.
    pub(crate) fn is_full(&self, peer: PeerId) -> bool {
        let most = self.plan.peer(peer).and_then(|peer| peer.max_calls);
        let now = self.state.calls_with.get(&peer).copied().unwrap_or(0);
        most.is_some_and(|most| now >= most)
    }

    /// One more INVITE to a peer, now, if its rate allows. Not asked before it is sent: who is called last may never be.
    pub(crate) fn is_within_rate(&mut self, now: Time, peer: PeerId) -> bool {
        let trunk = self.state.trunks.get_mut(&peer);
        trunk.is_none_or(|trunk| trunk.may_call(now))
    }

    fn is_placed(&self, peer: PeerId) -> bool {
        self.addresses_of(peer).next().is_some()
    }

    fn trunk_place(&mut self, peer: PeerId) -> Option<Place> {
        let planned = self.plan.peer(peer)?;
        let user = planned
            .account
            .as_ref()
            .map_or(NOBODY, |account| account.username.as_str())
            .to_owned();
        let contact = self.peer_contact(peer, &user).uri;
        let host = self.host_of(peer);
        let registrar = Uri::sip_host(None, host.clone());
        let address_of_record = Uri::sip_host(Some(&user), host);
        Some(Place {
            registrar,
            address_of_record,
            contact,
        })
    }
}

/// Two parts of the state, borrowed at once.
struct State<'a> {
    trunks: &'a mut BTreeMap<PeerId, Trunk>,
    random: &'a mut Random,
}

impl<'a> State<'a> {
    fn of(state: &'a mut crate::state::State) -> Self {
        Self {
            trunks: &mut state.trunks,
            random: &mut state.random,
        }
    }
}
