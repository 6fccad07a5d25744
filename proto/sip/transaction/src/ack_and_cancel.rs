//! The two requests that share an INVITE's branch, its Request-URI, Call-ID, From, CSeq number and Route.

use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, Method, Request, Response};

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;

/// What is kept of an INVITE to make its ACK and CANCEL from: no body, no more headers than those need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Skeleton {
    request: Request,
    number: u32,
}

impl Skeleton {
    pub(crate) fn of(invite: &Request) -> Self {
        let mut request = Request::new(invite.method.clone(), invite.uri.clone());
        for header in invite.headers.iter() {
            if matches!(
                header.name,
                HeaderName::Via
                    | HeaderName::From
                    | HeaderName::To
                    | HeaderName::CallId
                    | HeaderName::Route
            ) {
                request.headers.push_copy(header);
            }
        }
        let number = invite.headers.cseq().map_or(0, |cseq| cseq.number);
        Self { request, number }
    }

    /// The INVITE has its final response: nothing is made from it any more.
    pub(crate) fn forget(&mut self) {
        self.request.headers = Headers::new();
    }

    fn with_method(&self, method: Method) -> Request {
        let mut request = self.request.clone();
        let cseq = format!("{} {method}", self.number);
        request.headers.push(HeaderName::CSeq, cseq);
        request.headers.push(HeaderName::MaxForwards, MAX_FORWARDS);
        request.method = method;
        request
    }

    /// The ACK to a non-2xx (§17.1.1.3): To as in the response, all else as in the INVITE.
    pub(crate) fn ack(&self, to: &Response) -> Request {
        let mut ack = self.with_method(Method::Ack);
        if let Some(to) = to.headers.get(&HeaderName::To) {
            ack.headers.set(HeaderName::To, to);
        }
        ack
    }

    /// The CANCEL (§9.1), with the value of a Reason header (RFC 3326).
    pub(crate) fn cancel(&self, reason: Option<&str>) -> Request {
        let mut cancel = self.with_method(Method::Cancel);
        if let Some(reason) = reason {
            cancel.headers.push(HeaderName::Reason, reason);
        }
        cancel
    }
}
