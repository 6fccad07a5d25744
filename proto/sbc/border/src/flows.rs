//! Connections come and go; the server is there or not.

use crate::follow::AWAY;
use crate::places::Place;
use crate::turn::Turn;
use crate::{Border, Output, Target, Tell};
use control_command::LegId;
use control_command::{Event, What};
use proto_base::{Flow, NetworkId, Time, Transport};
use sbc_call::{CallId, Side};
use sbc_policy::PeerId;
use sip_message::Uri;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Border {
    /// Calls hear of it before they hear that their transactions failed, so that they know why.
    pub(crate) fn closed(&mut self, turn: &mut Turn<'_>, flow: Flow) {
        let Some(arrival) = self.state.connections.remove(&flow) else {
            return;
        };
        self.state.proved.remove(&flow);
        self.state.strikes.remove(&flow);
        self.state.trials.remove(&flow);
        for address_of_record in self.state.bindings.flow_closed(flow) {
            self.tell(Tell::Unregistered {
                address_of_record,
                why: "connection closed",
            });
        }
        let carried: Vec<(u64, LegId)> = self
            .state
            .on_flow
            .range((flow, 0, LegId(0))..=(flow, u64::MAX, LegId(u8::MAX)))
            .map(|(_, call, leg)| (*call, *leg))
            .collect();
        for (call, leg) in &carried {
            self.set_aside(*call, *leg);
        }
        // What its transactions tell waits until the calls know.
        self.state.transactions.flow_closed(turn.now, flow);
        for (call, leg) in carried {
            self.with_call(turn, call, |call, context| {
                call.connection_lost(context, leg);
            });
        }
        self.subscriptions_lose(turn, flow);
        if arrival.transport.is_websocket() {
            return;
        }
        // A server's INVITE came on a connection of its own, which is no place of its leg.
        let mut asking: Vec<u64> = self
            .state
            .asks
            .values()
            .filter(|ask| ask.flow == flow)
            .filter_map(|ask| ask.call)
            .collect();
        asking.dedup();
        for call in asking {
            self.with_call(turn, call, |call, context| call.asker_lost(context, flow));
        }
    }

    /// What was sent there and not yet answered at all will not be: the waiting need not wait for their patience's end.
    pub(crate) fn unreachable(&mut self, turn: &mut Turn<'_>, target: Target) {
        let flow = match target {
            Target::Flow(flow) => Some(flow),
            Target::Address {
                network,
                transport,
                address,
            } => self.state.places.flow(Place {
                network,
                transport,
                address,
            }),
        };
        if let Some(flow) = flow {
            self.nobody_answers(turn, flow);
        }
    }

    pub(crate) fn media(&mut self, turn: &mut Turn<'_>, event: Event) {
        // Before the answer nobody need speak; a silence that outlasts it is told again.
        let may_be_silent = event.what == What::MediaTimeout;
        let why = match event.what {
            What::IceFailed => "media failed: no connection",
            What::DtlsFailed(_) => "media failed: no encryption",
            What::MediaTimeout => "media failed: silence",
            What::PortUnavailable(_) => "media failed: no port",
            // Mostly the end that we asked for, and then the call is torn down already; but a worker that is full, or had to
            // drop the session, says no more than this.
            What::Ended(_) => "media failed: ended",
            // Of interest to others.
            _ => return,
        };
        let CallId(call) = CallId(event.session.0);
        let tracked = self.state.calls.get(&call);
        let has_no_other = tracked.is_some_and(|tracked| tracked.members.len() <= 2);
        self.with_call(turn, call, |call, context| {
            if may_be_silent && call.is_early() {
                return;
            }
            // A fork that lost, or a leg that was transferred away, takes nobody along.
            let talks = |leg| {
                [Side::Caller, Side::Callee]
                    .into_iter()
                    .any(|side| call.talking(side) == Some(leg))
            };
            let is_last = call.is_early() && has_no_other;
            if !is_last && event.leg.is_some_and(|leg| !talks(leg)) {
                return;
            }
            let lost = call.is_lost(Side::Caller) || call.is_lost(Side::Callee);
            call.media_failed(context, if lost { "connection lost" } else { why });
        });
    }

    /// Where requests to a peer go.
    pub(crate) fn peer_hop(&mut self, peer: PeerId) -> Hop {
        let place = self.place_of(peer);
        self.hop_to(peer, place.address)
    }

    /// Where a new call to a peer goes: where it has several addresses that share its calls, to the one that is drawn.
    pub(crate) fn calling_hop(&mut self, peer: PeerId) -> Hop {
        let well = self.well_addresses_of(peer);
        let drawn = self
            .plan
            .peer(peer)
            .and_then(|planned| planned.drawn(&well, &mut self.state.random));
        match drawn {
            Some(address) => self.hop_to(peer, address),
            None => self.peer_hop(peer),
        }
    }

    /// Where requests to a peer go, at this address of it.
    pub(crate) fn hop_to(&mut self, peer: PeerId, address: SocketAddr) -> Hop {
        let place = Place {
            address,
            ..self.place_of(peer)
        };
        // The peers are few and the first places ever asked for, so there is room for them.
        let flow = self.flow_to(peer, place);
        Hop {
            peer,
            network: place.network,
            transport: place.transport,
            place: Some(address),
            flow: flow.unwrap_or(Flow::Datagram(place.network, place.address)),
        }
    }

    /// Where requests outside dialogs go that belong to an address-of-record: its own server.
    pub(crate) fn home_of(&mut self, address_of_record: &str) -> Option<Hop> {
        let peer = self.home_peer(address_of_record)?;
        Some(self.peer_hop(peer))
    }

    /// The server of an address-of-record.
    pub(crate) fn home_peer(&self, address_of_record: &str) -> Option<PeerId> {
        let (_, domain) = address_of_record.rsplit_once('@')?;
        self.plan.registrar_for(domain).map(|peer| peer.id)
    }

    pub(crate) fn place_of(&self, peer: PeerId) -> Place {
        let unknown = Place {
            network: NetworkId(0),
            transport: Transport::Udp,
            address: NOWHERE,
        };
        self.plan.peer(peer).map_or(unknown, |peer| Place {
            network: peer.network,
            transport: peer.transport,
            address: self.addresses_of(peer.id).next().unwrap_or(NOWHERE),
        })
    }

    /// Where a request inside a dialog with a peer's side goes: what its route set or Contact names, as far as it is an
    /// address (RFC 3263 §4.1: UDP where no transport stands, but for the peer's own address, whose transport we know), or a name that
    /// is resolved; else the peer itself.
    pub(crate) fn next_hop(&mut self, now: Time, peer: PeerId, uri: Option<&Uri>) -> Hop {
        let place = uri.and_then(|uri| match uri.host.ip() {
            Some(ip) => self.place_of_address(peer, uri, ip),
            None => {
                let network = self.place_of(peer).network;
                let (transport, address) = self.place_of_name(now, network, uri)?;
                Some(Place {
                    network,
                    transport,
                    address,
                })
            }
        });
        let flow = place.and_then(|place| self.flow_to(peer, place));
        match place.zip(flow) {
            Some((place, flow)) => Hop {
                peer,
                network: place.network,
                transport: place.transport,
                place: None,
                flow,
            },
            None => self.peer_hop(peer),
        }
    }

    fn place_of_address(&self, peer: PeerId, uri: &Uri, ip: IpAddr) -> Option<Place> {
        let own = self.place_of(peer);
        if ip.is_unspecified() || ip.is_multicast() {
            return None;
        }
        let named = uri.params.value("transport").map(str::to_ascii_lowercase);
        let transport = match named.as_deref() {
            Some("udp") => Transport::Udp,
            Some("tcp") => Transport::Tcp,
            Some("tls") => Transport::Tls,
            None if ip != own.address.ip() => Transport::Udp,
            _ => own.transport,
        };
        let port = uri.port.unwrap_or(match transport {
            Transport::Tls => 5061,
            _ => 5060,
        });
        let speaks = self.plan.network(own.network).is_some_and(|network| {
            let mut listeners = network.listeners.iter();
            listeners.any(|listener| listener.transport == transport)
        });
        // A transport we have no listener for could not be answered; the peer's own we speak by definition.
        if !speaks && transport != own.transport {
            return None;
        }
        Some(Place {
            network: own.network,
            transport,
            address: SocketAddr::new(ip, port),
        })
    }

    /// Straight to the shell, behind what the transaction layer wants sent before it.
    pub(crate) fn send(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.transmit();
        if flow == AWAY {
            return;
        }
        let target = self.state.places.target(flow);
        self.out.push_back(Output::Send(target, bytes));
    }

    pub(crate) fn transmit(&mut self) {
        while let Some(transmit) = self.state.transactions.poll_transmit() {
            if transmit.flow == AWAY {
                continue;
            }
            let target = self.state.places.target(transmit.flow);
            self.out.push_back(Output::Send(target, transmit.bytes));
        }
    }

    pub(crate) fn peer_answers(&mut self, peer: PeerId) {
        if self.state.down.remove(&peer) {
            let server = self.name_of(peer);
            self.tell(Tell::ServerUp { server });
        }
    }

    pub(crate) fn peer_is_silent(&mut self, peer: PeerId, why: &'static str) {
        if self.state.down.insert(peer) {
            let server = self.name_of(peer);
            self.tell(Tell::ServerDown { server, why });
        }
    }

    pub(crate) fn name_of(&self, peer: PeerId) -> String {
        self.plan
            .peer(peer)
            .map(|peer| peer.name.clone())
            .unwrap_or_default()
    }
}

/// Where a request to a peer's side goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hop {
    /// Whose side it is.
    pub(crate) peer: PeerId,
    pub(crate) network: NetworkId,
    pub(crate) transport: Transport,
    /// Which of the peer's addresses, where it is one.
    pub(crate) place: Option<SocketAddr>,
    pub(crate) flow: Flow,
}

/// A peer whose name is not resolved: sending there fails at once.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
