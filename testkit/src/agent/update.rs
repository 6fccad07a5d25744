use super::{Habitat, Purpose, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Headers, Method, Request, Response};
use sip_transaction::ServerKey;

impl UserAgent {
    /// Renegotiates by UPDATE (RFC 3311), as the phone that can do it at once.
    pub fn updates(&mut self, now: Time, hold: bool) {
        let offer = self.media.offer_hold(hold);
        self.send_update(now, Some(offer));
    }

    /// Says that it is still here (RFC 4028 §7.4), as JsSIP does.
    pub fn refreshes(&mut self, now: Time) {
        self.send_update(now, None);
    }

    fn send_update(&mut self, now: Time, offer: Option<String>) {
        let contact = self.habitat.contact(&self.registration.contact_user);
        let Some((flow, mut request)) = self.in_dialog(Method::Update, None) else {
            return;
        };
        request
            .headers
            .push(HeaderName::Contact, format!("<{contact}>"));
        self.asks_for_a_timer(&mut request.headers);
        let purpose = match offer {
            Some(offer) => {
                request.set_body("application/sdp", offer.into_bytes());
                Purpose::Update
            }
            None => Purpose::Other,
        };
        self.send_request(now, flow, purpose, request);
        self.drain(now);
    }

    /// Asks for one more offer, with a re-INVITE that has none (PITFALL P43).
    pub fn asks_for_an_offer(&mut self, now: Time) {
        let contact = self.habitat.contact(&self.registration.contact_user);
        let Some((flow, mut request)) = self.in_dialog(Method::Invite, None) else {
            return;
        };
        request
            .headers
            .push(HeaderName::Contact, format!("<{contact}>"));
        self.send_request(now, flow, Purpose::Reinvite, request);
        self.drain(now);
    }

    /// The headers by which we say what we can.
    pub(super) fn says_what_it_can(&self, headers: &mut Headers) {
        if self.abilities.reliable {
            headers.push(HeaderName::Supported, "100rel");
        }
        self.asks_for_a_timer(headers);
        let allow = if self.abilities.update {
            "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, UPDATE, PRACK"
        } else {
            "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"
        };
        headers.push(HeaderName::Allow, allow);
    }

    fn asks_for_a_timer(&self, headers: &mut Headers) {
        if let Some(seconds) = self.abilities.session_expires {
            headers.push(HeaderName::Supported, "timer");
            headers.push(
                HeaderName::SessionExpires,
                format!("{seconds};refresher=uac"),
            );
        }
    }

    /// A 2xx of ours: with a session timer, if one was asked for and we know it. A desk phone leaves the work to who asks.
    pub(super) fn answers_the_timer(&self, request: &Request, response: &mut Response) {
        let wanted = self.abilities.session_expires;
        if let (Some(seconds), Ok(Some(_))) = (wanted, request.headers.session_expires()) {
            let told = format!("{seconds};refresher=uac");
            response.headers.push(HeaderName::SessionExpires, told);
            response.headers.push(HeaderName::Require, "timer");
        }
        self.says_it_updates(response);
    }

    pub(super) fn says_it_updates(&self, response: &mut Response) {
        if self.abilities.update {
            let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, UPDATE, PRACK";
            response.headers.set(HeaderName::Allow, allow);
        }
    }

    /// An UPDATE arrives.
    pub(super) fn updated(&mut self, now: Time, key: ServerKey, request: &Request) {
        if !self.abilities.update {
            let name = match self.habitat {
                Habitat::Page { .. } => "page",
                Habitat::Desk { .. } => "desk",
            };
            self.complain(format!("an UPDATE, which this {name} never allowed"));
        }
        let mut response = self.response(request, 200);
        self.answers_the_timer(request, &mut response);
        if request.body.is_empty() {
            self.transactions.respond(now, &key, response);
            self.seen.push(Seen::Refreshed);
            return;
        }
        let Some(answer) = self.media.answer(&request.body) else {
            let refusal = self.response(request, 488);
            self.transactions.respond(now, &key, refusal);
            return;
        };
        response.set_body("application/sdp", answer.into_bytes());
        self.transactions.respond(now, &key, response);
        let held = self.media.is_held();
        self.seen.push(Seen::Renegotiated { held });
    }

    /// The final answer to our UPDATE with an offer.
    pub(super) fn update_answered(&mut self, response: &Response) {
        if !response.status.is_success() {
            self.media.offer_refused();
        } else if !self.media.accept(&response.body) {
            self.complain("an answer to our UPDATE that we cannot use");
        }
        self.seen.push(Seen::Renewed(response.status.code()));
    }
}

/// The o= line of a description: the same one again says that nothing changed (RFC 3264 §8).
pub(super) fn origin(sdp: &[u8]) -> Option<String> {
    let sdp = String::from_utf8_lossy(sdp);
    let line = sdp.lines().find(|line| line.starts_with("o="))?;
    Some(line.to_owned())
}
