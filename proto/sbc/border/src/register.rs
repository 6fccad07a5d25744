//! REGISTER: relayed to the existing registrar as a registration of ours.

use crate::answer::RETRY_AFTER;
use crate::client::{Errand, Relayed};
use crate::turn::{Asker, Turn};
use crate::{Border, Tell};
use proto_base::Flow;
use sbc_policy::{Way, carried_by_request, carried_by_response, relayed_status};
use sbc_registrar::{Change, Claim, ClaimError, Granted, Pending, Upward};
use sip_message::{HeaderName, Headers, Request, Response, StatusCode};

impl Border {
    pub(crate) fn register(&mut self, turn: &mut Turn<'_>, asker: Asker, request: Request) {
        let claim = match Claim::read(&request) {
            Ok(claim) => claim,
            Err(ClaimError::Unreadable(_)) => {
                return self.refuse(turn, asker, &request, 400, "unreadable REGISTER");
            }
            Err(ClaimError::Contacts) => {
                return self.refuse(turn, asker, &request, 400, "more than one Contact");
            }
            Err(ClaimError::ThirdParty) => {
                return self.refuse(turn, asker, &request, 403, "registers another");
            }
        };
        let Some(registrar) = self.plan.registrar_for(&claim.domain).map(|peer| peer.id) else {
            return self.refuse(turn, asker, &request, 403, "unknown domain");
        };
        if !self.is_unextended(turn, asker, &request) {
            return;
        }
        if request.headers.max_forwards() == Ok(Some(0)) {
            return self.refuse(turn, asker, &request, 483, "too many hops");
        }
        if self.state.is_stopping {
            return self.refuse(turn, asker, &request, 503, "shutting down");
        }
        let most = self.plan.max_bindings_per_flow;
        let flow = asker.arrival.flow;
        if let Err(seconds) = self.may_register(turn, flow) {
            let mut headers = Headers::new();
            headers.push(HeaderName::RetryAfter, seconds);
            return self.refuse_with(turn, asker, &request, 503, "too many REGISTERs", headers);
        }
        let prepared =
            self.state
                .bindings
                .prepare(turn.now, flow, claim, most, &mut self.state.random);
        let Ok(pending) = prepared else {
            self.registered(flow, false);
            return self.refuse(turn, asker, &request, 403, "too many bindings");
        };
        let upward = pending.request(Upward {
            request: &request,
            contact: self.peer_contact(registrar, pending.token()).uri,
            carried: carried_by_request(Way::Inward, &request.method, &request.headers),
            max_forwards: Self::counted_down(&request),
        });
        let had_credentials = request.headers.has(&HeaderName::Authorization)
            || request.headers.has(&HeaderName::ProxyAuthorization);
        let errand = Errand::Register {
            pending: Box::new(pending),
            had_credentials,
            errand: Relayed::of(asker, request),
        };
        let hop = self.peer_hop(registrar);
        self.request_hop(turn, hop, upward, errand);
    }

    pub(crate) fn registrar_answered(
        &mut self,
        turn: &mut Turn<'_>,
        pending: &Pending,
        had_credentials: bool,
        asked: &Relayed,
        response: &Response,
    ) {
        self.registered(pending.flow, response.status.is_success());
        let told = relayed_status(Way::Inward, response.status);
        let mut answer = self.own_response(&asked.request, told);
        let carried = carried_by_response(
            Way::Inward,
            &asked.request.method,
            response.status,
            &response.headers,
        );
        for header in carried.iter() {
            answer.headers.push(header.name.clone(), &header.value);
        }
        if response.status.is_success() {
            let is_open = self.state.is_open(pending.flow);
            let granted = self
                .state
                .bindings
                .granted(turn.now, pending, is_open, response);
            for contact in &granted.contacts {
                answer.headers.push(HeaderName::Contact, contact);
            }
            self.respond(turn, asked.ask, answer);
            self.granted(turn, pending, asked, granted);
        } else {
            self.respond(turn, asked.ask, answer);
            let is_challenge = matches!(told.code(), 401 | 407);
            if had_credentials || !is_challenge {
                self.registration_refused(pending, asked, told);
            }
        }
    }

    fn granted(
        &mut self,
        turn: &mut Turn<'_>,
        pending: &Pending,
        asked: &Relayed,
        granted: Granted,
    ) {
        match granted.change {
            Change::Nothing => {}
            Change::Bound { expires, refreshed } => {
                if !refreshed {
                    self.tell(Tell::Registered {
                        address_of_record: pending.claim.key.address_of_record.clone(),
                        flow: pending.flow,
                        remote: asked.arrival.remote,
                        expires,
                    });
                }
                if self.state.is_open(pending.flow) {
                    self.follow(turn, pending.token(), pending.flow);
                }
            }
            Change::Unbound(bindings) => {
                for binding in bindings {
                    if binding.flow.is_some() {
                        self.tell(Tell::Unregistered {
                            address_of_record: binding.address_of_record,
                            why: "removed",
                        });
                    }
                }
            }
        }
    }

    /// The browser's calls go where it is now.
    fn follow(&mut self, turn: &mut Turn<'_>, token: &str, flow: Flow) {
        self.subscriptions_follow(turn, token, flow);
        for (call, leg) in self.legs_of(token) {
            let moved = self
                .state
                .calls
                .get(&call)
                .is_some_and(|tracked| tracked.call.flow(leg) != Some(flow));
            if moved {
                self.move_leg(turn, call, leg, flow);
            }
        }
    }

    /// The registrar said nothing. The browser is told in time; a late grant is not heard any more, and the registrar forgets it
    /// when it expires or when the browser tries again.
    pub(crate) fn registrar_silent(
        &mut self,
        turn: &mut Turn<'_>,
        pending: &Pending,
        asked: &Relayed,
    ) {
        self.registered(pending.flow, false);
        let status = StatusCode::of(503);
        let mut answer = self.own_response(&asked.request, status);
        answer.headers.set(HeaderName::RetryAfter, RETRY_AFTER);
        self.respond(turn, asked.ask, answer);
        self.registration_refused(pending, asked, status);
    }

    fn registration_refused(&mut self, pending: &Pending, asked: &Relayed, status: StatusCode) {
        self.tell(Tell::RegistrationRefused {
            address_of_record: pending.claim.key.address_of_record.clone(),
            status: status.code(),
            remote: asked.arrival.remote,
        });
    }
}
