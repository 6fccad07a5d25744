//! A browser's calls go where it is: requests that it has not answered follow it to its new connection, and while it has none
//! they wait.

use crate::Border;
use crate::invite::browser_end;
use crate::turn::Turn;
use control_command::LegId;
use proto_base::{Flow, Transport};
use sbc_call::RequestId;
use sip_transaction::ClientKey;

/// Where requests to a browser wait that has no connection: nothing is ever sent there, and the transaction's own timer, 32 s,
/// bounds the wait. The shell counts its connections from zero and never comes so far.
pub(crate) const AWAY: Flow = Flow::Connection((1 << 63) - 1);

impl Border {
    /// Calls of the browser with this token follow it to this connection.
    pub(crate) fn follow(&mut self, turn: &mut Turn<'_>, token: &str, flow: Flow) {
        self.subscriptions_follow(turn, token, flow);
        for (call, leg) in self.legs_of(token) {
            let moved = self
                .state
                .calls
                .get(&call)
                .is_some_and(|tracked| tracked.call.flow(leg) != Some(flow));
            // Its connection may have closed and nobody told us where it was meanwhile.
            if moved || self.waits(call, leg) {
                self.move_leg(turn, call, leg, flow);
            }
        }
    }

    /// A browser's leg is on another connection now.
    pub(crate) fn move_leg(&mut self, turn: &mut Turn<'_>, call: u64, leg: LegId, flow: Flow) {
        let Some(arrival) = self.state.connections.get(&flow) else {
            return;
        };
        let transport = arrival.transport;
        let party = sbc_call::Party {
            end: browser_end(leg, arrival),
            flow,
            contact: self.outer_contact(flow),
            manners: Default::default(),
        };
        self.with_call(turn, call, |call, _| call.moved(&party));
        for (key, request) in self.requests_to(call, leg) {
            if self.must_reach(call, request) {
                self.reroute(&key, flow, transport);
            }
        }
    }

    /// A leg's connection closed: what it has not answered waits until it is back.
    pub(crate) fn set_aside(&mut self, call: u64, leg: LegId) {
        for (key, request) in self.requests_to(call, leg) {
            if self.must_reach(call, request) {
                self.reroute(&key, AWAY, Transport::Wss);
            }
        }
    }

    /// The border stops: nobody waits for who is away.
    pub(crate) fn give_up_away(&mut self, turn: &mut Turn<'_>) {
        self.state.transactions.flow_closed(turn.now, AWAY);
    }

    /// Whether a leg without a connection is to get this request when it is back.
    pub(crate) fn must_reach(&self, call: u64, request: RequestId) -> bool {
        let tracked = self.state.calls.get(&call);
        !self.state.is_stopping && tracked.is_some_and(|tracked| tracked.call.must_reach(request))
    }

    fn waits(&self, call: u64, leg: LegId) -> bool {
        let of = self.requests_to(call, leg);
        of.iter().any(|(key, _)| {
            let client = self.state.clients.get(key);
            client.is_some_and(|client| client.flow == AWAY)
        })
    }

    fn requests_to(&self, call: u64, leg: LegId) -> Vec<(ClientKey, RequestId)> {
        let Some(tracked) = self.state.calls.get(&call) else {
            return Vec::new();
        };
        self.state
            .client_of
            .range((call, RequestId(0))..=(call, RequestId(u32::MAX)))
            .filter(|((_, request), _)| tracked.call.leg_of(*request) == Some(leg))
            .map(|((_, request), key)| (key.clone(), *request))
            .collect()
    }

    fn reroute(&mut self, key: &ClientKey, flow: Flow, transport: Transport) {
        self.state.transactions.reroute(key, flow, transport);
        if let Some(client) = self.state.clients.get_mut(key) {
            client.flow = flow;
        }
    }
}
