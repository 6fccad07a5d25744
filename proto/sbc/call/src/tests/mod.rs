//! A call without a border: requests and responses as values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod branches;
mod offers;

use crate::{
    Action, AskId, Asked, Call, CallId, Context, Crossing, Destination, Failure, Group, Invitation,
    Party, Redirect, RequestId, Setup, Told,
};
use control_command::{
    Answer, Answered, Description, Direction, Door, Dress, LegEnd, LegId, Offer, Offered, Proposal,
    Refusal, SessionId, Summary,
};
use proto_base::{Flow, NetworkId, Random, Time};
use sip_message::{HeaderName, Headers, Method, NameAddr, Request, Response, StatusCode};
use std::time::Duration;

#[derive(Default)]
struct Agreeing {
    deleted: usize,
    offered: Vec<LegId>,
    answered: Vec<LegId>,
    released: Vec<LegId>,
    /// Offers and releases, in order.
    heard: Vec<String>,
}

impl Door for Agreeing {
    fn offer(&mut self, _: Time, offer: Offer) -> Result<Offered, Refusal> {
        self.offered.push(offer.to.leg);
        self.heard.push(format!("offer {}", offer.to.leg.0));
        Ok(Offered::Ask(same(offer.sdp)))
    }
    fn answer(&mut self, _: Time, answer: Answer) -> Result<Answered, Refusal> {
        self.answered.push(answer.from);
        Ok(Answered {
            description: same(answer.sdp),
            unfit: false,
        })
    }
    fn propose(&mut self, _: Time, proposal: Proposal) -> Result<Description, Refusal> {
        Ok(same(
            format!("proposed to {}", proposal.to.leg.0).into_bytes(),
        ))
    }
    fn trickle(&mut self, _: Time, _: SessionId, _: LegId, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn release(&mut self, _: Time, _: SessionId, leg: LegId) {
        self.released.push(leg);
        self.heard.push(format!("release {}", leg.0));
    }
    fn withdraw(&mut self, _: Time, _: SessionId) {}
    fn delete(&mut self, _: Time, _: SessionId) -> Option<Summary> {
        self.deleted += 1;
        None
    }
}

fn same(sdp: Vec<u8>) -> Description {
    Description {
        sdp,
        direction: Direction::SendRecv,
    }
}

struct Desk {
    call: Option<Call>,
    door: Agreeing,
    random: Random,
    now: Time,
    invite: Request,
}

fn party(leg: u8) -> Party {
    Party {
        end: LegEnd {
            leg: LegId(leg),
            network: NetworkId(u16::from(leg)),
            dress: Dress::Rtp,
            signalled_from: None,
        },
        flow: Flow::Connection(u64::from(leg)),
        contact: NameAddr::new(format!("sip:us@192.0.2.{leg}").parse().unwrap()),
        manners: crate::Manners::default(),
    }
}

fn invite() -> Request {
    let mut invite = Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap());
    for (name, value) in [
        (HeaderName::Via, "SIP/2.0/WS a.invalid;branch=z9hG4bK1"),
        (HeaderName::From, "<sip:alice@example.com>;tag=a"),
        (HeaderName::To, "<sip:bob@example.com>"),
        (HeaderName::CallId, "call"),
        (HeaderName::CSeq, "1 INVITE"),
        (HeaderName::Contact, "<sip:alice@192.0.2.1>"),
    ] {
        invite.headers.push(name, value);
    }
    invite.set_body("application/sdp", b"v=0".to_vec());
    invite
}

impl Desk {
    /// A call that has just begun, and our INVITE.
    fn new() -> Self {
        let mut desk = Self {
            call: None,
            door: Agreeing::default(),
            random: Random::from_number(1),
            now: Time::ZERO,
            invite: invite(),
        };
        let setup = Setup {
            id: CallId(1),
            asked: Asked {
                id: AskId(1),
                flow: Flow::Connection(0),
                request: invite(),
            },
            caller: party(0),
            groups: vec![Group::of(vec![Destination {
                party: party(1),
                reaches: None,
                hop: None,
                invitation: Invitation {
                    uri: "sip:bob@example.com".parse().unwrap(),
                    from: NameAddr::new("sip:alice@example.com".parse().unwrap()),
                    to: NameAddr::new("sip:bob@example.com".parse().unwrap()),
                    call_id: "ours".to_owned(),
                    from_tag: "ourtag".to_owned(),
                    cseq: 1,
                    max_forwards: 69,
                    headers: Headers::new(),
                },
            }])],
            redirect: Redirect::Pass,
            ring: Duration::from_secs(60),
            grace: Duration::from_secs(15),
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: desk.now,
            random: &mut desk.random,
            door: &mut desk.door,
            actions: &mut actions,
        };
        desk.call = Some(Call::start(&mut context, setup).unwrap());
        match actions.remove(0) {
            Action::Request { request, .. } => desk.invite = request,
            other => panic!("{other:?}"),
        }
        desk
    }

    fn call(&self) -> &Call {
        self.call.as_ref().unwrap()
    }

    fn act(&mut self, act: impl FnOnce(&mut Call, &mut Context<'_>)) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut context = Context {
            now: self.now,
            random: &mut self.random,
            door: &mut self.door,
            actions: &mut actions,
        };
        act(self.call.as_mut().unwrap(), &mut context);
        actions
    }

