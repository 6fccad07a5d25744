//! A call with several branches: who rings, who answers, what the caller hears of it.

use super::*;
use crate::{Codes, Destination, Group};
use std::collections::BTreeMap;

const OFFER: &[u8] = b"v=0";

/// A call to several, whose INVITEs it keeps.
struct Fan {
    call: Option<Call>,
    door: Agreeing,
    random: Random,
    now: Time,
    invites: BTreeMap<u8, (RequestId, Request)>,
}

fn destination(leg: u8) -> Destination {
    Destination {
        party: party(leg),
        reaches: None,
        hop: None,
        invitation: Invitation {
            uri: format!("sip:phone{leg}@example.com").parse().unwrap(),
            from: NameAddr::new("sip:alice@example.com".parse().unwrap()),
            to: NameAddr::new("sip:bob@example.com".parse().unwrap()),
            call_id: format!("ours{leg}"),
            from_tag: format!("tag{leg}"),
            cseq: 1,
            max_forwards: 69,
            headers: Headers::new(),
        },
    }
}

fn group(legs: &[u8]) -> Group {
    Group::of(legs.iter().map(|leg| destination(*leg)).collect())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Fan {
    fn of(groups: Vec<Group>) -> (Self, Vec<Action>) {
        Self::with(groups, Redirect::Pass)
    }

    fn with(groups: Vec<Group>, redirect: Redirect) -> (Self, Vec<Action>) {
        let mut fan = Self {
            call: None,
            door: Agreeing::default(),
            random: Random::from_number(1),
            now: Time::ZERO,
            invites: BTreeMap::new(),
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: fan.now,
            random: &mut fan.random,
            door: &mut fan.door,
            actions: &mut actions,
        };
        let setup = Setup {
            id: CallId(1),
            asked: Asked {
                id: AskId(1),
                flow: Flow::Connection(0),
                request: invite(),
            },
            caller: party(0),
            groups,
            redirect,
            ring: seconds(600),
            grace: seconds(15),
        };
        fan.call = Some(Call::start(&mut context, setup).unwrap());
        fan.note(&actions);
        (fan, actions)
    }

    fn note(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::Request {
                id, leg, request, ..
            } = action
                && request.method == Method::Invite
            {
                self.invites.insert(leg.0, (*id, request.clone()));
            }
        }
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
        self.note(&actions);
        actions
    }

    fn id(&self, leg: u8) -> RequestId {
        self.invites[&leg].0
    }

    /// A response to the INVITE of this leg; with a body, it is a description.
    fn says(&mut self, leg: u8, code: u16, tag: &str, body: &str) -> Vec<Action> {
        let mut response = self.invites[&leg].1.response(StatusCode::of(code));
        let to = response.headers.to().unwrap().with_tag(tag);
        response.headers.set(HeaderName::To, to);
        if code < 300 {
            let contact = format!("<sip:{tag}@192.0.2.{leg}>");
            response.headers.push(HeaderName::Contact, contact);
        }
        if !body.is_empty() {
            response.set_body("application/sdp", body.as_bytes().to_vec());
        }
        self.gives(leg, response)
    }

    fn gives(&mut self, leg: u8, response: Response) -> Vec<Action> {
        let (id, told) = (self.id(leg), response.status);
        let crossing = Crossing {
            headers: Headers::new(),
            body: true,
        };
        self.act(|call, context| call.response(context, id, response, told, crossing))
    }

    fn fails(&mut self, leg: u8, code: u16, why: &'static str) -> Vec<Action> {
        let id = self.id(leg);
        let failure = Failure {
            status: StatusCode::of(code),
            retry_after: None,
            why,
        };
        self.act(|call, context| call.failed(context, id, failure))
    }

    fn at(&mut self, at: u64) -> Vec<Action> {
        self.now = Time::ZERO + seconds(at);
        self.act(|call, context| call.timeout(context))
    }

    /// Legs whose INVITE is to be cancelled, each with its reason.
    fn cancelled(&self, actions: &[Action]) -> Vec<(u8, Option<String>)> {
        let leg_of = |id| {
            let mut invites = self.invites.iter();
            invites.find(|(_, (of, _))| *of == id).map(|(leg, _)| *leg)
        };
        actions
            .iter()
            .filter_map(|action| match action {
                Action::Cancel { id, reason } => Some((leg_of(*id)?, reason.clone())),
                _ => None,
            })
            .collect()
    }
}

