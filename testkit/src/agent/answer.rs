use super::call::Unacknowledged;
use super::{Call, CallState, Habitat, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Request, Response, StatusCode};
use sip_transaction::{ServerKey, T1, T2};

impl UserAgent {
    /// An INVITE outside a dialog arrives.
    pub(super) fn invited(&mut self, now: Time, key: ServerKey, request: Request) {
        let replaces = self.is_replaced(now, &request);
        if self.call.is_some() {
            let busy = self.response(&request, 486);
            self.transactions.respond(now, &key, busy);
            return;
        }
        if let Some(least) = self.abilities.min_se {
            let asked = request.headers.session_expires().ok().flatten();
            if asked.is_some_and(|asked| asked.seconds < least) {
                let mut short = self.response(&request, 422);
                short.headers.push(HeaderName::MinSe, least);
                self.transactions.respond(now, &key, short);
                return;
            }
        }
        if let Habitat::Page { .. } = self.habitat {
            let ours = request.uri.user.as_deref() == Some(self.registration.contact_user.as_str());
            if !ours {
                let uri = request.uri.to_string();
                self.complain(format!(
                    "an INVITE for {uri}, which is not our contact (JsSIP answers 404)"
                ));
            }
        }
        let (Ok(from), Ok(call_id), Ok(cseq)) = (
            request.headers.from(),
            request.headers.call_id(),
            request.headers.cseq(),
        ) else {
            return;
        };
        let target = request
            .headers
            .contacts()
            .ok()
            .and_then(|contacts| contacts.into_iter().next());
        let Some(target) = target else {
            self.complain("an INVITE without a Contact");
            return;
        };
        let tag = self.random.token(10);
        let caller = from.uri.user.clone().unwrap_or_default();
        self.call = Some(Call {
            state: CallState::Ringing,
            call_id: call_id.to_owned(),
            local_tag: tag,
            remote_tag: from.tag().map(str::to_owned),
            local: request
                .headers
                .get(&HeaderName::To)
                .unwrap_or_default()
                .to_owned(),
            remote: without_tag(request.headers.get(&HeaderName::From).unwrap_or_default()),
            target: target.uri,
            routes: request
                .headers
                .record_routes()
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            local_seq: 0,
            remote_seq: Some(cseq.number),

            invite: None,
            invited: Some((key.clone(), request.clone())),
            unacknowledged: None,
            ack: None,
            cancelled: false,
            ringing: None,
            is_described: false,
            rseq: None,
            origin: super::update::origin(&request.body),
            asking_hold: None,
        });
        if !self.rings_reliably(now, &key, &request) {
            let ringing = self.response(&request, 180);
            self.transactions.respond(now, &key, ringing);
        }
        self.seen.push(Seen::Incoming(caller));
        if self.answers_at_once || replaces {
            self.answers(now);
        }
    }

    /// Picks up.
    pub fn answers(&mut self, now: Time) {
        let Some((key, request)) = self.call.as_ref().and_then(|call| call.invited.clone()) else {
            return;
        };
        let mut response = self.response(&request, 200);
        self.answers_the_timer(&request, &mut response);
        // What the caller has acknowledged already is not said again (RFC 6337 §3.1.1).
        if !self.call.as_ref().is_some_and(|call| call.is_described) {
            let Some(answer) = self.media.answer(&request.body) else {
                self.complain("an offer that we cannot answer");
                self.declines(now, 488);
                return;
            };
            response.set_body("application/sdp", answer.into_bytes());
        }
        self.succeed(now, key, response);
        if let Some(call) = &mut self.call {
            call.state = CallState::Established;
            call.invited = None;
        }
        self.media.start(now);
        self.drain(now);
    }

    /// Sends the caller to somebody else (RFC 3261 §21.3.3).
    pub fn deflects(&mut self, now: Time, user: &str) {
        let Some((key, request)) = self.call.as_ref().and_then(|call| call.invited.clone()) else {
            return;
        };
        let mut moved = self.response(&request, 302);
        let contact = format!("<sip:{user}@{}>", self.account.domain);
        moved.headers.set(HeaderName::Contact, contact);
        self.transactions.respond(now, &key, moved);
        self.end_call();
        self.drain(now);
    }

    /// Refuses with a status.
    pub fn declines(&mut self, now: Time, status: u16) {
        let Some((key, request)) = self.call.as_ref().and_then(|call| call.invited.clone()) else {
            return;
        };
        let refusal = self.response(&request, status);
        self.transactions.respond(now, &key, refusal);
        self.end_call();
        self.drain(now);
    }

    /// A 2xx to an INVITE: sent, and sent again until its ACK comes (RFC 3261 §13.3.1.4). Real pages do not repeat it.
    pub(super) fn succeed(&mut self, now: Time, key: ServerKey, response: Response) {
        self.transactions.respond(now, &key, response.clone());
        let cseq = response.headers.cseq().map_or(0, |cseq| cseq.number);
        let repeats = matches!(self.habitat, Habitat::Desk { .. });
        if let Some(call) = &mut self.call {
            call.unacknowledged = repeats.then(|| Unacknowledged {
                key,
                response,
                cseq,
                next: now + T1,
                interval: T1,
                until: now + T1 * 64,
            });
        }
    }

    pub(super) fn resend_answer(&mut self, now: Time) {
        let Some(call) = &mut self.call else { return };
        let Some(waiting) = &mut call.unacknowledged else {
            return;
        };
        if now >= waiting.until {
            call.unacknowledged = None;
            self.hangs_up(now);
            return;
        }
        if now >= waiting.next {
            waiting.interval = (waiting.interval * 2).min(T2);
            waiting.next = now + waiting.interval;
            let (key, response) = (waiting.key.clone(), waiting.response.clone());
            self.transactions.respond(now, &key, response);
        }
    }

    /// An ACK arrives for a 2xx of ours.
    pub(super) fn acknowledged(&mut self, request: &Request) {
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let Some(call) = &mut self.call else { return };
        if call
            .unacknowledged
            .as_ref()
            .is_some_and(|waiting| waiting.cseq == cseq)
        {
            call.unacknowledged = None;
        }
        let first = call.state == CallState::Established && call.local_seq == 0;
        if first && !self.seen.contains(&Seen::Established) {
            self.seen.push(Seen::Established);
        }
    }

    /// The caller gave up.
    pub(super) fn cancelled(&mut self, now: Time, invite: &ServerKey) {
        let Some((key, request)) = self.call.as_ref().and_then(|call| call.invited.clone()) else {
            return;
        };
        if key != *invite {
            return;
        }
        let terminated = self.response(&request, 487);
        self.transactions.respond(now, &key, terminated);
        self.seen.push(Seen::Cancelled);
        self.end_call();
    }

    /// A response of ours, with our tag and Contact.
    pub(super) fn response(&self, request: &Request, status: u16) -> Response {
        let mut response = request.response(StatusCode::of(status));
        if let (Ok(to), Some(call)) = (response.headers.to(), &self.call)
            && to.tag().is_none()
        {
            response
                .headers
                .set(HeaderName::To, to.with_tag(&call.local_tag));
        }
        for route in request
            .headers
            .get_all(&HeaderName::RecordRoute)
            .map(str::to_owned)
            .collect::<Vec<_>>()
        {
            response.headers.push(HeaderName::RecordRoute, route);
        }
        response.headers.push(
            HeaderName::Contact,
            format!(
                "<{}>",
                self.habitat.contact(&self.registration.contact_user)
            ),
        );
        response
    }
}

pub(super) fn without_tag(from: &str) -> String {
    from.split(";tag=").next().unwrap_or_default().to_owned()
}
