//! Provisional responses that must arrive (RFC 3262 §3): sent again until their PRACK, one at a time.

use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, RAck, Response};
use std::time::Duration;

/// RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
/// A response without a PRACK for this long: the INVITE is refused with a 5xx (RFC 3262 §3). 64·T1.
const PATIENCE: Duration = Duration::from_secs(32);
/// RSeq numbers stay below 2³¹ at first (RFC 3262 §3), and a ringing phone does not count up to 2³².
const FIRST_BELOW: u32 = 1 << 31;

/// The reliable provisional responses of one INVITE that came to us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReliableSender {
    last: u32,
    waiting: Option<Box<Waiting>>,
    /// What is to be said next, once that has been acknowledged. Several become one: the newest status, and the description.
    next: Option<Box<Response>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    response: Response,
    again: Time,
    interval: Duration,
    until: Time,
}

/// What the moment asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReliableDue {
    /// Nothing yet.
    Nothing,
    /// Send this again.
    Repeat(Response),
    /// The PRACK will not come: refuse the INVITE with a 5xx.
    GiveUp,
}

/// What a PRACK was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The response that arrived.
    pub response: Response,
    /// The one to send now.
    pub next: Option<Response>,
}

impl ReliableSender {
    /// `chance` picks the first RSeq (RFC 3262 §3: at random, so that an old PRACK is not taken for a new one).
    pub fn new(chance: u32) -> Self {
        Self {
            last: (chance % FIRST_BELOW).max(1).saturating_sub(1),
            waiting: None,
            next: None,
        }
    }

    /// A provisional response to be sent reliably. Gives it, dressed, if it may leave now.
    pub fn send(&mut self, now: Time, mut response: Response) -> Option<Response> {
        if self.waiting.is_none() {
            return Some(self.leave(now, response));
        }
        if let Some(before) = self.next.take()
            && response.body.is_empty()
            && !before.body.is_empty()
        {
            let kind = before
                .headers
                .get(&HeaderName::ContentType)
                .map(str::to_owned);
            response.set_body(&kind.unwrap_or_default(), before.body);
        }
        self.next = Some(Box::new(response));
        None
    }

    fn leave(&mut self, now: Time, mut response: Response) -> Response {
        self.last = self.last.saturating_add(1);
        response.headers.push(HeaderName::Require, "100rel");
        response.headers.set(HeaderName::RSeq, self.last);
        self.waiting = Some(Box::new(Waiting {
            response: response.clone(),
            again: now + T1,
            interval: T1,
            until: now + PATIENCE,
        }));
        response
    }

    /// A PRACK. `None`: it is for nothing that waits, and gets a 481.
    pub fn acknowledge(&mut self, now: Time, rack: &RAck) -> Option<Acknowledged> {
        let last = self.last;
        let Waiting { response, .. } = *self.waiting.take_if(|waiting| {
            rack.rseq == last && waiting.response.headers.cseq().as_ref() == Ok(&rack.cseq)
        })?;
        let next = self.next.take().map(|next| self.leave(now, *next));
        Some(Acknowledged { response, next })
    }

    /// Whether one waits for its PRACK.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether one waits that holds a description: until it is acknowledged no 2xx may leave (RFC 3262 §3).
    pub fn describes(&self) -> bool {
        let waiting = self.waiting.as_ref().map(|waiting| &waiting.response);
        [waiting, self.next.as_deref()]
            .into_iter()
            .flatten()
            .any(|response| !response.body.is_empty())
    }

    /// A final response leaves: nothing is repeated any more. A PRACK for it may still be under way and is answered.
    pub fn finish(&mut self) {
        self.next = None;
        if let Some(waiting) = &mut self.waiting {
            // Never again, and without an end that anybody waits for.
            waiting.again = Time::from_micros(u64::MAX);
            waiting.until = Time::from_micros(u64::MAX);
        }
    }

    /// When to ask again.
    pub fn deadline(&self) -> Option<Time> {
        let waiting = self.waiting.as_ref()?;
        let at = waiting.again.min(waiting.until);
        (at != Time::from_micros(u64::MAX)).then_some(at)
    }

