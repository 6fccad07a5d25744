//! REGISTER: relayed to the existing registrar as a registration of ours.

use crate::answer::RETRY_AFTER;
use crate::client::{Errand, Relayed};
use crate::turn::{Asker, Turn};
use crate::{Border, Tell};
use sbc_policy::{PeerId, Throttle, Way, carried_by_request, carried_by_response, relayed_status};
use sbc_registrar::{
    Binding, Change, Claim, ClaimError, Granted, Mode, Pending, Prepared, Terms, Unprepared, Upward,
};
use sip_message::{HeaderName, Headers, Request, Response, StatusCode};

/// First Hop Lacks Outbound Support (RFC 5626 §11.6).
const NO_OUTBOUND: u16 = 439;

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
        let terms = self.terms_of(registrar);
        let flow = asker.arrival.flow;
        let may = self
            .may_try(turn, asker.arrival.remote.ip())
            .and_then(|()| self.may_register(turn, flow));
        if let Err(seconds) = may {
            let mut headers = Headers::new();
            headers.push(HeaderName::RetryAfter, seconds);
            return self.refuse_with(turn, asker, &request, 503, "too many REGISTERs", headers);
        }
        let prepared =
            self.state
                .bindings
                .prepare(turn.now, flow, claim, &terms, &mut self.state.random);
        let pending = match prepared {
            Ok(Prepared::Upward(pending)) => pending,
            Ok(Prepared::Absorbed(granted)) => {
                self.registered(flow, true);
                return self.absorbed(turn, asker, registrar, &request, granted);
            }
            Err(Unprepared::Full) => {
                self.registered(flow, false);
                return self.refuse(turn, asker, &request, 403, "too many bindings");
            }
            Err(Unprepared::TooBrief(seconds)) => {
                self.registered(flow, false);
                let mut headers = Headers::new();
                headers.push(HeaderName::MinExpires, seconds);
                return self.refuse_with(turn, asker, &request, 423, "too brief", headers);
            }
        };
        let had_credentials = request.headers.has(&HeaderName::Authorization)
            || request.headers.has(&HeaderName::ProxyAuthorization);
        let errand = Relayed::of(asker, request);
        self.send_register(turn, registrar, pending, had_credentials, errand);
    }

    /// On what terms a registrar's browsers are registered.
    fn terms_of(&self, registrar: PeerId) -> Terms {
        let rules = self
            .plan
            .peer(registrar)
            .map(|peer| peer.registering)
            .unwrap_or_default();
        Terms {
            mode: match rules.throttle {
                Throttle::Mirror => Mode::Mirror,
                Throttle::Contact => Mode::Contact,
                Throttle::AddressOfRecord => Mode::AddressOfRecord,
            },
            most: self.plan.max_bindings_per_flow,
            outgoing_expires: rules.outgoing_expires,
            min_expires: rules.min_expires,
            max_expires: rules.max_expires,
            deviation: rules.deviation,
            path: rules.path,
            features: rules.features,
            show_push: self
                .plan
                .push
                .as_ref()
                .is_some_and(|push| push.shown_upward),
        }
    }

    fn send_register(
        &mut self,
        turn: &mut Turn<'_>,
        registrar: PeerId,
        pending: Box<Pending>,
        had_credentials: bool,
        errand: Relayed,
    ) {
        let request = &errand.request;
        let upward = pending.request(Upward {
            request,
            contact: self.peer_contact(registrar, pending.token()).uri,
            carried: carried_by_request(Way::Inward, &request.method, &request.headers),
            max_forwards: Self::counted_down(request),
        });
        let errand = Errand::Register {
            pending,
            had_credentials,
            errand,
        };
        let hop = self.peer_hop(registrar);
        self.request_hop(turn, hop, upward, errand);
    }

    /// The registrar has vouched for it already, on this very connection.
    fn absorbed(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        registrar: PeerId,
        request: &Request,
        granted: Granted,
    ) {
        let mut answer = self.own_response(request, StatusCode::OK);
        self.tell_granted(&mut answer, registrar, request, &granted);
        self.respond(turn, asker.ask, answer);
        if let Change::Unbound(bindings) = granted.change {
            self.tell_unbound(bindings);
        }
    }

    /// What a browser is told of its bindings.
    fn tell_granted(
        &self,
        answer: &mut Response,
        registrar: PeerId,
        request: &Request,
        granted: &Granted,
    ) {
        for contact in &granted.contacts {
            answer.headers.push(HeaderName::Contact, contact);
        }
        if granted.outbound {
            // RFC 5626 §6: whoever asked for it is told that he has it.
            answer.headers.push(HeaderName::Require, "outbound");
        }
        let rules = self.plan.peer(registrar).map(|peer| peer.registering);
        if let Some(seconds) = rules.and_then(|rules| rules.flow_timer)
            && request
                .headers
                .has_token(&HeaderName::Supported, "outbound")
        {
            answer.headers.push(HeaderName::FlowTimer, seconds);
        }
        for service in self.push_services(request) {
            let services = HeaderName::Other("Feature-Caps".into());
            answer
                .headers
                .push(services, format!("*;+sip.pns=\"{service}\""));
        }
    }

    /// RFC 8599 §5.3: which of the push services that a Contact asks for we serve. Without a name: all.
    fn push_services(&self, request: &Request) -> Vec<&str> {
        let Some(push) = &self.plan.push else {
            return Vec::new();
        };
        let contacts = request.headers.contacts().unwrap_or_default();
        let asked = contacts
            .first()
            .and_then(|contact| contact.uri.params.get("pn-provider"));
        let served = push.providers.iter().map(String::as_str);
        match asked {
            None => Vec::new(),
            Some(None) => served.collect(),
            Some(Some(asked)) => served
                .filter(|ours| ours.eq_ignore_ascii_case(asked))
                .collect(),
        }
    }

    pub(crate) fn registrar_answered(
        &mut self,
        turn: &mut Turn<'_>,
        pending: &Pending,
        had_credentials: bool,
        asked: &Relayed,
        response: &Response,
    ) {
        let registrar = self.plan.registrar_for(&pending.claim.domain);
        let registrar = registrar.map_or(PeerId(0), |peer| peer.id);
        if response.status.code() == NO_OUTBOUND
            && let Some(again) = self.state.bindings.without_outbound(pending)
        {
            let errand = asked.clone();
            return self.send_register(turn, registrar, Box::new(again), had_credentials, errand);
        }
        self.registered(pending.flow, response.status.is_success());
        let told = relayed_status(Way::Inward, response.status);
        let is_wrong = matches!(response.status.code(), 401 | 403 | 407);
        if had_credentials && (is_wrong || response.status.is_success()) {
            self.tried(turn, asked.arrival.remote.ip(), !is_wrong);
        }
        let mut answer = self.own_response(&asked.request, told);
        let carried = carried_by_response(
            Way::Inward,
            &asked.request.method,
            response.status,
            &response.headers,
        );
        for header in carried.iter() {
            answer.headers.push_copy(header);
        }
        if response.status.is_success() {
            let is_open = self.state.is_open(pending.flow);
            let state = &mut self.state;
            let granted =
                state
                    .bindings
                    .granted(turn.now, pending, is_open, response, &mut state.random);
            self.tell_granted(&mut answer, registrar, &asked.request, &granted);
            self.respond(turn, asked.ask, answer);
            self.granted(turn, pending, asked, granted);
        } else {
            self.respond(turn, asked.ask, answer);
            let is_challenge = matches!(told.code(), 401 | 407);
            self.state.bindings.refused(pending, is_challenge);
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
            Change::Bound {
                token,
                expires,
                refreshed,
            } => {
                if !refreshed {
                    self.tell(Tell::Registered {
                        address_of_record: pending.claim.key.address_of_record.clone(),
                        flow: pending.flow,
                        remote: asked.arrival.remote,
                        expires,
                    });
                }
                if self.state.is_open(pending.flow) {
                    self.follow(turn, &token, pending.flow);
                    self.woken(turn, &pending.claim.key.address_of_record);
                }
            }
            Change::Unbound(bindings) => self.tell_unbound(bindings),
        }
    }

    fn tell_unbound(&mut self, bindings: Vec<Binding>) {
        for binding in bindings {
            if binding.flow.is_some() {
                self.tell(Tell::Unregistered {
                    address_of_record: binding.address_of_record,
                    why: "removed",
                });
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
        self.state.bindings.unanswered(pending);
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
