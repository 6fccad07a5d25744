//! Requests inside a dialog (RFC 3261 §12.2.1.1).

use crate::Dialog;
use sip_message::{CSeq, HeaderName, Method, NameAddr, Request};

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;

impl Dialog {
    /// The next request of ours, all but Via, Contact and body.
    pub fn request(&mut self, method: Method) -> Request {
        let number = self.next_cseq();
        self.build(method, number)
    }

    /// The ACK for a 2xx: the number is its INVITE's (RFC 3261 §13.2.2.4).
    pub fn ack(&self, number: u32) -> Request {
        self.build(Method::Ack, number)
    }

    fn build(&self, method: Method, number: u32) -> Request {
        let mut routes: Vec<NameAddr> = self.route_set.clone();
        let mut uri = self.remote_target.clone();
        let strict = routes
            .first()
            .is_some_and(|first| !first.uri.params.has("lr"));
        if strict {
            // A strict router wants to be the Request-URI, and the target behind the others.
            let first = routes.remove(0);
            routes.push(NameAddr::new(uri));
            uri = first.uri;
            uri.headers = None;
            uri.params.remove("method");
        }
        let mut request = Request::new(method.clone(), uri);
        for route in &routes {
            request.headers.push(HeaderName::Route, route);
        }
        request.headers.push(HeaderName::MaxForwards, MAX_FORWARDS);
        request.headers.push_text(HeaderName::From, &self.local);
        request.headers.push_text(HeaderName::To, &self.remote);
        request.headers.push(HeaderName::CallId, &self.call_id);
        request
            .headers
            .push(HeaderName::CSeq, CSeq { number, method });
        request
    }
}
