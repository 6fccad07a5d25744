//! REFER, blind and attended, carried out and handed on.

use super::stories::{ALICE_CONTACT, FROM_PHONE, talking};
use super::town::INSIDE;
use super::town::{ANSWER, SERVER_VIA, Town, assert_inner, assert_outer, back, next, plan};
use proto_base::Transport;
use sbc_policy::{
    Advance, Choice, Effect, Match, Numbers, Peer, PeerId, Plan, Referral, Role, Route,
};
use sip_message::{HeaderName, Method, Replaces, Request, Response};
use std::time::Duration;

/// What a browser's REFER says of its call.
fn refer(
    (invite, ok): &(Request, Response),
    cseq: u32,
    to: &str,
    extra: &[(HeaderName, &str)],
) -> Request {
    let mut refer = next(invite, ok, Method::Refer, cseq, None);
    refer.headers.push(HeaderName::ReferTo, to);
    for (name, value) in extra {
        refer.headers.push(name.clone(), value);
    }
    refer
}

/// The NOTIFY that the page gets, answered.
fn told(town: &mut Town, status: &str) -> Request {
    let notify = town.page_gets(1);
    assert_eq!(notify.method, Method::Notify, "{notify:?}");
    assert_outer(&notify.to_bytes());
    let line = String::from_utf8(notify.body.clone()).unwrap();
    assert_eq!(line, format!("SIP/2.0 {status}\r\n"));
    town.page_answers(1, &notify, 200, &[], None);
    notify
}

fn state(notify: &Request) -> &str {
    notify
        .headers
        .get(&HeaderName::SubscriptionState)
        .unwrap_or_default()
}

const CAROL: &[(HeaderName, &str)] = &[
    (HeaderName::Contact, "<sip:carol@10.0.0.8>"),
    (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
];

/// Alice refers bob to carol; gives our INVITE to her.
fn refers_to_carol(town: &mut Town, call: &(Request, Response)) -> Request {
    let refer = refer(call, 2, "<sip:carol@example.com>", &[]);
    town.browser_sends(1, refer.to_bytes());
    let accepted = town.page_hears(1);
    assert_eq!(accepted.status.code(), 202);
    assert_outer(&accepted.to_bytes());
    let notify = told(town, "100 Trying");
    assert_eq!(
        notify.headers.get(&HeaderName::Event),
        Some("refer;id=2"),
        "the CSeq of the REFER"
    );
    assert!(state(&notify).starts_with("active"));
    let invite = town.server_gets();
    assert_eq!(invite.method, Method::Invite);
    assert_inner(&invite.to_bytes());
    invite
}

/// Whoever was transferred and whoever took him hang up.
fn bob_hangs_up(town: &mut Town, bye: Request, who: &str) {
    town.server_sends(bye.to_bytes());
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some(who));
    assert_eq!(town.server_hears().status.code(), 200);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 1);
    assert_eq!(town.door.deleted.len(), 1);
}

#[test]
fn a_page_transfers_the_phone_it_talks_with() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bob = talk.bob(Method::Bye, 1, None);
    let invite = refers_to_carol(&mut town, &(talk.invite, talk.ok));
    assert_eq!(invite.uri.to_string(), "sip:carol@example.com");
    assert_eq!(
        invite.headers.from().unwrap().uri.user.as_deref(),
        Some("bob"),
        "he calls whom he is to talk with"
    );
    assert_eq!(
        invite.headers.get(&HeaderName::ReferredBy),
        Some("<sip:alice@example.com>")
    );
    town.server_answers_as(&invite, 180, "caroltag", CAROL, None);
    told(&mut town, "180 Ringing");
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let last = told(&mut town, "200 OK");
    assert!(state(&last).starts_with("terminated"));
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.page_answers(1, &bye, 200, &[], None);
    assert!(town.is_quiet());
    assert_eq!(town.border.calls(), 1, "bob and carol talk");
    // Her 200 once more, since she missed the ACK.
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    bob_hangs_up(&mut town, bob, "caroltag");
    let asked = &town.door.asked;
    assert!(asked.ends_with(&["propose 2 with 1".to_owned(), "answer 2 final".to_owned()]));
}

