use super::call::Ringing;
use super::{Purpose, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Method, Request, Response};
use sip_transaction::{ServerKey, T1};

/// The number of our first reliable response; any would do.
const FIRST: u32 = 4_000;

impl UserAgent {
    /// Early media in a response that must arrive (RFC 3262 §3), if the caller knows how to say that it has.
    pub(super) fn rings_reliably(&mut self, now: Time, key: &ServerKey, request: &Request) -> bool {
        let knows = request.headers.has_token(&HeaderName::Supported, "100rel");
        if !self.abilities.reliable || !knows {
            return false;
        }
        let Some(answer) = self.media.answer(&request.body) else {
            return false;
        };
        let mut response = self.response(request, 183);
        response.headers.push(HeaderName::Require, "100rel");
        response.headers.push(HeaderName::RSeq, FIRST);
        self.says_it_updates(&mut response);
        response.set_body("application/sdp", answer.into_bytes());
        self.transactions.respond(now, key, response.clone());
        if let Some(call) = &mut self.call {
            call.ringing = Some(Ringing {
                key: key.clone(),
                response,
                next: now + T1,
                interval: T1,
            });
            call.is_described = true;
        }
        // Music while it rings.
        self.media.start(now);
        true
    }

    pub(super) fn rings_again(&mut self, now: Time) {
        let Some(call) = &mut self.call else { return };
        let Some(ringing) = call.ringing.as_mut().filter(|it| now >= it.next) else {
            return;
        };
        ringing.interval *= 2;
        ringing.next = now + ringing.interval;
        let (key, response) = (ringing.key.clone(), ringing.response.clone());
        self.transactions.respond(now, &key, response);
    }

    /// A PRACK arrives.
    pub(super) fn pracked(&mut self, now: Time, key: ServerKey, request: &Request) {
        let waits = self.call.as_mut().is_some_and(|call| {
            let rack = request.headers.rack().ok();
            call.ringing
                .take_if(|ringing| {
                    rack.is_some_and(|rack| {
                        rack.rseq == FIRST && Ok(rack.cseq) == ringing.response.headers.cseq()
                    })
                })
                .is_some()
        });
        let answer = self.response(request, if waits { 200 } else { 481 });
        self.transactions.respond(now, &key, answer);
        if waits {
            self.seen.push(Seen::RingingHeard);
        } else {
            self.complain("a PRACK for nothing that waits");
        }
    }

    /// A provisional response that we must acknowledge (RFC 3262 §4). Whether there is something new in it.
    pub(super) fn acknowledges_ringing(&mut self, now: Time, response: &Response) -> bool {
        if !response.headers.has_token(&HeaderName::Require, "100rel") {
            return true;
        }
        let rseq = response.headers.rseq().ok().flatten().unwrap_or(0);
        let Some(call) = &mut self.call else {
            return false;
        };
        // Again, or before its turn: it will come again.
        if call.rseq.is_some_and(|last| rseq != last + 1) {
            return false;
        }
        call.rseq = Some(rseq);
        if let Some(contact) = response
            .headers
            .contacts()
            .ok()
            .and_then(|contacts| contacts.into_iter().next())
        {
            call.target = contact.uri;
        }
        call.remote_tag = response
            .headers
            .to()
            .ok()
            .and_then(|to| to.tag().map(str::to_owned));
        call.routes = response
            .headers
            .record_routes()
            .unwrap_or_default()
            .iter()
            .rev()
            .map(ToString::to_string)
            .collect();
        let has_body = !response.body.is_empty();
        call.is_described |= has_body;
        let late = self.abilities.late && has_body;
        let answer = late.then(|| self.media.answer(&response.body)).flatten();
        let Some((flow, mut prack)) = self.in_dialog(Method::Prack, None) else {
            return false;
        };
        let cseq = response.headers.get(&HeaderName::CSeq).unwrap_or_default();
        prack
            .headers
            .push(HeaderName::RAck, format!("{rseq} {cseq}"));
        let offers = self.abilities.offers_in_prack && has_body && !late;
        let described = answer.or_else(|| offers.then(|| self.media.offer_hold(true)));
        if let Some(answer) = described {
            prack.set_body("application/sdp", answer.into_bytes());
        }
        self.send_request(now, flow, Purpose::Prack, prack);
        true
    }
}
