use super::call::is_of;
use super::{CallState, Habitat, Purpose, Seen, UserAgent};
use proto_base::{Flow, Time};
use sip_message::{HeaderName, Message, Method, Request, Response, parse};
use sip_transaction::{Event, ServerKey};

impl UserAgent {
    /// A message from the wire.
    pub fn receive(&mut self, now: Time, flow: Flow, bytes: &[u8]) {
        let message = match parse(bytes) {
            Ok(message) => message,
            Err(error) => {
                let text = format!(
                    "cannot be parsed: {:?}: {}",
                    error.why,
                    String::from_utf8_lossy(bytes)
                );
                self.complain(text);
                return;
            }
        };
        if let Message::Response(response) = &message {
            self.check_vias(response);
        }
        let transport = self.transport();
        self.transactions.receive(now, flow, transport, message);
        self.drain(now);
    }

    /// SIP.js drops a response with more than one Via, or whose top Via is not the one it sent (but for received and rport).
    fn check_vias(&mut self, response: &Response) {
        let vias = response.headers.vias().unwrap_or_default();
        if vias.len() != 1 {
            let count = vias.len();
            self.complain(format!("a response with {count} Vias"));
        }
        if let (Habitat::Page { host, .. }, Some(via)) = (&self.habitat, vias.first()) {
            if via.host.to_string() != *host {
                let text = format!("a response whose Via says {}", via.host);
                self.complain(text);
            } else if via.port.is_some() {
                self.complain("a response whose Via has a port that we did not write");
            }
        }
    }

    pub(super) fn drain(&mut self, now: Time) {
        while let Some(event) = self.transactions.poll_event() {
            match event {
                Event::Request { key, request, .. } => self.requested(now, key, request),
                Event::Cancel { invite, .. } => self.cancelled(now, &invite),
                Event::Ack { request, .. } => self.acknowledged(&request),
                Event::Response { key, response } => {
                    let Some((purpose, request)) = self.purposes.get(&key).cloned() else {
                        continue;
                    };
                    if response.status.is_final()
                        && !matches!(purpose, Purpose::Invite | Purpose::Reinvite)
                    {
                        self.purposes.remove(&key);
                    }
                    self.answered(now, &purpose, &request, &response);
                    if response.status.is_final()
                        && purpose == Purpose::Reinvite
                        && let Some(call) = &mut self.call
                    {
                        call.asking_hold = None;
                    }
                }
                Event::Failed { key, timed_out } => self.failed(now, &key, timed_out),
                Event::ClientEnded { key } => {
                    self.purposes.remove(&key);
                }
                Event::NoAck { .. } | Event::ServerEnded { .. } => {}
            }
        }
    }

    fn answered(&mut self, now: Time, purpose: &Purpose, request: &Request, response: &Response) {
        let provisional = response.status.is_provisional();
        match purpose {
            Purpose::Invite => self.invite_answered(now, request, response),
            Purpose::Reinvite => self.renewal_answered(now, request, response),
            _ if provisional => {}
            Purpose::Register => self.registration_answered(now, request, response, false),
            Purpose::Unregister => self.registration_answered(now, request, response, true),
            Purpose::Update => self.update_answered(response),
            Purpose::Prack => {
                let status = response.status.code();
                if self.abilities.offers_in_prack && !request.body.is_empty() {
                    self.update_answered(response);
                } else if !response.status.is_success() {
                    self.complain(format!("our PRACK was answered with {status}"));
                }
            }
            Purpose::Bye => self.end_call(),
            Purpose::Subscribe => self.subscription_answered(now, request, response),
            Purpose::Notify => self.notify_answered(now, request, Some(response)),
            Purpose::Other => {
                if request.method != Method::Invite {
                    self.seen.push(Seen::Answered(response.status.code()));
                }
            }
        }
    }

    fn failed(&mut self, now: Time, key: &sip_transaction::ClientKey, timed_out: bool) {
        let status = if timed_out { 408 } else { 503 };
        let Some((purpose, request)) = self.purposes.remove(key) else {
            return;
        };
        match purpose {
            Purpose::Subscribe => self.subscription_failed(&request, status),
            Purpose::Notify => self.notify_answered(now, &request, None),
            Purpose::Register | Purpose::Unregister => {
                self.seen.push(Seen::RegistrationRefused(status))
            }
            Purpose::Invite => {
                self.seen.push(Seen::Refused(status));
                self.end_call();
            }
            Purpose::Prack => self.complain("our PRACK was not answered"),
            Purpose::Reinvite | Purpose::Update => {
                self.media.offer_refused();
                self.seen.push(Seen::Renewed(status));
            }
            Purpose::Bye => self.end_call(),
            Purpose::Other => {}
        }
    }

    fn requested(&mut self, now: Time, key: ServerKey, request: Request) {
        if request.method == Method::Subscribe {
            return self.subscribed(now, &key, &request);
        }
        if request.method == Method::Notify && self.hears_news(now, &key, &request) {
            return;
        }
        let in_dialog = request.headers.to().is_ok_and(|to| to.tag().is_some());
        let ours = self
            .call
            .as_ref()
            .is_some_and(|call| is_of(call, &request.headers));
        if in_dialog && !ours {
            let gone = self.response(&request, 481);
            self.transactions.respond(now, &key, gone);
            return;
        }
        if in_dialog {
            let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
            let known = self
                .call
                .as_ref()
                .and_then(|call| call.remote_seq)
                .unwrap_or(0);
            if cseq < known {
                let text = format!("CSeq went back from {known} to {cseq}");
                self.complain(text);
            }
        }
        match (&request.method, in_dialog) {
            (Method::Invite, false) => self.invited(now, key, request),
            (Method::Invite, true) => self.reinvited(now, key, &request),
            (Method::Prack, true) => self.pracked(now, key, &request),
            (Method::Update, true) => self.updated(now, key, &request),
            (Method::Notify, true) => self.notified(now, &key, &request),
            (Method::Bye, true) => {
                let fine = self.response(&request, 200);
                self.transactions.respond(now, &key, fine);
                if self
                    .call
                    .as_ref()
                    .is_some_and(|call| call.state != CallState::Ending)
                {
                    self.seen.push(Seen::HungUp);
                }
                self.end_call();
            }
            (Method::Info | Method::Message, _) => {
                let fine = self.response(&request, 200);
                self.transactions.respond(now, &key, fine);
                self.seen.push(Seen::Told(
                    String::from_utf8_lossy(&request.body).into_owned(),
                ));
            }
            (Method::Options, _) => {
                let fine = self.response(&request, 200);
                self.transactions.respond(now, &key, fine);
            }
            _ => {
                let mut no = self.response(&request, 405);
                no.headers.push(
                    HeaderName::Allow,
                    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE",
                );
                self.transactions.respond(now, &key, no);
            }
        }
    }
}
