use super::{Purpose, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Method, Request, Response, StatusCode};
use sip_transaction::ServerKey;

impl UserAgent {
    /// Puts the other end on hold, or takes it back, by a re-INVITE.
    pub fn holds(&mut self, now: Time, hold: bool) {
        let contact = self.habitat.contact(&self.registration.contact_user);
        let Some((flow, mut request)) = self.in_dialog(Method::Invite, None) else {
            return;
        };
        request
            .headers
            .push(HeaderName::Contact, format!("<{contact}>"));
        let offer = self.media.offer_hold(hold);
        request.set_body("application/sdp", offer.into_bytes());
        if let Some(call) = &mut self.call {
            call.asking_hold = Some(hold);
        }
        self.send_request(now, flow, Purpose::Reinvite, request);
        self.drain(now);
    }

    /// A final response to our re-INVITE.
    pub(super) fn renewal_answered(&mut self, now: Time, request: &Request, response: &Response) {
        if response.status.is_provisional() {
            return;
        }
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let status = response.status.code();
        if response.status.is_success() {
            let repeated = self.call.as_ref().is_some_and(|call| {
                call.ack
                    .as_ref()
                    .is_some_and(|(number, ..)| *number == cseq)
            });
            if repeated {
                self.acknowledge_again();
                return;
            }
            if let Some(contact) = response
                .headers
                .contacts()
                .ok()
                .and_then(|contacts| contacts.into_iter().next())
                && let Some(call) = &mut self.call
            {
                call.target = contact.uri;
            }
            let usable = self.takes_description(cseq, request, response);
            if !usable {
                self.complain("an answer to our re-INVITE that we cannot use");
            }
            self.seen.push(Seen::Renewed(status));
            return;
        }
        self.media.offer_refused();
        self.seen.push(Seen::Renewed(status));
        if status == 481 || status == 408 {
            self.hangs_up(now);
        }
    }

    /// The other end renegotiates.
    pub(super) fn reinvited(&mut self, now: Time, key: ServerKey, request: &Request) {
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let Some(call) = &mut self.call else { return };
        if call.asking_hold.is_some()
            && self
                .purposes
                .values()
                .any(|(purpose, _)| *purpose == Purpose::Reinvite)
        {
            // Glare (RFC 3261 §14.2).
            let pending = self.response(request, 491);
            self.transactions.respond(now, &key, pending);
            return;
        }
        call.remote_seq = Some(cseq);
        if self.abilities.refuses_renewals {
            let refusal = self.response(request, 488);
            self.transactions.respond(now, &key, refusal);
            return;
        }
        let Some(call) = &mut self.call else { return };
        if let Some(contact) = request
            .headers
            .contacts()
            .ok()
            .and_then(|contacts| contacts.into_iter().next())
        {
            call.target = contact.uri;
        }
        let origin = super::update::origin(&request.body);
        let is_refresh = origin.is_some() && call.origin == origin;
        call.origin = origin;
        let Some(answer) = self.media.answer(&request.body) else {
            let refusal = self.response(request, 488);
            self.transactions.respond(now, &key, refusal);
            return;
        };
        let mut response = self.response(request, StatusCode::OK.code());
        self.answers_the_timer(request, &mut response);
        response.set_body("application/sdp", answer.into_bytes());
        self.succeed(now, key, response);
        if is_refresh {
            self.seen.push(Seen::Refreshed);
            return;
        }
        let held = self.media.is_held();
        self.seen.push(Seen::Renegotiated { held });
    }
}