#[test]
fn a_transfer_that_is_refused_leaves_the_call_as_it_was() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let call = (talk.invite.clone(), talk.ok.clone());
    let invite = refers_to_carol(&mut town, &call);
    town.server_answers_as(&invite, 486, "caroltag", &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let last = told(&mut town, "486 Busy Here");
    assert!(state(&last).starts_with("terminated"));
    assert!(town.is_quiet());
    // And it may be tried again.
    let again = refer(&call, 3, "<sip:dave@example.com>", &[]);
    town.browser_sends(1, again.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 202);
    told(&mut town, "100 Trying");
    let invite = town.server_gets();
    assert_eq!(invite.uri.to_string(), "sip:dave@example.com");
    town.server_answers_as(&invite, 404, "davetag", &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    told(&mut town, "404 Not Found");
    talk.ends(&mut town, 1, 4);
}

#[test]
fn a_referrer_that_hangs_up_at_once_need_not_wait_for_the_target() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bob = talk.bob(Method::Bye, 1, None);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    let bye = talk.alice(Method::Bye, 3, None);
    town.browser_sends(1, bye.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200);
    assert!(town.is_quiet(), "bob waits");
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    assert!(town.is_quiet());
    bob_hangs_up(&mut town, bob, "caroltag");
}

#[test]
fn when_the_referrer_is_gone_and_the_target_refuses_the_call_ends() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    let bye = talk.alice(Method::Bye, 3, None);
    town.browser_sends(1, bye.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.server_answers_as(&invite, 603, "caroltag", &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "transferred to nobody");
}

#[test]
fn a_target_that_does_not_answer_is_given_up_and_one_that_answers_late_is_hung_up_on() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    town.server_answers_as(&invite, 180, "caroltag", CAROL, None);
    told(&mut town, "180 Ringing");
    town.wait(Duration::from_secs(120));
    let cancel = town.server_gets();
    assert_eq!(cancel.method, Method::Cancel);
    town.server_answers(&cancel, 200, &[], None);
    told(&mut town, "408 Request Timeout");
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("caroltag"));
    town.server_answers(&bye, 200, &[], None);
    talk.ends(&mut town, 1, 3);
}

#[test]
fn the_transferee_may_hang_up_while_the_target_rings() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    town.server_answers_as(&invite, 180, "caroltag", CAROL, None);
    told(&mut town, "180 Ringing");
    let bye = talk.bob(Method::Bye, 1, None);
    town.server_sends(bye.to_bytes());
    let cancel = town.server_gets();
    assert_eq!(cancel.method, Method::Cancel);
    assert_eq!(town.server_hears().status.code(), 200);
    town.server_answers(&cancel, 200, &[], None);
    town.server_answers_as(&invite, 487, "caroltag", &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.page_answers(1, &bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 1);
}

#[test]
fn a_referrer_that_wants_no_word_gets_none() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bob = talk.bob(Method::Bye, 1, None);
    let quiet = [(HeaderName::Other("Refer-Sub".into()), "false")];
    let call = (talk.invite.clone(), talk.ok.clone());
    let refer = refer(&call, 2, "<sip:carol@example.com>", &quiet);
    town.browser_sends(1, refer.to_bytes());
    let accepted = town.page_hears(1);
    assert_eq!(
        accepted.headers.get(&HeaderName::Other("Refer-Sub".into())),
        Some("false")
    );
    let invite = town.server_gets();
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.page_answers(1, &bye, 200, &[], None);
    bob_hangs_up(&mut town, bob, "caroltag");
}

#[test]
fn a_refer_that_makes_no_sense_is_refused() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let call = (talk.invite.clone(), talk.ok.clone());
    let mut cseq = 2;
    for (to, code) in [
        ("<sip:carol@example.com;method=BYE>", 403),
        ("<sip:carol@example.com?Replaces=nonsense>", 400),
        ("<>", 400),
    ] {
        let refer = refer(&call, cseq, to, &[]);
        cseq += 1;
        town.browser_sends(1, refer.to_bytes());
        assert_eq!(town.page_hears(1).status.code(), code, "{to}");
    }
    let mut twice = refer(&call, cseq, "<sip:carol@example.com>", &[]);
    twice
        .headers
        .push(HeaderName::ReferTo, "<sip:dave@example.com>");
    town.browser_sends(1, twice.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 400);
    talk.ends(&mut town, 1, cseq + 1);
}

#[test]
fn p56_nobody_refers_in_another_ones_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let call = (talk.invite.clone(), talk.ok.clone());
    town.opens(2);
    let refer = refer(&call, 2, "<sip:premium@example.com>", &[]);
    town.browser_sends(2, refer.to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    assert!(town.is_quiet());
    talk.ends(&mut town, 1, 3);
}