    fn answers(&mut self, code: u16, tag: Option<&str>) -> Vec<Action> {
        let mut response: Response = self.invite.response(StatusCode::of(code));
        if let Some(tag) = tag {
            let to = response.headers.to().unwrap().with_tag(tag);
            response.headers.set(HeaderName::To, to);
        }
        response
            .headers
            .push(HeaderName::Contact, "<sip:bob@192.0.2.9>");
        response.set_body("application/sdp", b"v=0".to_vec());
        let crossing = Crossing {
            headers: Headers::new(),
            body: true,
        };
        let told = response.status;
        self.act(|call, context| {
            call.response(context, RequestId(0), response, told, crossing);
        })
    }

    /// A request of the caller's, inside the dialog.
    fn caller_says(&mut self, method: Method, cseq: u32) -> Vec<Action> {
        let (call_id, tag) = self.call().names(LegId(0)).unwrap();
        let mut request = invite();
        request.method = method.clone();
        request.body = Vec::new();
        request.headers.set(HeaderName::CallId, call_id);
        request
            .headers
            .set(HeaderName::To, format!("<sip:bob@example.com>;tag={tag}"));
        request
            .headers
            .set(HeaderName::CSeq, format!("{cseq} {method}"));
        if method == Method::Ack {
            return self.act(|call, context| call.ack(context, LegId(0), request, true));
        }
        let asked = Asked {
            id: AskId(u64::from(cseq)),
            flow: Flow::Connection(0),
            request,
        };
        self.act(|call, context| {
            call.request(context, LegId(0), asked, Crossing::default());
        })
    }
}

fn codes(actions: &[Action]) -> Vec<u16> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Respond { response, .. } => Some(response.status.code()),
            _ => None,
        })
        .collect()
}

fn methods(actions: &[Action]) -> Vec<Method> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Request { request, .. } | Action::Ack { request, .. } => {
                Some(request.method.clone())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_2xx_without_a_tag_ends_the_call_at_the_callers_side() {
    let mut desk = Desk::new();
    let actions = desk.answers(200, None);
    assert_eq!(codes(&actions), [502]);
    assert!(!desk.call().is_live());
    assert_eq!(desk.door.deleted, 1);
}

#[test]
fn more_phones_than_are_remembered_ring_and_one_of_them_answers() {
    let mut desk = Desk::new();
    for at in 0..40 {
        desk.answers(180, Some(&format!("phone{at}")));
    }
    let actions = desk.answers(200, Some("phone39"));
    assert_eq!(methods(&actions), [Method::Ack]);
    assert_eq!(codes(&actions), [200]);
}

#[test]
fn more_late_answers_than_are_remembered_are_all_hung_up_on() {
    let mut desk = Desk::new();
    desk.answers(200, Some("first"));
    for at in 0..40 {
        let actions = desk.answers(200, Some(&format!("late{at}")));
        assert_eq!(methods(&actions), [Method::Ack, Method::Bye]);
    }
}

#[test]
fn one_leg_may_not_pile_up_requests() {
    let mut desk = Desk::new();
    desk.answers(200, Some("b"));
    desk.caller_says(Method::Ack, 1);
    for cseq in 2..18 {
        assert_eq!(
            methods(&desk.caller_says(Method::Info, cseq)),
            [Method::Info]
        );
    }
    let actions = desk.caller_says(Method::Info, 18);
    assert_eq!(codes(&actions), [503]);
    // A goodbye is heard all the same, and answers all that waits.
    let actions = desk.caller_says(Method::Bye, 19);
    let codes = codes(&actions);
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == 487).count(), 16);
    assert_eq!(methods(&actions), [Method::Bye]);
}

#[test]
fn an_end_that_comes_twice_comes_once() {
    let mut desk = Desk::new();
    desk.answers(200, Some("b"));
    desk.caller_says(Method::Ack, 1);
    let first = desk.act(|call, context| call.media_failed(context, "media failed"));
    assert_eq!(methods(&first), [Method::Bye, Method::Bye]);
    let again = desk.act(|call, context| {
        call.media_failed(context, "media failed");
        call.shut_down(context, 1);
        call.connection_lost(context, LegId(0));
        call.timeout(context);
    });
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(desk.door.deleted, 1);
    let told = first.iter().filter(|action| {
        matches!(action, Action::Tell(Told::Ended(record)) if record.ended_by == "media failed")
    });
    assert_eq!(told.count(), 1);
}

#[test]
fn an_ended_call_is_forgotten_even_if_nobody_answers_its_goodbyes() {
    let mut desk = Desk::new();
    desk.answers(180, Some("b"));
    let failure = Failure {
        status: StatusCode::of(503),
        retry_after: Some(7),
        why: "server unreachable",
    };
    let actions = desk.act(|call, context| call.failed(context, RequestId(0), failure));
    assert_eq!(codes(&actions), [503]);
    assert!(!desk.call().is_over(desk.now));
    let (at, _) = desk.call().deadline().unwrap();
    assert!(desk.call().is_over(at));
    // The transaction's end is enough, if it comes before.
    desk.act(|call, context| call.request_ended(context, RequestId(0)));
    assert!(desk.call().is_over(desk.now));
}

#[test]
fn every_refusal_of_media_has_its_status() {
    for (refusal, code) in [
        (Refusal::Malformed, 400),
        (Refusal::NotAcceptable, 488),
        (Refusal::Pending, 491),
        (Refusal::Unknown, 500),
        (Refusal::Exhausted, 503),
    ] {
        assert_eq!(crate::status_of(refusal).code(), code);
    }
}