    /// What is due now.
    pub fn poll(&mut self, now: Time) -> ReliableDue {
        let Some(waiting) = &mut self.waiting else {
            return ReliableDue::Nothing;
        };
        if now >= waiting.until {
            self.waiting = None;
            self.next = None;
            return ReliableDue::GiveUp;
        }
        if now < waiting.again {
            return ReliableDue::Nothing;
        }
        waiting.interval = waiting.interval.saturating_mul(2);
        waiting.again = now + waiting.interval;
        ReliableDue::Repeat(waiting.response.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::{ReliableDue, ReliableSender};
    use proto_base::Time;
    use sip_message::{HeaderName, Method, RAck, Request, Response, StatusCode};
    use std::time::Duration;

    fn response(code: u16, body: &str) -> Response {
        let mut invite = Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap());
        invite.headers.push(HeaderName::CSeq, "7 INVITE");
        let mut response = invite.response(StatusCode::of(code));
        if !body.is_empty() {
            response.set_body("application/sdp", body.as_bytes().to_vec());
        }
        response
    }

    fn rack(of: &Response) -> RAck {
        RAck {
            rseq: of.headers.rseq().unwrap().unwrap(),
            cseq: of.headers.cseq().unwrap(),
        }
    }

    #[test]
    fn a_response_is_repeated_with_doubling_pauses_until_32_seconds() {
        let mut sender = ReliableSender::new(41);
        let first = sender.send(Time::ZERO, response(183, "v=0")).unwrap();
        assert_eq!(first.headers.get(&HeaderName::RSeq), Some("41"));
        assert!(first.headers.has_token(&HeaderName::Require, "100rel"));
        let mut repeated = Vec::new();
        let gave_up = loop {
            let now = sender.deadline().unwrap();
            match sender.poll(now) {
                ReliableDue::Repeat(again) => {
                    assert_eq!(again, first);
                    repeated.push(now.as_micros() / 1000);
                }
                ReliableDue::GiveUp => break now,
                ReliableDue::Nothing => panic!("woken for nothing"),
            }
        };
        assert_eq!(repeated, [500, 1500, 3500, 7500, 15500, 31500]);
        assert_eq!(gave_up, Time::ZERO + Duration::from_secs(32));
        assert_eq!(sender.deadline(), None);
    }

    #[test]
    fn one_waits_at_a_time_and_the_others_become_one() {
        let mut sender = ReliableSender::new(1);
        let first = sender.send(Time::ZERO, response(180, "")).unwrap();
        assert!(!sender.describes());
        assert_eq!(sender.send(Time::ZERO, response(183, "v=0")), None);
        assert_eq!(sender.send(Time::ZERO, response(180, "")), None);
        assert!(sender.describes(), "no 2xx before it");
        let done = sender.acknowledge(Time::ZERO, &rack(&first)).unwrap();
        let next = done.next.unwrap();
        assert_eq!(
            (next.status.code(), next.body.as_slice()),
            (180, &b"v=0"[..])
        );
        assert_eq!(next.headers.rseq(), Ok(Some(2)));
        assert!(sender.acknowledge(Time::ZERO, &rack(&first)).is_none());
        assert!(sender.acknowledge(Time::ZERO, &rack(&next)).is_some());
        assert!(!sender.is_waiting() && !sender.describes());
    }

    #[test]
    fn a_prack_for_another_response_or_invite_acknowledges_nothing() {
        let mut sender = ReliableSender::new(u32::MAX);
        let first = sender.send(Time::ZERO, response(183, "v=0")).unwrap();
        let right = rack(&first);
        let mut wrong = right.clone();
        wrong.rseq = wrong.rseq.wrapping_add(1);
        assert_eq!(sender.acknowledge(Time::ZERO, &wrong), None);
        let mut wrong = right.clone();
        wrong.cseq.number = 8;
        assert_eq!(sender.acknowledge(Time::ZERO, &wrong), None);
        assert!(sender.acknowledge(Time::ZERO, &right).is_some());
    }

    #[test]
    fn after_a_final_response_nothing_is_repeated_and_a_late_prack_is_still_known() {
        let mut sender = ReliableSender::new(1);
        let first = sender.send(Time::ZERO, response(180, "")).unwrap();
        sender.finish();
        assert_eq!(sender.deadline(), None);
        let late = Time::ZERO + Duration::from_secs(100);
        assert_eq!(sender.poll(late), ReliableDue::Nothing);
        assert!(sender.acknowledge(late, &rack(&first)).is_some());
    }
}