fn invited(actions: &[Action]) -> Vec<u8> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Request { leg, request, .. } if request.method == Method::Invite => Some(leg.0),
            _ => None,
        })
        .collect()
}

fn body_told(actions: &[Action]) -> Option<String> {
    actions.iter().find_map(|action| match action {
        Action::Respond { response, .. } => Some(String::from_utf8(response.body.clone()).unwrap()),
        _ => None,
    })
}

fn tags_told(actions: &[Action]) -> Vec<String> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Respond { response, .. } => {
                Some(response.headers.to().unwrap().tag().unwrap().to_owned())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn two_ring_at_once_under_names_of_their_own_and_the_first_to_answer_has_the_call() {
    let (mut fan, begun) = Fan::of(vec![group(&[1, 2])]);
    assert_eq!(invited(&begun), [1, 2]);
    assert_eq!(fan.door.offered, [LegId(1), LegId(2)]);
    assert_ne!(fan.call().names(LegId(1)), fan.call().names(LegId(2)));
    fan.says(1, 180, "a", "");
    fan.says(2, 180, "b", "");
    let won = fan.says(2, 200, "b", "answer");
    assert_eq!(codes(&won), [200]);
    assert_eq!(methods(&won), [Method::Ack]);
    let elsewhere = "SIP;cause=200;text=\"Call completed elsewhere\"".to_owned();
    assert_eq!(fan.cancelled(&won), [(1, Some(elsewhere))]);
    assert_eq!(fan.door.released, [LegId(1)]);
    assert_eq!(fan.call().talking(crate::Side::Callee), Some(LegId(2)));
    assert!(fan.says(1, 487, "a", "").is_empty());
}

#[test]
fn both_answer_at_once_and_the_second_is_thanked_and_hung_up_on() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    let first = fan.says(1, 200, "a", "answer");
    assert_eq!(codes(&first), [200]);
    let second = fan.says(2, 200, "b", "answer");
    assert_eq!(codes(&second), [0_u16; 0]);
    assert_eq!(methods(&second), [Method::Ack, Method::Bye]);
    assert!(second.iter().all(|action| matches!(
        action,
        Action::Ack { leg: LegId(2), .. } | Action::Request { leg: LegId(2), .. }
    )));
    // Its repetition is acknowledged and not hung up on again.
    assert_eq!(methods(&fan.says(2, 200, "b", "answer")), [Method::Ack]);
    assert!(fan.call().is_live());
}

#[test]
fn one_is_busy_and_the_other_answers() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    let busy = fan.says(1, 486, "a", "");
    assert!(codes(&busy).is_empty());
    assert_eq!(fan.door.released, [LegId(1)]);
    assert_eq!(codes(&fan.says(2, 200, "b", "answer")), [200]);
}

#[test]
fn the_best_of_several_refusals_is_told() {
    for (first, second, told) in [
        (486, 480, 486),
        (480, 486, 486),
        (503, 404, 404),
        (404, 503, 404),
        (408, 503, 408),
        (500, 503, 500),
        (302, 486, 302),
        (486, 484, 484),
        (407, 486, 407),
    ] {
        let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
        assert!(codes(&fan.says(1, first, "a", "")).is_empty());
        assert_eq!(
            codes(&fan.says(2, second, "b", "")),
            [told],
            "{first} {second}"
        );
        assert!(!fan.call().is_live());
        assert_eq!(fan.door.deleted, 1);
    }
}

