//! What policy decided, as destinations of a call: a peer is one, a user as many as have a browser there.

use crate::Border;
use crate::invite::{ID_LENGTH, browser_end};
use crate::retry::Attempt;
use crate::route::{Called, Route};
use crate::state::{CALLER, Party};
use proto_base::Flow;
use sbc_call::{AskId, Codes, Group, Invitation};
use sbc_policy::{Advance, Decision, Inquiry, Origin, PeerId, Whither};
use sbc_registrar::Binding;
use sip_message::Request;

/// What every destination of a call has in common.
pub(crate) struct Common {
    /// Already counted down.
    pub(crate) max_forwards: u8,
    /// The user of our Contact towards peers.
    pub(crate) contact: String,
    /// Where it came from: that very browser does not ring.
    pub(crate) caller: Option<Flow>,
    /// Whom peers are asked for, however each of them writes it: two ways to one telephone.
    pub(crate) reaches: String,
    /// The challenged attempt that the first peer's INVITE continues.
    pub(crate) attempt: Option<Attempt>,
}

impl Border {
    /// Asks policy where a request goes; `None` if From or To is unreadable.
    pub(crate) fn decide(&mut self, origin: Origin<'_>, request: &Request) -> Option<Decision> {
        let from = request.headers.from().ok()?;
        let to = request.headers.to().ok()?;
        let inquiry = Inquiry {
            origin,
            method: &request.method,
            uri: &request.uri,
            from: &from,
            to: &to,
            headers: &request.headers,
        };
        Some(self.plan.route(&inquiry, &mut self.state.random))
    }

    /// The same for a call of this transaction, about which somebody else may have been asked.
    pub(crate) fn decide_call(
        &mut self,
        ask: AskId,
        origin: Origin<'_>,
        request: &Request,
    ) -> Option<Decision> {
        let Some(peers) = self.state.consults.chosen(ask).map(<[PeerId]>::to_vec) else {
            return self.decide(origin, request);
        };
        let from = request.headers.from().ok()?;
        let to = request.headers.to().ok()?;
        let inquiry = Inquiry {
            origin,
            method: &request.method,
            uri: &request.uri,
            from: &from,
            to: &to,
            headers: &request.headers,
        };
        let random = &mut self.state.random;
        Some(self.plan.route_to(&inquiry, &peers, random))
    }

    /// Puts a decision's groups behind those of the route.
    pub(crate) fn follow_decision(
        &mut self,
        route: &mut Route,
        groups: Vec<Vec<sbc_policy::Destination>>,
        decision: (&Advance, Option<&str>),
        common: &mut Common,
    ) {
        let (advance, name) = decision;
        route.silence = name.map(|_| advance.silence);
        for destinations in groups {
            let mut group = Vec::new();
            for destination in destinations {
                group.extend(self.called(destination, common));
            }
            if advance.ring.is_some() {
                // Who says how long each rings means several telephones, not several ways to one.
                for called in &mut group {
                    called.reaches = None;
                }
            }
            if !group.is_empty()
                && let Some(group) = route.then(group)
            {
                go_on(group, advance);
            }
        }
    }

    /// Those who ring for one destination of policy.
    pub(crate) fn called(
        &mut self,
        destination: sbc_policy::Destination,
        common: &mut Common,
    ) -> Vec<Called> {
        match destination.whither.clone() {
            Whither::Peer(peer) => vec![self.called_peer(peer, destination, common)],
            Whither::User(address_of_record) => {
                let bindings = &self.state.bindings;
                let reachable: Vec<Binding> = bindings
                    .of_address_of_record(&address_of_record)
                    .into_iter()
                    .cloned()
                    .collect();
                self.called_browsers(&reachable, &destination, common)
            }
        }
    }

    fn called_peer(
        &mut self,
        peer: PeerId,
        destination: sbc_policy::Destination,
        common: &mut Common,
    ) -> Called {
        let (call_id, from_tag, last) = match common.attempt.take() {
            Some(attempt) => (attempt.call_id, attempt.from_tag, attempt.cseq),
            None => (self.new_id(), self.new_id(), 0),
        };
        Called {
            place: sbc_call::Party {
                end: self.peer_end(peer, CALLER),
                flow: self.peer_hop(peer).flow,
                contact: self.peer_contact(peer, &common.contact),
                manners: self.manners_with(peer),
            },
            invitation: Invitation {
                uri: destination.uri,
                from: destination.from,
                to: destination.to,
                call_id,
                from_tag,
                cseq: last.saturating_add(1),
                max_forwards: common.max_forwards,
                headers: destination.headers,
            },
            party: Party::Peer(peer),
            reaches: Some(common.reaches.clone()),
            hop: None,
        }
    }

    /// Every browser of one user, each by its own Contact. They are devices of their own, and may ring one after another.
    pub(crate) fn called_browsers(
        &mut self,
        bindings: &[Binding],
        words: &sbc_policy::Destination,
        common: &Common,
    ) -> Vec<Called> {
        let mut called = Vec::new();
        for binding in bindings {
            let Some(flow) = binding.flow.filter(|flow| common.caller != Some(*flow)) else {
                continue;
            };
            let Some(arrival) = self.state.connections.get(&flow).copied() else {
                continue;
            };
            called.push(Called {
                place: sbc_call::Party {
                    end: browser_end(CALLER, &arrival),
                    flow,
                    contact: self.outer_contact(flow),
                    manners: Default::default(),
                },
                invitation: Invitation {
                    uri: binding.uri.clone(),
                    from: words.from.clone(),
                    to: words.to.clone(),
                    call_id: self.state.random.token(ID_LENGTH),
                    from_tag: self.state.random.token(ID_LENGTH),
                    cseq: 1,
                    max_forwards: common.max_forwards,
                    headers: words.headers.clone(),
                },
                party: Party::Browser {
                    address_of_record: binding.address_of_record.clone(),
                    token: binding.token.clone(),
                },
                reaches: Some(binding.token.clone()),
                hop: None,
            });
        }
        called
    }
}

/// When the next group has its turn.
pub(crate) fn go_on(group: &mut Group, advance: &Advance) {
    group.time = advance.ring;
    let statuses = advance.statuses.iter().copied();
    group.advance_on = statuses
        .filter(|status| advance.after(*status))
        .map(|status| Codes(status, status))
        .collect();
}