/// Alice's second call, to carol.
fn second_call(town: &mut Town) -> (Request, Response, Request) {
    let invite = town.page_request(
        Method::Invite,
        "sip:carol@example.com",
        ("secondcall", 1),
        &[(HeaderName::Contact, ALICE_CONTACT)],
        Some("v=0 offer"),
    );
    town.browser_sends(1, invite.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    let inner = town.server_gets();
    town.server_answers_as(&inner, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let ok = town.page_hears(1);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    (invite, ok, inner)
}

/// Refer-To as a page writes it that names its second call.
fn attended((invite, ok, _): &(Request, Response, Request)) -> String {
    let call_id = invite.headers.call_id().unwrap();
    let (theirs, ours) = (ok.headers.to().unwrap(), invite.headers.from().unwrap());
    let (to, from) = (theirs.tag().unwrap(), ours.tag().unwrap());
    format!("<sip:carol@example.com?Replaces={call_id}%3Bto-tag%3D{to}%3Bfrom-tag%3D{from}>")
}

#[test]
fn a_page_joins_the_two_it_talks_with() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let second = second_call(&mut town);
    let call = (talk.invite.clone(), talk.ok.clone());
    let refer = refer(&call, 2, &attended(&second), &[]);
    town.browser_sends(1, refer.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 202);
    told(&mut town, "100 Trying");
    let invite = town.server_gets();
    assert_inner(&invite.to_bytes());
    assert_eq!(invite.uri.to_string(), "sip:carol@10.0.0.8");
    let replaces = invite.headers.get(&HeaderName::Replaces).unwrap();
    let replaces: Replaces = replaces.parse().unwrap();
    let inner = &second.2;
    assert_eq!(replaces.call_id, inner.headers.call_id().unwrap());
    assert_eq!(replaces.to_tag, "caroltag", "her own");
    assert_eq!(
        Some(replaces.from_tag.as_str()),
        inner.headers.from().unwrap().tag(),
        "ours towards her"
    );
    town.server_answers_as(&invite, 200, "caroltag2", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    told(&mut town, "200 OK");
    let bye = town.page_gets(1);
    town.page_answers(1, &bye, 200, &[], None);
    // Her phone puts the new dialog in the old one's place.
    let bye = back(inner, "caroltag", SERVER_VIA, Method::Bye, 1, None);
    town.server_sends(bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.page_answers(1, &bye, 200, &[], None);
    assert_eq!(town.border.calls(), 1);
    let bob = talk.bob(Method::Bye, 1, None);
    town.server_sends(bob.to_bytes());
    let bye = town.server_gets();
    assert_eq!(bye.headers.to().unwrap().tag(), Some("caroltag2"));
    assert_eq!(town.server_hears().status.code(), 200);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 2);
}

#[test]
fn a_refer_is_handed_on_where_the_plan_says_so_and_what_comes_of_it_comes_back() {
    let mut plan = plan();
    for peer in &mut plan.peers {
        peer.referral = Referral::Pass;
    }
    let mut town = Town::with(plan);
    let talk = talking(&mut town);
    let second = second_call(&mut town);
    let call = (talk.invite.clone(), talk.ok.clone());
    let to = attended(&second);
    let claimed = [(HeaderName::ReferredBy, "<sip:boss@example.com>")];
    let refer = refer(&call, 2, &to, &claimed);
    town.browser_sends(1, refer.to_bytes());
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Refer);
    assert_inner(&inner.to_bytes());
    assert_eq!(
        inner.headers.get(&HeaderName::ReferredBy),
        Some("<sip:alice@example.com>")
    );
    let to = inner.headers.get(&HeaderName::ReferTo).unwrap();
    let to: sip_message::NameAddr = to.parse().unwrap();
    let replaces: Replaces = to.uri.header("Replaces").unwrap().parse().unwrap();
    assert_eq!(replaces.to_tag, "caroltag");
    town.server_answers(&inner, 202, FROM_PHONE, None);
    let accepted = town.page_hears(1);
    assert_eq!(accepted.status.code(), 202);
    assert_outer(&accepted.to_bytes());
    // Bob's phone tells, by the CSeq that it knows.
    let number = inner.headers.cseq().unwrap().number;
    let mut notify = talk.bob(Method::Notify, 1, None);
    let event = format!("refer;id={number}");
    notify.headers.push(HeaderName::Event, event);
    notify.headers.push(
        HeaderName::SubscriptionState,
        "terminated;reason=noresource",
    );
    notify.set_body(
        "message/sipfrag;version=2.0",
        b"SIP/2.0 200 OK\r\nTo: <sip:carol@10.0.0.8>\r\n".to_vec(),
    );
    town.server_sends(notify.to_bytes());
    let notify = told(&mut town, "200 OK");
    assert_eq!(notify.headers.get(&HeaderName::Event), Some("refer;id=2"));
    assert_eq!(town.server_hears().status.code(), 200);
    let bye = talk.alice(Method::Bye, 3, None);
    town.browser_sends(1, bye.to_bytes());
    let bye = town.server_gets();
    town.server_answers(&bye, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    let bye = next(&second.0, &second.1, Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let bye = town.server_gets();
    town.server_answers(&bye, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn a_phone_transfers_the_page_it_talks_with() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let mut refer = talk.bob(Method::Refer, 1, None);
    refer
        .headers
        .push(HeaderName::ReferTo, "<sip:carol@10.0.0.2>");
    town.server_sends(refer.to_bytes());
    assert_eq!(town.server_hears().status.code(), 202);
    let notify = town.server_gets();
    assert_eq!(notify.method, Method::Notify);
    assert_inner(&notify.to_bytes());
    town.server_answers(&notify, 200, &[], None);
    let invite = town.server_gets();
    assert_inner(&invite.to_bytes());
    assert_eq!(invite.uri.to_string(), "sip:carol@10.0.0.2");
    assert_eq!(
        invite.headers.from().unwrap().uri.to_string(),
        "sip:alice@example.com"
    );
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let notify = town.server_gets();
    assert_eq!(notify.body, b"SIP/2.0 200 OK\r\n");
    town.server_answers(&notify, 200, &[], None);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("servertag"));
    town.server_answers(&bye, 200, &[], None);
    assert!(town.is_quiet(), "alice hears carol and nothing of it");
    let bye = talk.alice(Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let bye = town.server_gets();
    assert_eq!(bye.headers.to().unwrap().tag(), Some("caroltag"));
    town.server_answers(&bye, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn a_target_whose_server_wants_credentials_is_called_by_the_one_who_has_them() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    let challenge = [(
        HeaderName::ProxyAuthenticate,
        "Digest realm=\"pbx\", nonce=\"1\"",
    )];
    town.server_answers_as(&invite, 407, "proxytag", &challenge, None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let refer = town.server_gets();
    assert_eq!(refer.method, Method::Refer);
    assert_inner(&refer.to_bytes());
    assert_eq!(refer.headers.to().unwrap().tag(), Some("servertag"), "bob");
    assert_eq!(
        refer.headers.get(&HeaderName::ReferTo),
        Some("<sip:carol@example.com>")
    );
    town.server_answers(&refer, 202, FROM_PHONE, None);
    let mut cseq = 0;
    for (line, is_last) in [("180 Ringing", false), ("200 OK", true)] {
        cseq += 1;
        let mut notify = talk.bob(Method::Notify, cseq, None);
        notify.headers.push(HeaderName::Event, "refer");
        let state = if is_last {
            "terminated;reason=noresource"
        } else {
            "active"
        };
        notify.headers.push(HeaderName::SubscriptionState, state);
        notify.set_body(
            "message/sipfrag",
            format!("SIP/2.0 {line}\r\n").into_bytes(),
        );
        town.server_sends(notify.to_bytes());
        assert_eq!(town.server_hears().status.code(), 200);
        told(&mut town, line);
    }
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.page_answers(1, &bye, 200, &[], None);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "transferred");
}

#[test]
fn when_nobody_can_answer_the_challenge_the_call_goes_on() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = refers_to_carol(&mut town, &(talk.invite.clone(), talk.ok.clone()));
    town.server_answers_as(&invite, 407, "proxytag", &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let refer = town.server_gets();
    town.server_answers(&refer, 405, &[], None);
    told(&mut town, "405 Method Not Allowed");
    talk.ends(&mut town, 1, 3);
}

/// RFC 4028 §7.4: whom a REFER makes us call may want a longer session timer.
#[test]
fn a_target_that_wants_a_longer_session_is_asked_once_more() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bob = talk.bob(Method::Bye, 1, None);
    let invite = refers_to_carol(&mut town, &(talk.invite, talk.ok));
    let least = [(HeaderName::MinSe, "7200")];
    town.server_answers_as(&invite, 422, "caroltag", &least, None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let again = town.server_gets();
    assert_eq!(again.method, Method::Invite);
    assert_eq!(again.headers.get(&HeaderName::MinSe), Some("7200"));
    town.server_answers_as(&again, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    told(&mut town, "200 OK");
    let bye = town.page_gets(1);
    town.page_answers(1, &bye, 200, &[], None);
    bob_hangs_up(&mut town, bob, "caroltag");
}

/// A route for numbers that begin with so much.
fn route(called: &str, effect: Effect) -> Route {
    Route {
        name: "numbers".to_owned(),
        from: Vec::new(),
        called: vec![Match::parse(called).unwrap()],
        domains: Vec::new(),
        numbers: Numbers::default(),
        caller_id: None,
        effect,
        advance: Advance::default(),
    }
}

fn barred() -> Effect {
    Effect::Refuse {
        status: 403,
        reason: None,
    }
}

fn to_carrier() -> Effect {
    Effect::Peers(vec![Choice {
        peer: PeerId(1),
        priority: 1,
        weight: 1,
    }])
}

const CARRIER: &str = "10.0.0.21:5060";

fn carrier(change: impl FnOnce(&mut Peer)) -> Peer {
    let trunk = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp);
    let mut trunk = trunk.at(CARRIER.parse().unwrap());
    change(&mut trunk);
    trunk
}

/// What alice's REFER to a number is answered with, under this plan.
fn refers_to_a_number(plan: Plan) -> (Town, u16) {
    let mut town = Town::with(plan);
    let talk = talking(&mut town);
    let call = (talk.invite, talk.ok);
    let refer = refer(&call, 2, "<sip:0900123@example.com>", &[]);
    town.browser_sends(1, refer.to_bytes());
    let status = town.page_hears(1).status.code();
    (town, status)
}

#[test]
fn a_page_reaches_by_refer_nobody_that_it_may_not_call() {
    for referral in [Referral::CarryOut, Referral::Pass] {
        let mut plan = plan();
        plan.peers[0].referral = referral;
        plan.routes = vec![route("0900*", barred())];
        let (town, status) = refers_to_a_number(plan);
        assert_eq!(status, 403);
        assert!(town.is_quiet(), "nobody is called or asked to call");
    }
}

#[test]
fn a_transfer_to_a_trunk_keeps_to_its_limits() {
    for (most, status) in [(0, 503), (1, 202)] {
        let mut plan = plan();
        plan.peers.push(carrier(|it| it.max_calls = Some(most)));
        plan.routes = vec![route("0900*", to_carrier())];
        let (town, answered) = refers_to_a_number(plan);
        assert_eq!(answered, status);
        assert_eq!(town.elsewhere.is_empty(), status == 503);
    }
}

#[test]
fn a_phone_reaches_by_refer_what_routes_let_its_server_call() {
    for (effect, status) in [(barred(), 403), (to_carrier(), 202)] {
        let mut plan = plan();
        plan.peers.push(carrier(|_| {}));
        plan.routes = vec![route("0900*", effect)];
        let mut town = Town::with(plan);
        let talk = talking(&mut town);
        let mut refer = talk.bob(Method::Refer, 1, None);
        let to = "<sip:0900123@10.0.0.2>";
        refer.headers.push(HeaderName::ReferTo, to);
        town.server_sends(refer.to_bytes());
        assert_eq!(town.server_hears().status.code(), status);
        assert_eq!(town.elsewhere.is_empty(), status == 403);
    }
}

#[test]
fn a_transfer_goes_on_in_another_border() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bob = talk.bob(Method::Bye, 1, None);
    let invite = refers_to_carol(&mut town, &(talk.invite, talk.ok));
    town.taken_over();
    town.server_answers_as(&invite, 180, "caroltag", CAROL, None);
    told(&mut town, "180 Ringing");
    town.taken_over();
    town.server_answers_as(&invite, 200, "caroltag", CAROL, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    town.taken_over();
    told(&mut town, "200 OK");
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    town.taken_over();
    town.page_answers(1, &bye, 200, &[], None);
    bob_hangs_up(&mut town, bob, "caroltag");
}