/// RFC 3261 §16.7 step 7.
#[test]
fn what_several_servers_ask_the_caller_is_asked_at_once() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2, 3])]);
    let asks = |fan: &mut Fan, leg: u8, code: u16, name: HeaderName, realm: &str| {
        let mut response = fan.invites[&leg].1.response(StatusCode::of(code));
        let to = response.headers.to().unwrap().with_tag("t");
        response.headers.set(HeaderName::To, to);
        let mut crossing = Crossing::default();
        crossing
            .headers
            .push(name, format!("Digest realm=\"{realm}\""));
        let (id, told) = (fan.invites[&leg].0, response.status);
        fan.act(|call, context| call.response(context, id, response, told, crossing))
    };
    asks(&mut fan, 1, 401, HeaderName::WwwAuthenticate, "one");
    asks(&mut fan, 2, 407, HeaderName::ProxyAuthenticate, "two");
    let actions = asks(&mut fan, 3, 401, HeaderName::WwwAuthenticate, "three");
    let Some(Action::Respond { response, .. }) = actions
        .iter()
        .find(|action| matches!(action, Action::Respond { .. }))
    else {
        panic!("{actions:?}");
    };
    assert_eq!(response.status.code(), 401);
    let asked = |name: &HeaderName| -> Vec<String> {
        let values = response.headers.get_all(name);
        values.map(str::to_owned).collect()
    };
    assert_eq!(
        asked(&HeaderName::WwwAuthenticate),
        ["Digest realm=\"one\"", "Digest realm=\"three\""]
    );
    assert_eq!(
        asked(&HeaderName::ProxyAuthenticate),
        ["Digest realm=\"two\""]
    );
}

#[test]
fn a_decline_everywhere_ends_the_ringing_of_all() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2]), group(&[3])]);
    fan.says(1, 180, "a", "");
    let declined = fan.says(2, 603, "b", "");
    assert_eq!(codes(&declined), [603]);
    assert_eq!(fan.cancelled(&declined), [(1, None)]);
    assert!(invited(&declined).is_empty());
}

#[test]
fn the_caller_hangs_up_and_all_are_cancelled_with_its_reason() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2]), group(&[3])]);
    let reason = Some("SIP;cause=200".to_owned());
    let ended = fan.act(|call, context| call.cancel(context, AskId(1), reason.clone()));
    assert_eq!(codes(&ended), [487]);
    assert_eq!(fan.cancelled(&ended), [(1, reason.clone()), (2, reason)]);
    // Both had answered meanwhile: the CANCEL and the 200 crossed.
    for (leg, tag) in [(1, "a"), (2, "b")] {
        let late = fan.says(leg, 200, tag, "answer");
        assert_eq!(methods(&late), [Method::Ack, Method::Bye]);
        assert!(codes(&late).is_empty());
    }
}

#[test]
fn the_next_has_its_turn_when_the_way_of_the_first_is_broken() {
    for code in [408, 500, 502, 503, 504] {
        let (mut fan, begun) = Fan::of(vec![group(&[1]), group(&[2])]);
        assert_eq!(invited(&begun), [1]);
        let next = fan.says(1, code, "a", "");
        assert_eq!(invited(&next), [2], "{code}");
        assert!(codes(&next).is_empty());
        // The caller's offer never lapsed: the new leg was offered before the old one left.
        assert_eq!(fan.door.heard, ["offer 1", "offer 2", "release 1"]);
        assert_eq!(codes(&fan.says(2, 200, "b", "answer")), [200]);
    }
}

#[test]
fn a_person_who_is_busy_is_not_called_another_way_unless_policy_says_so() {
    let (mut fan, _) = Fan::of(vec![group(&[1]), group(&[2])]);
    assert_eq!(codes(&fan.says(1, 486, "a", "")), [486]);
    let mut hunting = group(&[1]);
    hunting.advance_on.push(Codes(486, 486));
    hunting.advance_on.push(Codes(603, 603));
    for code in [486, 603] {
        let (mut fan, _) = Fan::of(vec![hunting.clone(), group(&[2])]);
        assert_eq!(invited(&fan.says(1, code, "a", "")), [2]);
    }
}

#[test]
fn nobody_there_is_reason_enough_to_go_on_and_the_last_one_decides() {
    let (mut fan, _) = Fan::of(vec![group(&[1]), group(&[2]), group(&[3])]);
    let next = fan.fails(1, 503, "server unreachable");
    assert_eq!(invited(&next), [2]);
    // The first INVITE may yet arrive: it is not forgotten.
    assert_eq!(fan.cancelled(&next), [(1, None)]);
    assert_eq!(invited(&fan.fails(2, 480, "connection lost")), [3]);
    assert_eq!(codes(&fan.says(3, 486, "c", "")), [486]);
}

