use super::{CallState, Habitat, Purpose, UserAgent};
use proto_base::{Flow, NetworkId, Time};
use sip_message::{HeaderName, Method, Request, Uri};
use std::net::SocketAddr;

impl UserAgent {
    /// A request within the dialog (RFC 3261 §12.2.1.1), with the next CSeq or, for ACK, the one given.
    pub(super) fn in_dialog(
        &mut self,
        method: Method,
        cseq: Option<u32>,
    ) -> Option<(Flow, Request)> {
        let via = self.habitat.via(&mut self.random);
        let call = self.call.as_mut()?;
        let number = cseq.unwrap_or_else(|| {
            call.local_seq += 1;
            call.local_seq
        });
        let mut request = Request::new(method.clone(), call.target.clone());
        request.headers.push(HeaderName::Via, via);
        for route in &call.routes {
            request.headers.push(HeaderName::Route, route);
        }
        request.headers.push(HeaderName::MaxForwards, 70);
        request.headers.push(
            HeaderName::From,
            format!("{};tag={}", call.local, call.local_tag),
        );
        let tag = call
            .remote_tag
            .as_ref()
            .map(|tag| format!(";tag={tag}"))
            .unwrap_or_default();
        request
            .headers
            .push(HeaderName::To, format!("{}{tag}", call.remote));
        request.headers.push(HeaderName::CallId, &call.call_id);
        request
            .headers
            .push(HeaderName::CSeq, format!("{number} {method}"));
        let (target, routes) = (call.target.clone(), call.routes.clone());
        Some((self.next_hop(&target, &routes), request))
    }

    /// Where a request goes: a page has one way only, a desk phone follows routes and contacts.
    pub(super) fn next_hop(&self, target: &Uri, routes: &[String]) -> Flow {
        let Habitat::Desk { exchange, .. } = &self.habitat else {
            return self.habitat.flow();
        };
        let first = routes
            .first()
            .and_then(|route| route.parse::<sip_message::NameAddr>().ok())
            .map(|route| route.uri);
        let uri = first.as_ref().unwrap_or(target);
        let address = uri.host.ip().map_or(*exchange, |ip| {
            SocketAddr::new(ip, uri.port.unwrap_or(5060))
        });
        Flow::Datagram(NetworkId(0), address)
    }

    pub(super) fn acknowledge(&mut self, cseq: u32) {
        self.acknowledge_with(cseq, None);
    }

    /// The ACK, with our answer to the offer that came in the 2xx.
    pub(super) fn acknowledge_with(&mut self, cseq: u32, answer: Option<String>) {
        if let Some((flow, mut ack)) = self.in_dialog(Method::Ack, Some(cseq)) {
            if let Some(answer) = answer {
                ack.set_body("application/sdp", answer.into_bytes());
            }
            self.sends.push((flow, ack.to_bytes()));
            if let Some(call) = &mut self.call {
                call.ack = Some((cseq, flow, ack));
            }
        }
    }

    pub(super) fn acknowledge_again(&mut self) {
        if let Some((_, flow, ack)) = self.call.as_ref().and_then(|call| call.ack.as_ref()) {
            self.sends.push((*flow, ack.to_bytes()));
        }
    }

    /// Hangs up an established call.
    pub fn hangs_up(&mut self, now: Time) {
        let Some((flow, bye)) = self.in_dialog(Method::Bye, None) else {
            return;
        };
        if let Some(call) = &mut self.call {
            call.state = CallState::Ending;
            call.unacknowledged = None;
        }
        self.media.stop();
        self.send_request(now, flow, Purpose::Bye, bye);
        self.drain(now);
    }

    /// Sends something small within the call: INFO, OPTIONS, MESSAGE.
    pub fn says(&mut self, now: Time, method: Method, body: &str) {
        self.says_as(now, method, "application/dtmf-relay", body);
    }

    /// The same, with a body of this kind.
    pub fn says_as(&mut self, now: Time, method: Method, kind: &str, body: &str) {
        let Some((flow, mut request)) = self.in_dialog(method, None) else {
            return;
        };
        if !body.is_empty() {
            request.set_body(kind, body.as_bytes().to_vec());
        }
        self.send_request(now, flow, Purpose::Other, request);
        self.drain(now);
    }
}
