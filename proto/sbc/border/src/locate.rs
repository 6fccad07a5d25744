//! Names of peers, and of hosts on a dialog's route, are resolved (RFC 3263) by questions that the shell puts to DNS.

use crate::turn::Turn;
use crate::{Border, Output};
use proto_base::{NetworkId, Time, Transport};
use sbc_policy::PeerId;
use serde::{Deserialize, Serialize};
use sip_locate::{Answer, Located, Locator, Place, Question, Reach, Wanted};
use sip_message::Uri;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// Names are looked at this often; what DNS said is kept as long as it said.
const ROUND: Duration = Duration::from_secs(20);
/// Questions that the shell has not answered.
const MAX_ASKED: usize = 256;

/// What DNS is asked, and has said.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Names {
    locator: Locator,
    asked: BTreeSet<Question>,
    /// The next look at the peers' names.
    next: Option<Time>,
}

impl Names {
    /// To be looked at once at the beginning, if any peer has a name.
    pub(crate) fn of(plan: &sbc_policy::Plan) -> Self {
        let named = plan.peers.iter().any(|peer| peer.uri.is_some());
        Self {
            next: named.then_some(Time::ZERO),
            ..Self::default()
        }
    }

    /// Whoever was asked before is gone, and the answers with him.
    pub(crate) fn ask_again(&mut self) {
        self.asked.clear();
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.next
    }
}

impl Border {
    pub(crate) fn names_due(&mut self, turn: &mut Turn<'_>) {
        if self.state.names.next.is_some_and(|at| at <= turn.now) {
            self.state.names.next = Some(turn.now + ROUND);
            self.resolve_peers(turn);
        }
    }

    pub(crate) fn found(&mut self, turn: &mut Turn<'_>, question: Question, answer: Answer) {
        let names = &mut self.state.names;
        if names.asked.remove(&question) {
            names.locator.found(turn.now, question, answer);
            self.resolve_peers(turn);
        }
    }

    fn resolve_peers(&mut self, turn: &mut Turn<'_>) {
        let named: Vec<(PeerId, NetworkId, Wanted, Option<String>)> = self
            .plan
            .peers
            .iter()
            .filter_map(|peer| {
                let wanted = Wanted {
                    transport: Some(peer.transport),
                    ..Wanted::of_uri(peer.uri.as_ref()?)?
                };
                Some((peer.id, peer.network, wanted, peer.proves()))
            })
            .collect();
        for (peer, network, wanted, proves) in named {
            // While DNS is silent, what it said last is better than nothing.
            if let Some(places) = self.locate(turn.now, network, &wanted, proves) {
                let resolved = &mut self.state.resolved;
                resolved.retain(|(known, _)| *known != peer);
                resolved.extend(places.into_iter().map(|place| (peer, place.address)));
            }
        }
    }

    /// Where a host on a dialog's route is, if DNS has said so lately. If not it is asked, and whoever sends now takes the peer's own
    /// way.
    pub(crate) fn place_of_name(
        &mut self,
        now: Time,
        network: NetworkId,
        uri: &Uri,
    ) -> Option<(Transport, SocketAddr)> {
        let wanted = Wanted::of_uri(uri)?;
        let place = self
            .locate(now, network, &wanted, None)?
            .into_iter()
            .next()?;
        Some((place.transport, place.address))
    }

    /// `proves`: the domain that whoever is found must prove, if not the one that was looked for.
    fn locate(
        &mut self,
        now: Time,
        network: NetworkId,
        wanted: &Wanted,
        proves: Option<String>,
    ) -> Option<Vec<Place>> {
        let listeners = &self.plan.network(network)?.listeners;
        let transports: Vec<Transport> = listeners
            .iter()
            .map(|listener| listener.transport)
            .filter(|transport| !transport.is_websocket())
            .chain(wanted.transport)
            .collect();
        let any = |test: fn(&SocketAddr) -> bool| {
            listeners.is_empty() || listeners.iter().any(|listener| test(&listener.bind))
        };
        let reach = Reach {
            transports: &transports,
            v4: any(SocketAddr::is_ipv4),
            v6: any(SocketAddr::is_ipv6),
        };
        let names = &mut self.state.names;
        match names
            .locator
            .locate(now, wanted, reach, &mut self.state.random)
        {
            Located::At(places) => {
                // The name that was looked for, not the server's that DNS led to: DNS proves nothing.
                for place in &places {
                    if place.transport == Transport::Tls {
                        let domain = proves.clone().unwrap_or_else(|| wanted.host.clone());
                        self.out
                            .push_back(Output::Expect(network, place.address, domain));
                    }
                }
                Some(places)
            }
            Located::Ask(questions) => {
                for question in questions {
                    if names.asked.len() < MAX_ASKED && names.asked.insert(question.clone()) {
                        self.out.push_back(Output::Lookup(question));
                    }
                }
                None
            }
            Located::Nowhere(_) => None,
        }
    }
}