#[test]
fn when_its_time_is_up_the_first_is_cancelled_as_the_next_is_called() {
    let mut first = group(&[1]);
    first.time = Some(seconds(20));
    let (mut fan, _) = Fan::of(vec![first, group(&[2])]);
    fan.says(1, 180, "a", "");
    assert_eq!(fan.call().deadline().unwrap().0, Time::ZERO + seconds(20));
    let next = fan.at(20);
    assert_eq!(fan.cancelled(&next), [(1, None)]);
    assert_eq!(invited(&next), [2]);
    // What the first one still says is not heard any more.
    assert!(fan.says(1, 180, "a", "").is_empty());
    assert!(fan.says(1, 487, "a", "").is_empty());
    assert_eq!(fan.door.released, [LegId(1)]);
    assert_eq!(codes(&fan.says(2, 486, "b", "")), [486]);
}

#[test]
fn an_answer_that_crosses_its_cancel_has_the_call_if_nobody_else_answered() {
    let mut first = group(&[1]);
    first.time = Some(seconds(20));
    let (mut fan, _) = Fan::of(vec![first, group(&[2])]);
    fan.at(20);
    let crossed = fan.says(1, 200, "a", "answer");
    assert_eq!(codes(&crossed), [200]);
    assert_eq!(methods(&crossed), [Method::Ack]);
    assert!(matches!(fan.cancelled(&crossed)[..], [(2, Some(_))]));
    assert_eq!(fan.door.released, [LegId(2)]);
}

#[test]
fn without_a_next_the_first_may_ring_on() {
    let mut first = group(&[1]);
    first.time = Some(seconds(20));
    let (mut fan, _) = Fan::of(vec![first]);
    assert!(fan.at(20).is_empty());
    assert_eq!(codes(&fan.says(1, 200, "a", "answer")), [200]);
}

#[test]
fn nobody_is_rung_twice() {
    let to_bob = |leg, time: Option<u64>| {
        let mut group = group(&[leg]);
        group.time = time.map(seconds);
        group.destinations[0].reaches = Some("bob".to_owned());
        group
    };
    // Bob's telephone rang, and then the way to it broke: another way to it would ring it again.
    let (mut fan, _) = Fan::of(vec![to_bob(1, None), to_bob(2, None), group(&[3])]);
    fan.says(1, 180, "a", "");
    assert_eq!(invited(&fan.says(1, 503, "a", "")), [3]);
    // It did not ring: the other way is tried.
    let (mut fan, _) = Fan::of(vec![to_bob(1, None), to_bob(2, None)]);
    assert_eq!(invited(&fan.says(1, 503, "a", "")), [2]);
    // Its time is up while it rings, and all that is left are other ways to it: it rings on.
    let (mut fan, _) = Fan::of(vec![to_bob(1, Some(5)), to_bob(2, None)]);
    fan.says(1, 183, "a", "");
    assert!(fan.at(5).is_empty());
    assert_eq!(codes(&fan.says(1, 200, "a", "answer")), [200]);
}

#[test]
fn timer_c_cancels_who_rang_and_fell_silent() {
    let (mut fan, _) = Fan::of(vec![group(&[1]), group(&[2])]);
    fan.says(1, 180, "a", "");
    fan.now = Time::ZERO + seconds(100);
    fan.says(1, 180, "a", "");
    // 100 is no sign of life of the phone (RFC 3261 §16.7 step 2).
    fan.now = Time::ZERO + seconds(200);
    fan.says(1, 100, "a", "");
    assert!(fan.at(280).is_empty());
    let over = fan.at(281);
    assert_eq!(fan.cancelled(&over), [(1, None)]);
    assert_eq!(invited(&over), [2]);
    fan.says(2, 180, "b", "");
    let over = fan.at(281 + 181);
    assert_eq!(fan.cancelled(&over), [(2, None)]);
    assert_eq!(codes(&over), [408]);
    // The CANCEL was not forgetting: what comes in spite of it is hung up on.
    assert_eq!(
        methods(&fan.says(2, 200, "b", "answer")),
        [Method::Ack, Method::Bye]
    );
}

