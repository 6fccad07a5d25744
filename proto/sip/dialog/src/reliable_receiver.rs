//! Provisional responses that came reliably in one early dialog (RFC 3262 §4): in order, each acknowledged once.

use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, RAck, Response};

/// The order of one early dialog's reliable provisional responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReliableReceiver {
    last: Option<u32>,
}

/// What a provisional response is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provisional {
    /// Not sent reliably: to be heard, not acknowledged.
    Plain,
    /// The next one: to be heard, and acknowledged by a PRACK with this RAck.
    Reliable(RAck),
    /// One that was heard already. Its PRACK, which repeats itself, is under way.
    Again,
    /// One that overtook another: neither heard nor acknowledged, for it will come again (RFC 3262 §4).
    TooEarly,
}

impl ReliableReceiver {
    /// Judges a provisional response other than 100.
    pub fn receive(&mut self, response: &Response) -> Provisional {
        let is_reliable = response.headers.has_token(&HeaderName::Require, "100rel");
        let (true, Ok(Some(rseq)), Ok(cseq)) = (
            is_reliable,
            response.headers.rseq(),
            response.headers.cseq(),
        ) else {
            return Provisional::Plain;
        };
        match self.last {
            Some(last) if rseq <= last => Provisional::Again,
            Some(last) if rseq != last.saturating_add(1) => Provisional::TooEarly,
            _ => {
                self.last = Some(rseq);
                Provisional::Reliable(RAck { rseq, cseq })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Provisional, ReliableReceiver};
    use sip_message::{HeaderName, Method, Request, Response, StatusCode};

    fn ringing(rseq: u32) -> Response {
        let mut invite = Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap());
        invite.headers.push(HeaderName::CSeq, "7 INVITE");
        let mut response = invite.response(StatusCode::RINGING);
        response.headers.push(HeaderName::Require, "100rel");
        response.headers.push(HeaderName::RSeq, rseq);
        response
    }

    #[test]
    fn they_are_taken_in_order_and_each_is_acknowledged_once() {
        let mut receiver = ReliableReceiver::default();
        let Provisional::Reliable(rack) = receiver.receive(&ringing(988)) else {
            unreachable!("the first may have any number");
        };
        assert_eq!(rack.to_string(), "988 7 INVITE");
        assert_eq!(receiver.receive(&ringing(988)), Provisional::Again);
        assert_eq!(receiver.receive(&ringing(990)), Provisional::TooEarly);
        assert!(matches!(
            receiver.receive(&ringing(989)),
            Provisional::Reliable(_)
        ));
        assert!(matches!(
            receiver.receive(&ringing(990)),
            Provisional::Reliable(_)
        ));
        assert_eq!(receiver.receive(&ringing(989)), Provisional::Again);
    }

    #[test]
    fn what_does_not_require_it_is_plain() {
        let mut receiver = ReliableReceiver::default();
        let mut plain = ringing(1);
        plain.headers.remove(&HeaderName::Require);
        assert_eq!(receiver.receive(&plain), Provisional::Plain);
        let mut unnumbered = ringing(1);
        unnumbered.headers.remove(&HeaderName::RSeq);
        assert_eq!(receiver.receive(&unnumbered), Provisional::Plain);
    }
}
