//! Requests inside a call's dialogs: matched by Call-ID and both tags, and by who may speak for that leg. Whatever does not match
//! gets 481, whether the dialog exists or not.

use crate::Arrival;
use crate::Border;
use crate::dress::way_between;
use crate::refer::keep_status_line;
use crate::state::Party;
use crate::turn::{Asker, Turn};
use control_command::LegId;
use proto_base::Flow;
use sbc_call::{Asked, Crossing};
use sbc_policy::{
    Source, Way, body_may_cross, carried_by_request, filtered_reason, is_session_description,
};
use sip_message::{HeaderName, Headers, Method, Request};
use sip_transaction::ServerKey;
use std::net::IpAddr;

impl Border {
    pub(crate) fn in_dialog(&mut self, turn: &mut Turn<'_>, asker: Asker, request: Request) {
        if let Some(leg) = self.usage_of(&asker.arrival, &request.headers) {
            return self.in_subscription(turn, asker, leg, request);
        }
        let Some((call, leg)) = self.leg_of(&asker.arrival, &request.headers) else {
            return self.stray(turn, asker, &request);
        };
        if matches!(request.method, Method::Other(_)) {
            return self.refuse(turn, asker, &request, 501, "unknown method");
        }
        // BYE is never refused for what it requires: the call must be able to end.
        if request.method != Method::Bye && !self.is_unextended(turn, asker, &request) {
            return;
        }
        let mut request = request;
        keep_status_line(&mut request);
        let crossing = self.crossing(call, leg, &request);
        self.hears_session(call, leg, &request.headers);
        self.arrive(turn, call, leg, &asker.arrival);
        if let Some(ask) = self.state.asks.get_mut(&asker.ask) {
            ask.call = Some(call);
        }
        let asked = Asked {
            id: asker.ask,
            flow: asker.arrival.flow,
            request,
        };
        self.with_call(turn, call, |call, context| {
            call.request(context, leg, asked, crossing);
        });
    }

    pub(crate) fn ack(&mut self, turn: &mut Turn<'_>, arrival: Arrival, request: Request) {
        if let Some((call, leg)) = self.leg_of(&arrival, &request.headers) {
            self.hears_session(call, leg, &request.headers);
            self.arrive(turn, call, leg, &arrival);
            let is_described = is_session_description(&request.headers);
            self.with_call(turn, call, |call, context| {
                call.ack(context, leg, request, is_described);
            });
        }
    }

    /// A CANCEL, which the transaction layer has matched and answered. It must come the way its INVITE came.
    pub(crate) fn cancelled(
        &mut self,
        turn: &mut Turn<'_>,
        arrival: Arrival,
        invite: &ServerKey,
        cancel: &Request,
    ) {
        let Some(&id) = self.state.ask_of.get(invite) else {
            return;
        };
        let Some(ask) = self.state.asks.get(&id) else {
            return;
        };
        if ask.flow != arrival.flow && !matches!(self.source(&arrival), Source::Peer(_)) {
            return;
        }
        let reason = cancel.headers.get(&HeaderName::Reason);
        let reason = reason.and_then(filtered_reason);
        match ask.call {
            Some(call) => {
                self.with_call(turn, call, |call, context| call.cancel(context, id, reason));
            }
            None => {
                self.let_go(turn, id, 487, "cancelled");
                self.unconsulted(turn, id, 487, "cancelled");
            }
        }
    }

    fn stray(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) {
        let is_known = match self.source(&asker.arrival) {
            Source::Browser => self.state.bindings.has_proved_any(asker.arrival.flow),
            Source::Peer(_) => true,
            Source::Stranger(_) => false,
        };
        if is_known {
            self.refuse(turn, asker, request, 481, "no such dialog");
        } else {
            self.forbid(turn, asker, request);
        }
    }

    /// The leg that headers speak of, if whoever sent them may speak for it.
    pub(crate) fn leg_of(&self, arrival: &Arrival, headers: &Headers) -> Option<(u64, LegId)> {
        let call_id = headers.call_id().ok()?.to_owned();
        let tag = headers.to_tag()?.to_owned();
        let (call, leg) = *self.state.legs.get(&(call_id, tag))?;
        let tracked = self.state.calls.get(&call)?;
        let may = self.may_speak(
            arrival,
            tracked.party(leg)?,
            tracked.call.flow(leg)?,
            &|ip| tracked.call.may_come_from(leg, ip),
        );
        may.then_some((call, leg))
    }

    /// Whether a message that came so may speak for this party, whose leg was last heard from `flow`. `is_named` tells whether the
    /// leg's dialog names an address.
    pub(crate) fn may_speak(
        &self,
        arrival: &Arrival,
        party: &Party,
        flow: Flow,
        is_named: &dyn Fn(IpAddr) -> bool,
    ) -> bool {
        let source = self.source(arrival);
        match party {
            Party::Browser {
                address_of_record,
                token,
            } => {
                source == Source::Browser
                    && (arrival.flow == flow
                        || self
                            .state
                            .bindings
                            .speaks_for(arrival.flow, address_of_record, token))
            }
            // A phone behind the peer may speak for itself, if the dialog says that it is there.
            Party::Peer(peer) => match source {
                Source::Peer(speaker) if speaker == *peer => true,
                Source::Browser => false,
                Source::Peer(_) | Source::Stranger(_) => {
                    let home = self.plan.peer(*peer);
                    home.is_some_and(|home| home.network == arrival.network)
                        && is_named(arrival.remote.ip())
                }
            },
        }
    }

    /// A browser that speaks from another connection than before has moved.
    fn arrive(&mut self, turn: &mut Turn<'_>, call: u64, leg: LegId, arrival: &Arrival) {
        let moved = self.state.calls.get(&call).is_some_and(|tracked| {
            matches!(tracked.party(leg), Some(Party::Browser { .. }))
                && tracked.call.flow(leg) != Some(arrival.flow)
        });
        if moved {
            self.move_leg(turn, call, leg, arrival.flow);
        }
    }

    fn crossing(&self, call: u64, leg: LegId, request: &Request) -> Crossing {
        let tracked = self.state.calls.get(&call);
        let way = tracked.map_or(Way::Outward, |tracked| {
            way_between(&self.plan, tracked, leg, tracked.opposite(leg))
        });
        let body = match request.method {
            Method::Invite | Method::Update | Method::Prack => {
                is_session_description(&request.headers)
            }
            _ => body_may_cross(&request.method, &request.headers),
        };
        Crossing {
            headers: carried_by_request(way, &request.method, &request.headers),
            body,
        }
    }
}