#[test]
fn p22_the_first_early_answer_is_heard_until_its_branch_is_out() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    assert_eq!(
        body_told(&fan.says(1, 183, "a", "early 1")).unwrap(),
        "early 1"
    );
    // Another branch, and another fork of the same branch: they ring unheard.
    assert_eq!(body_told(&fan.says(2, 183, "b", "early 2")).unwrap(), "");
    assert_eq!(body_told(&fan.says(1, 183, "c", "early 3")).unwrap(), "");
    assert_eq!(fan.door.answered, [LegId(1)]);
    fan.says(1, 486, "a", "");
    assert_eq!(
        body_told(&fan.says(2, 183, "b", "early 2")).unwrap(),
        "early 2"
    );
    assert_eq!(fan.door.answered, [LegId(1), LegId(2)]);
}

#[test]
fn p22_a_phone_that_answers_without_a_description_meant_its_own_early_one() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    fan.says(1, 183, "a", "early 1");
    fan.says(2, 183, "b", "early 2");
    assert_eq!(body_told(&fan.says(2, 200, "b", "")).unwrap(), "early 2");
}

#[test]
fn p23_the_answer_of_the_200_counts_and_not_that_of_the_183() {
    let (mut fan, _) = Fan::of(vec![group(&[1])]);
    fan.says(1, 183, "a", "G.722");
    assert_eq!(body_told(&fan.says(1, 200, "a", "G.711")).unwrap(), "G.711");
}

#[test]
fn p24_every_branch_gets_the_very_same_offer() {
    let (fan, _) = Fan::of(vec![group(&[1, 2, 3])]);
    let bodies: Vec<&[u8]> = fan.invites.values().map(|(_, of)| &of.body[..]).collect();
    assert_eq!(bodies, [OFFER, OFFER, OFFER]);
}

#[test]
fn p19_the_caller_sees_one_tag_whoever_rings_and_answers() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    let mut tags = Vec::new();
    for (leg, code, tag) in [
        (1, 180, "a"),
        (1, 183, "b"),
        (2, 180, "c"),
        (2, 181, "c"),
        (2, 182, "c"),
        (2, 200, "c"),
    ] {
        let body = if code == 180 { "" } else { "description" };
        tags.extend(tags_told(&fan.says(leg, code, tag, body)));
    }
    assert_eq!(tags.len(), 6);
    assert!(tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
    // 199 speaks of a fork of which the caller knows nothing.
    assert!(fan.says(1, 199, "a", "").is_empty());
}

#[test]
fn a_callee_whose_connection_breaks_leaves_the_others_ringing() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    let lost = fan.act(|call, context| call.connection_lost(context, LegId(1)));
    assert!(codes(&lost).is_empty());
    assert_eq!(codes(&fan.says(2, 200, "b", "answer")), [200]);
    // And it is nothing to the call that another's connection breaks now.
    fan.act(|call, context| call.connection_lost(context, LegId(1)));
    assert!(!fan.call().is_lost(crate::Side::Callee));
}

#[test]
fn a_bye_before_the_answer_is_one_phones_refusal() {
    let (mut fan, _) = Fan::of(vec![group(&[1, 2])]);
    fan.says(1, 180, "a", "");
    let mut bye = fan.invites[&1].1.clone();
    bye.method = Method::Bye;
    let (to, from) = (bye.headers.to().unwrap(), bye.headers.from().unwrap());
    bye.headers.set(HeaderName::From, to.with_tag("a"));
    bye.headers.set(HeaderName::To, from);
    bye.headers.set(HeaderName::CSeq, "1 BYE");
    let asked = Asked {
        id: AskId(9),
        flow: Flow::Connection(1),
        request: bye,
    };
    let gone = fan.act(|call, context| {
        call.request(context, LegId(1), asked, Crossing::default());
    });
    assert_eq!(codes(&gone), [200]);
    assert_eq!(fan.cancelled(&gone), [(1, None)]);
    assert_eq!(codes(&fan.says(2, 200, "b", "answer")), [200]);
}

