//! The table of calls: each is taken out, handled, put back, and what it wants is done.

use crate::Border;
use crate::answer::RETRY_AFTER;
use crate::client::Errand;
use crate::follow::AWAY;
use crate::state::{Party, Tracked};
use crate::turn::Turn;
use crate::{CallRecord, Tell};
use control_command::LegId;
use proto_base::{Flow, Time};
use sbc_call::{Action, Call, Context, Failure, RequestId, Told};
use sbc_policy::PeerId;
use sip_message::{Method, Request, StatusCode, Uri};

impl Border {
    pub(crate) fn track(&mut self, id: u64, tracked: Tracked) {
        self.state.calls.insert(id, Box::new(tracked));
        self.index(id);
    }

    /// Lends a call to `act`, and does what it wants then.
    pub(crate) fn with_call(
        &mut self,
        turn: &mut Turn<'_>,
        id: u64,
        act: impl FnOnce(&mut Call, &mut Context<'_>),
    ) {
        let Some(tracked) = self.state.calls.get_mut(&id) else {
            return;
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: turn.now,
            random: &mut self.state.random,
            door: &mut *turn.door,
            actions: &mut actions,
        };
        act(&mut tracked.call, &mut context);
        self.index(id);
        self.perform(turn, id, actions);
        let is_over = self
            .state
            .calls
            .get(&id)
            .is_some_and(|tracked| tracked.call.is_over(turn.now));
        if is_over {
            self.forget(id);
        }
    }

    pub(crate) fn perform(&mut self, turn: &mut Turn<'_>, id: u64, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond { ask, mut response } => {
                    self.answers_in_session(id, &mut response);
                    self.respond(turn, ask, response);
                }
                Action::Request {
                    id: request_id,
                    leg,
                    hop,
                    mut request,
                } => {
                    self.speaks_in_session(id, leg, &mut request.headers);
                    self.call_requests(turn, (id, request_id), leg, hop.as_ref(), request);
                }
                Action::Cancel {
                    id: request,
                    reason,
                } => {
                    if let Some(key) = self.state.client_of.get(&(id, request)) {
                        let key = key.clone();
                        let reason = reason.as_deref();
                        // Nobody wants it any more: it is not sent elsewhere if this fails.
                        if let Some(client) = self.state.clients.get_mut(&key) {
                            client.copy = None;
                        }
                        self.state.transactions.cancel(turn.now, &key, reason);
                    }
                }
                Action::Ack {
                    leg,
                    hop,
                    mut request,
                } => {
                    self.speaks_in_session(id, leg, &mut request.headers);
                    self.acknowledge(turn.now, (id, leg), hop.as_ref(), request);
                }
                Action::Repeat {
                    leg,
                    ask,
                    flow,
                    mut response,
                } => {
                    self.answers_in_session(id, &mut response);
                    if matches!(self.party(id, leg), Some(Party::Browser { .. })) {
                        self.dress_response(&mut response);
                        self.send(flow, response.to_bytes());
                    } else {
                        self.respond(turn, ask, response);
                    }
                }
                Action::Referred { leg, to } => self.referred(turn, id, leg, &to),
                Action::Redirected { leg, contacts } => self.redirected(turn, id, leg, &contacts),
                Action::Tell(told) => self.tell_of(id, told),
            }
        }
    }

    fn call_requests(
        &mut self,
        turn: &mut Turn<'_>,
        (id, request_id): (u64, RequestId),
        leg: LegId,
        hop: Option<&Uri>,
        request: Request,
    ) {
        let errand = Errand::Call {
            call: id,
            request: request_id,
        };
        let begins = request.method == Method::Invite && request.headers.to_tag().is_none();
        match self.way_to(id, leg) {
            Some(To::Peer(peer)) if begins && !self.is_within_rate(turn.now, peer) => {
                let failure = Failure {
                    status: StatusCode::of(503),
                    retry_after: Some(RETRY_AFTER),
                    why: "too many calls a second to the peer",
                };
                self.with_call(turn, id, |call, context| {
                    call.failed(context, request_id, failure);
                    call.request_ended(context, request_id);
                });
            }
            Some(To::Peer(peer)) => {
                let hop = match (begins, hop) {
                    (true, None) => self.calling_hop(peer),
                    (_, hop) => self.next_hop(turn.now, peer, hop),
                };
                self.request_hop(turn, hop, request, errand);
            }
            Some(To::Browser(flow)) => self.request_outward(turn, flow, request, errand),
            // It may come back, and is to hear of it then.
            None if self.must_reach(id, request_id) => {
                self.request_outward(turn, AWAY, request, errand);
            }
            None => {
                let failure = Failure {
                    status: StatusCode::of(480),
                    retry_after: None,
                    why: "connection lost",
                };
                self.with_call(turn, id, |call, context| {
                    call.failed(context, request_id, failure);
                    call.request_ended(context, request_id);
                });
            }
        }
    }

    fn acknowledge(
        &mut self,
        now: Time,
        (id, leg): (u64, LegId),
        hop: Option<&Uri>,
        mut request: Request,
    ) {
        let (flow, way) = match self.way_to(id, leg) {
            Some(To::Peer(peer)) => {
                let hop = self.next_hop(now, peer, hop);
                (hop.flow, self.way_of(hop))
            }
            Some(To::Browser(flow)) => (flow, self.outer_address(flow)),
            None => return,
        };
        self.dress_request(&mut request, way);
        self.send(flow, request.to_bytes());
    }

    fn party(&self, id: u64, leg: LegId) -> Option<&Party> {
        self.state.calls.get(&id)?.party(leg)
    }

    /// Where a leg is reached now. A browser: on the newest flow of its binding, else on the one it last spoke from.
    fn way_to(&self, id: u64, leg: LegId) -> Option<To> {
        let tracked = self.state.calls.get(&id)?;
        match tracked.party(leg)? {
            Party::Peer(peer) => Some(To::Peer(*peer)),
            Party::Browser { token, .. } => [self.state.flow_of(token), tracked.call.flow(leg)]
                .into_iter()
                .flatten()
                .find(|flow| self.state.is_open(*flow))
                .map(To::Browser),
        }
    }

    /// Legs of the browser with this token.
    pub(crate) fn legs_of(&self, token: &str) -> Vec<(u64, LegId)> {
        let first = (token.to_owned(), 0, LegId(0));
        let last = (token.to_owned(), u64::MAX, LegId(u8::MAX));
        let legs = self.state.of_token.range(first..=last);
        legs.map(|(_, call, leg)| (*call, *leg)).collect()
    }

    fn tell_of(&mut self, id: u64, told: Told) {
        match told {
            Told::Started => self.told_started(id),
            Told::Answered { after_ms, .. } => self.tell(Tell::CallAnswered { call: id, after_ms }),
            Told::Ended(record) => {
                let Some(tracked) = self.state.calls.get(&id) else {
                    return;
                };
                let record = CallRecord {
                    call: id,
                    from: tracked.from.clone(),
                    to: tracked.to.clone(),
                    answered: record.answered,
                    duration_ms: record.duration_ms,
                    ended_by: record.ended_by,
                    codecs: record.codecs,
                };
                self.tell(Tell::CallEnded(record));
            }
        }
    }

    /// Brings the indexes in line with what a call has become.
    fn index(&mut self, id: u64) {
        let state = &mut self.state;
        let Some(tracked) = state.calls.get_mut(&id) else {
            return;
        };
        for member in &mut tracked.members {
            let leg = member.leg;
            if member.name.is_none()
                && let Some(name) = tracked.call.names(leg)
            {
                state.legs.insert(name.clone(), (id, leg));
                member.name = Some(name);
            }
            let Party::Browser { token, .. } = &member.party else {
                continue;
            };
            let flow = tracked.call.flow(leg);
            if member.flow == flow {
                continue;
            }
            if let Some(old) = member.flow {
                state.on_flow.remove(&(old, id, leg));
            }
            match flow {
                Some(new) => {
                    state.on_flow.insert((new, id, leg));
                    state.of_token.insert((token.clone(), id, leg));
                }
                // It has not begun yet, or has nothing to do with the call any more.
                None => {
                    state.of_token.remove(&(token.clone(), id, leg));
                }
            }
            member.flow = flow;
        }
        if !tracked.call.is_early() {
            tracked.asked = None;
            tracked.members.shrink_to_fit();
        }
        let is_live = tracked.call.is_live();
        for member in &mut tracked.members {
            let Party::Peer(peer) = member.party else {
                continue;
            };
            let counts = is_live && tracked.call.is_held(member.leg);
            if std::mem::replace(&mut member.counted, counts) != counts {
                let with = state.calls_with.entry(peer).or_default();
                *with = if counts {
                    with.saturating_add(1)
                } else {
                    with.saturating_sub(1)
                };
            }
        }
        if tracked.counted != is_live {
            state.live_calls = if is_live {
                state.live_calls.saturating_add(1)
            } else {
                state.live_calls.saturating_sub(1)
            };
        }
        tracked.counted = is_live;
        let deadline = tracked.call.deadline().map(|(at, _)| at);
        if tracked.deadline != deadline {
            if let Some(old) = tracked.deadline {
                state.call_deadlines.remove(&(old, id));
            }
            if let Some(new) = deadline {
                state.call_deadlines.insert((new, id));
            }
            tracked.deadline = deadline;
        }
    }

    fn forget(&mut self, id: u64) {
        let state = &mut self.state;
        let Some(tracked) = state.calls.remove(&id) else {
            return;
        };
        for member in tracked.members {
            let leg = member.leg;
            if let Some(token) = member.token() {
                state.of_token.remove(&(token.to_owned(), id, leg));
            }
            if let Some(flow) = member.flow {
                state.on_flow.remove(&(flow, id, leg));
            }
            // A retry with credentials goes under the same names, and may have them now.
            if let Some(name) = member.name
                && state.legs.get(&name) == Some(&(id, leg))
            {
                state.legs.remove(&name);
            }
        }
        if let Some(at) = tracked.deadline {
            state.call_deadlines.remove(&(at, id));
        }
        // Requests whose transactions outlive the call have nobody to tell any more.
        let left: Vec<_> = state
            .client_of
            .range((id, RequestId(0))..=(id, RequestId(u32::MAX)))
            .map(|(_, key)| key.clone())
            .collect();
        for key in left {
            self.take_client(&key);
        }
    }
}

enum To {
    Peer(PeerId),
    Browser(Flow),
}
