//! Answers that the border gives by itself.

use crate::turn::{Asker, Turn};
use crate::{Border, Tell};
use sbc_policy::{SessionId, Uuid};
use sip_message::{HeaderName, Headers, Request, Response, StatusCode};

/// Length of a To tag in an answer that makes no dialog: 95 bits.
const TAG_LENGTH: usize = 16;
/// For 503, in seconds: long enough for a server to restart, short enough for a person to wait.
pub(crate) const RETRY_AFTER: u32 = 10;

impl Border {
    /// A response of ours, with a To tag (RFC 3261 §8.2.6.2).
    pub(crate) fn own_response(&mut self, request: &Request, status: StatusCode) -> Response {
        let mut response = request.response(status);
        if let Some(theirs) = SessionId::of(&request.headers) {
            let told = SessionId {
                local: Uuid::NIL,
                remote: theirs.local,
            };
            response.headers.set(HeaderName::SessionId, told);
        }
        if response.headers.to_tag().is_none() {
            let tag = self.state.random.token(TAG_LENGTH);
            response.headers.tag_to(&tag);
        }
        response
    }

    /// Refuses, and tells why.
    pub(crate) fn refuse(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: &Request,
        code: u16,
        why: &'static str,
    ) {
        self.refuse_with(turn, asker, request, code, why, Headers::new());
    }

    pub(crate) fn refuse_with(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: &Request,
        code: u16,
        why: &'static str,
        headers: Headers,
    ) {
        let mut response = self.own_response(request, StatusCode::of(code));
        for header in headers.iter() {
            response.headers.push_copy(header);
        }
        if code == 503 && !response.headers.has(&HeaderName::RetryAfter) {
            response.headers.set(HeaderName::RetryAfter, RETRY_AFTER);
        }
        self.respond(turn, asker.ask, response);
        self.tell(Tell::Refused {
            status: code,
            remote: asker.arrival.remote,
            why,
        });
    }

    /// Refuses in somebody else's words: an operator's, for the caller.
    pub(crate) fn refuse_saying(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: &Request,
        code: u16,
        reason: Option<&str>,
    ) {
        let mut response = self.own_response(request, StatusCode::of(code));
        if let Some(reason) = reason {
            response.reason = one_line(reason);
        }
        if code == 503 {
            response.headers.set(HeaderName::RetryAfter, RETRY_AFTER);
        }
        self.respond(turn, asker.ask, response);
        self.tell(Tell::Refused {
            status: code,
            remote: asker.arrival.remote,
            why: "by policy",
        });
    }

    /// The one answer to whoever has not proved who he is: it says nothing about what exists.
    pub(crate) fn forbid(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) {
        self.refuse(turn, asker, request, 403, "identity not proved");
    }
}

/// What may stand in a status line (RFC 3261 §7.2), and no more of it than a phone shows.
fn one_line(reason: &str) -> String {
    const LONGEST: usize = 80;
    let legal = |letter: &char| !letter.is_control();
    reason.chars().filter(legal).take(LONGEST).collect()
}