fn moved(fan: &Fan, leg: u8, contacts: &str) -> Response {
    let mut response = fan.invites[&leg].1.response(StatusCode::of(302));
    let to = response.headers.to().unwrap().with_tag("moved");
    response.headers.set(HeaderName::To, to);
    response.headers.push(HeaderName::Contact, contacts);
    response
}

fn asked_for(actions: &[Action]) -> Vec<String> {
    actions
        .iter()
        .flat_map(|action| match action {
            Action::Redirected { contacts, .. } => contacts.clone(),
            _ => Vec::new(),
        })
        .map(|contact| contact.uri.to_string())
        .collect()
}

#[test]
fn a_redirection_is_the_callers_where_policy_passes_it() {
    let (mut fan, _) = Fan::of(vec![group(&[1])]);
    let response = moved(&fan, 1, "<sip:elsewhere@example.com>");
    let passed = fan.gives(1, response);
    assert_eq!(codes(&passed), [302]);
    assert!(asked_for(&passed).is_empty());
}

#[test]
fn a_redirection_is_followed_to_the_most_preferred_first_and_never_in_a_circle() {
    let (mut fan, _) = Fan::with(vec![group(&[1])], Redirect::Follow { max: 3 });
    let response = moved(
        &fan,
        1,
        "<sip:low@example.com>;q=0.2, <sip:high@example.com>;q=0.9, <sip:phone1@example.com>",
    );
    let followed = fan.gives(1, response);
    assert_eq!(
        asked_for(&followed),
        ["sip:high@example.com", "sip:low@example.com"]
    );
    assert!(codes(&followed).is_empty());
    let next = fan.act(|call, context| {
        call.add_destinations(context, LegId(1), vec![group(&[2]), group(&[3])]);
    });
    assert_eq!(invited(&next), [2]);
    // The next sends us back to where we were, and to one more place: the third and last.
    let response = moved(
        &fan,
        2,
        "<sip:phone1@example.com>, <sip:low@example.com>, <sip:third@example.com>, <sip:fourth@example.com>",
    );
    assert_eq!(
        asked_for(&fan.gives(2, response)),
        ["sip:third@example.com"]
    );
    let next = fan.act(|call, context| call.add_destinations(context, LegId(2), Vec::new()));
    // Nobody there: now the less preferred.
    assert_eq!(invited(&next), [3]);
    assert_eq!(codes(&fan.says(3, 486, "c", "")), [486]);
}

#[test]
fn while_it_is_not_known_where_a_redirection_leads_the_call_waits() {
    let (mut fan, _) = Fan::with(vec![group(&[1, 2])], Redirect::Follow { max: 3 });
    let response = moved(&fan, 1, "<sip:there@example.com>");
    fan.gives(1, response);
    let id = fan.id(1);
    fan.act(|call, context| call.request_ended(context, id));
    assert!(codes(&fan.says(2, 486, "b", "")).is_empty());
    let next = fan.act(|call, context| {
        call.add_destinations(context, LegId(1), vec![group(&[3])]);
    });
    assert_eq!(invited(&next), [3]);
    assert_eq!(codes(&fan.says(3, 200, "c", "answer")), [200]);
}

#[test]
fn a_call_sends_no_more_invites_than_its_bound() {
    let legs: Vec<u8> = (1..=60).collect();
    let (fan, begun) = Fan::of(vec![group(&legs), group(&[61])]);
    assert_eq!(invited(&begun).len(), 32);
    assert_eq!(fan.door.offered.len(), 32);
}

#[test]
fn what_a_branch_held_is_free_when_its_transaction_is_gone() {
    let (mut fan, _) = Fan::of(vec![group(&[1]), group(&[2])]);
    fan.fails(1, 503, "server unreachable");
    assert!(fan.door.released.is_empty());
    let id = fan.id(1);
    fan.act(|call, context| call.request_ended(context, id));
    assert_eq!(fan.door.released, [LegId(1)]);
    assert_eq!(codes(&fan.says(2, 200, "b", "answer")), [200]);
    let id = fan.id(2);
    fan.act(|call, context| call.request_ended(context, id));
    assert_eq!(fan.door.released, [LegId(1)]);
    assert!(fan.call().is_live());
}
