use super::{Call, CallState, Habitat, Purpose, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Method, Request, Response};

impl UserAgent {
    /// Calls `user` of its own domain.
    pub fn calls(&mut self, now: Time, user: &str) {
        let target = format!("sip:{user}@{}", self.account.domain);
        let Ok(uri) = target.parse::<sip_message::Uri>() else {
            return;
        };
        let mut request = Request::new(Method::Invite, uri.clone());
        let via = self.habitat.via(&mut self.random);
        let tag = self.random.token(10);
        let call_id = self.random.token(20);
        request.headers.push(HeaderName::Via, via);
        request.headers.push(HeaderName::MaxForwards, 70);
        request.headers.push(HeaderName::To, format!("<{target}>"));
        request.headers.push(
            HeaderName::From,
            format!(
                "\"{0}\" <{1}>;tag={tag}",
                self.account.user,
                self.account.uri()
            ),
        );
        request.headers.push(HeaderName::CallId, &call_id);
        request.headers.push(HeaderName::CSeq, "1 INVITE");
        request.headers.push(
            HeaderName::Contact,
            format!(
                "<{}>",
                self.habitat.contact(&self.registration.contact_user)
            ),
        );
        self.says_what_it_can(&mut request.headers);
        if matches!(self.habitat, Habitat::Page { .. }) {
            request
                .headers
                .push(HeaderName::UserAgent, "Secret Browser 1.0");
        } else {
            request
                .headers
                .push(HeaderName::UserAgent, "Secret Deskphone 2.0");
        }
        if !self.abilities.late {
            let offer = self.media.offer();
            request.set_body("application/sdp", offer.into_bytes());
        }
        self.call = Some(Call {
            state: CallState::Calling,
            call_id,
            local_tag: tag,
            remote_tag: None,
            local: format!("\"{0}\" <{1}>", self.account.user, self.account.uri()),
            remote: format!("<{target}>"),
            target: uri,
            routes: Vec::new(),
            local_seq: 1,
            remote_seq: None,

            invite: None,
            invited: None,
            unacknowledged: None,
            ack: None,
            cancelled: false,
            ringing: None,
            is_described: false,
            rseq: None,
            origin: None,
            asking_hold: None,
        });
        self.send_invite(now, request);
    }

    fn send_invite(&mut self, now: Time, request: Request) {
        let (flow, transport) = (self.habitat.flow(), self.transport());
        let key = self
            .transactions
            .request(now, flow, transport, request.clone());
        self.purposes
            .insert(key.clone(), (Purpose::Invite, request.clone()));
        if let Some(call) = &mut self.call {
            call.invite = Some((key, request));
        }
    }

    /// Gives up a call that is not answered yet.
    pub fn gives_up(&mut self, now: Time) {
        let Some(call) = &mut self.call else { return };
        call.cancelled = true;
        if let Some((key, _)) = &call.invite {
            let key = key.clone();
            if let Some(cancel) = self.transactions.cancel(now, &key, None) {
                let empty = call.invite.as_ref().map(|(_, request)| request.clone());
                if let Some(request) = empty {
                    self.purposes.insert(cancel, (Purpose::Other, request));
                }
            }
        }
        self.drain(now);
    }

    /// A response to the INVITE that opens the call.
    pub(super) fn invite_answered(&mut self, now: Time, request: &Request, response: &Response) {
        let status = response.status.code();
        if status == 100 {
            return;
        }
        let Some(call) = &mut self.call else {
            // A 2xx for a call that we have forgotten would ring on: a real phone acknowledges and hangs up.
            if response.status.is_success() {
                self.refuse_late_success(now, request, response);
            }
            return;
        };
        let tag = response
            .headers
            .to()
            .ok()
            .and_then(|to| to.tag().map(str::to_owned));
        if response.status.is_provisional() {
            if let Some(known) = &call.remote_tag
                && tag.as_ref() != Some(known)
                && matches!(self.habitat, Habitat::Page { .. })
            {
                let text = format!("the To tag changed in a {status}");
                self.complain(text);
            }
            if let Some(call) = &mut self.call {
                call.remote_tag = tag.or(call.remote_tag.take());
            }
            let news = self.acknowledges_ringing(now, response);
            if !news {
                return;
            }
            let is_answer = !response.body.is_empty() && !self.abilities.late;
            if is_answer && !self.media.accept(&response.body) {
                self.complain("an early answer that we cannot use");
            }
            self.seen.push(Seen::Progress(status));
            return;
        }
        if response.status.is_success() {
            self.invite_succeeded(now, request, response, tag);
            return;
        }
        if (status == 401 || status == 407) && !call.cancelled {
            let tried = request.headers.has(&HeaderName::ProxyAuthorization)
                || request.headers.has(&HeaderName::Authorization);
            if let (Some(mut again), false) = (
                self.account.authorize(request, response, &mut self.random),
                tried,
            ) {
                self.refresh(&mut again);
                if let Some(call) = &mut self.call {
                    call.local_seq = again.headers.cseq().map_or(2, |cseq| cseq.number);
                    call.remote_tag = None;
                }
                self.send_invite(now, again);
                return;
            }
        }
        let least = response.headers.get(&HeaderName::MinSe);
        let least = least.and_then(|least| least.parse::<u32>().ok());
        if let (422, Some(least)) = (status, least) {
            // RFC 4028 §7.4: once more, with as much as is wanted.
            let mut again = request.clone();
            self.refresh(&mut again);
            self.abilities.session_expires = Some(least);
            again.headers.set(HeaderName::MinSe, least);
            let asked = format!("{least};refresher=uac");
            again.headers.set(HeaderName::SessionExpires, asked);
            if let Some(call) = &mut self.call {
                call.local_seq = again.headers.cseq().map_or(2, |cseq| cseq.number);
                call.remote_tag = None;
            }
            self.send_invite(now, again);
            return;
        }
        self.seen.push(Seen::Refused(status));
        self.end_call();
    }

