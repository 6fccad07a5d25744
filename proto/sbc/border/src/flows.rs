//! Connections come and go; the server is there or not.

use crate::peers::Peer;
use crate::turn::Turn;
use crate::{Arrival, Border, Output, Target, Tell};
use control_command::{Event, What};
use proto_base::{Flow, Transport};
use sbc_call::{CallId, Side};
use sip_message::Uri;
use std::net::SocketAddr;

impl Border {
    pub(crate) fn opened(&mut self, arrival: Arrival) {
        if matches!(arrival.flow, Flow::Connection(_)) {
            self.state.connections.insert(arrival.flow, arrival);
        }
    }

    /// Calls hear of it before they hear that their transactions failed, so that they know why.
    pub(crate) fn closed(&mut self, turn: &mut Turn<'_>, flow: Flow) {
        let Some(arrival) = self.state.connections.remove(&flow) else {
            return;
        };
        self.state.strikes.remove(&flow);
        self.state.trials.remove(&flow);
        // What its transactions tell waits until the calls know.
        self.state.transactions.flow_closed(turn.now, flow);
        for address_of_record in self.state.bindings.flow_closed(flow) {
            self.tell(Tell::Unregistered {
                address_of_record,
                why: "connection closed",
            });
        }
        let carried: Vec<(u64, Side)> = self
            .state
            .on_flow
            .range((flow, 0, Side::Caller)..=(flow, u64::MAX, Side::Callee))
            .map(|(_, call, side)| (*call, *side))
            .collect();
        for (call, side) in carried {
            self.with_call(turn, call, |call, context| {
                call.connection_lost(context, side);
            });
        }
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
            } => self.state.peers.flow(Peer {
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
        self.with_call(turn, call, |call, context| {
            if may_be_silent && call.is_early() {
                return;
            }
            let lost = call.is_lost(Side::Caller) || call.is_lost(Side::Callee);
            call.media_failed(context, if lost { "connection lost" } else { why });
        });
    }

    pub(crate) fn server_peer(&self) -> Peer {
        let server = &self.plan.server;
        Peer {
            network: server.network,
            transport: server.transport,
            address: server.address,
        }
    }

    /// Where requests to the server go.
    pub(crate) fn server_flow(&mut self) -> Flow {
        let peer = self.server_peer();
        // The server is the first peer ever asked for, so there is always room for it.
        self.state
            .peers
            .flow(peer)
            .unwrap_or(Flow::Datagram(peer.network, peer.address))
    }

    /// Where a request inside a dialog with the server's side goes: what its route set or Contact names, as far as it is an
    /// address (RFC 3263 §4.1 without names: UDP where no transport stands, but for the server's own address, whose transport
    /// we know); for names, the server itself.
    pub(crate) fn inner_hop(&mut self, hop: Option<&Uri>) -> (Flow, Transport) {
        let server = self.server_peer();
        let peer = hop.and_then(|hop| self.resolve(hop)).unwrap_or(server);
        match self.state.peers.flow(peer) {
            Some(flow) => (flow, peer.transport),
            None => (self.server_flow(), server.transport),
        }
    }

    fn resolve(&self, hop: &Uri) -> Option<Peer> {
        let server = self.server_peer();
        let ip = hop.host.ip()?;
        if ip.is_unspecified() || ip.is_multicast() {
            return None;
        }
        let named = hop.params.value("transport").map(str::to_ascii_lowercase);
        let transport = match named.as_deref() {
            Some("udp") => Transport::Udp,
            Some("tcp") => Transport::Tcp,
            Some("tls") => Transport::Tls,
            None if ip != server.address.ip() => Transport::Udp,
            _ => server.transport,
        };
        let port = hop.port.unwrap_or(match transport {
            Transport::Tls => 5061,
            _ => 5060,
        });
        let speaks = self.plan.network(server.network).is_some_and(|network| {
            let mut listeners = network.listeners.iter();
            listeners.any(|listener| listener.transport == transport)
        });
        // A transport we have no listener for could not be answered; the server's own we speak by definition.
        if !speaks && transport != server.transport {
            return None;
        }
        Some(Peer {
            network: server.network,
            transport,
            address: SocketAddr::new(ip, port),
        })
    }

    /// Straight to the shell, behind what the transaction layer wants sent before it.
    pub(crate) fn send(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.transmit();
        let target = self.state.peers.target(flow);
        self.out.push_back(Output::Send(target, bytes));
    }

    pub(crate) fn transmit(&mut self) {
        while let Some(transmit) = self.state.transactions.poll_transmit() {
            let target = self.state.peers.target(transmit.flow);
            self.out.push_back(Output::Send(target, transmit.bytes));
        }
    }

    pub(crate) fn server_answers(&mut self) {
        if self.state.server_is_down {
            self.state.server_is_down = false;
            self.tell(Tell::ServerUp);
        }
    }

    pub(crate) fn server_is_silent(&mut self, why: &'static str) {
        if !self.state.server_is_down {
            self.state.server_is_down = true;
            self.tell(Tell::ServerDown { why });
        }
    }
}