    fn invite_succeeded(
        &mut self,
        now: Time,
        request: &Request,
        response: &Response,
        tag: Option<String>,
    ) {
        let again = self
            .call
            .as_ref()
            .is_some_and(|call| call.ack.is_some() && call.remote_tag == tag);
        if again {
            self.acknowledge_again();
            return;
        }
        let Some(call) = &mut self.call else { return };
        if call.state == CallState::Calling
            && call.remote_tag.is_some()
            && call.remote_tag != tag
            && matches!(self.habitat, Habitat::Page { .. })
        {
            self.complain("the To tag of the 200 is not the one of the 18x");
        }
        let Some(call) = &mut self.call else { return };
        call.remote_tag = tag;
        if let Some(contact) = response
            .headers
            .contacts()
            .ok()
            .and_then(|contacts| contacts.into_iter().next())
        {
            call.target = contact.uri;
        }
        call.routes = response
            .headers
            .record_routes()
            .unwrap_or_default()
            .iter()
            .rev()
            .map(ToString::to_string)
            .collect();
        if call.remote_seq.is_none() {
            call.remote_seq = Some(0);
        }
        let cseq = request.headers.cseq().map_or(1, |cseq| cseq.number);
        let usable = self.takes_description(cseq, request, response);
        if !usable {
            self.complain("an answer in the 200 that we cannot use");
            self.hangs_up(now);
            return;
        }
        let cancelled = self.call.as_ref().is_some_and(|call| call.cancelled);
        if let Some(call) = &mut self.call {
            call.state = CallState::Established;
            call.invite = None;
        }
        self.seen.push(Seen::Established);
        self.media.start(now);
        if cancelled {
            // The CANCEL crossed the 200 (RFC 3261 §15.1.2 is the way out).
            self.hangs_up(now);
        }
    }

    /// The description in a 2xx, an answer or an offer, and our ACK with the answer if it is an offer.
    pub(super) fn takes_description(
        &mut self,
        cseq: u32,
        request: &Request,
        response: &Response,
    ) -> bool {
        let is_known = self.call.as_ref().is_some_and(|call| call.is_described);
        if !request.body.is_empty() {
            self.acknowledge(cseq);
            let is_first = self.call.as_ref().is_some_and(|call| call.invite.is_some());
            return (is_first && is_known && response.body.is_empty())
                || self.media.accept(&response.body);
        }
        if response.body.is_empty() {
            self.acknowledge(cseq);
            return is_known;
        }
        let answer = self.media.answer(&response.body);
        let usable = answer.is_some();
        self.acknowledge_with(cseq, answer);
        usable
    }

    fn refuse_late_success(&mut self, now: Time, request: &Request, response: &Response) {
        let (Ok(to), Ok(call_id), Ok(cseq)) = (
            response.headers.to(),
            request.headers.call_id(),
            request.headers.cseq(),
        ) else {
            return;
        };
        let target = response
            .headers
            .contacts()
            .ok()
            .and_then(|contacts| contacts.into_iter().next());
        let Some(target) = target else { return };
        for (method, number) in [(Method::Ack, cseq.number), (Method::Bye, cseq.number + 1)] {
            let mut late = Request::new(method.clone(), target.uri.clone());
            let via = self.habitat.via(&mut self.random);
            late.headers.push(HeaderName::Via, via);
            late.headers.push(HeaderName::MaxForwards, 70);
            late.headers.push(
                HeaderName::From,
                request.headers.get(&HeaderName::From).unwrap_or_default(),
            );
            late.headers.push(HeaderName::To, &to);
            late.headers.push(HeaderName::CallId, call_id);
            late.headers
                .push(HeaderName::CSeq, format!("{number} {method}"));
            let flow = self.next_hop(&target.uri, &[]);
            if method == Method::Ack {
                self.sends.push((flow, late.to_bytes()));
            } else {
                self.send_request(now, flow, Purpose::Bye, late);
            }
        }
    }
}
