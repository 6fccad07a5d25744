//! Who may speak as whom, where a carrier, a server and browsers meet: what one of them could not do itself it does not get done by
//! a REFER, by credentials of ours, or by a limit that nobody counts.

use super::stories::{FROM_PAGE, alice_calls, talking};
use super::town::{ANSWER, OFFER, Town, answer, next, plan};
use crate::{Border, Input, Output};
use proto_base::{Flow, NetworkId, Time, Transport};
use sbc_policy::{
    Account, Advance, CallerId, Choice, Effect, Match, Numbers, Peer, PeerId, Plan, Role, Route,
    Secret, Whose,
};
use sip_message::{HeaderName, Message, Method, Request, Response};
use std::net::SocketAddr;
use std::time::Duration;

const CARRIER: &str = "10.0.0.21:5060";
const SECOND: &str = "10.0.0.23:5060";
const INSIDE: NetworkId = super::town::INSIDE;
const CHALLENGE: (HeaderName, &str) = (
    HeaderName::WwwAuthenticate,
    "Digest realm=\"carrier\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
);

fn account() -> Option<Account> {
    Some(Account {
        username: "margrave".to_owned(),
        password: Secret("secret".to_owned()),
        auth_username: None,
    })
}

fn carrier(plan: &mut Plan) -> &mut Peer {
    let carrier = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp);
    plan.peers.push(carrier.at(CARRIER.parse().unwrap()));
    plan.peers.last_mut().unwrap()
}

/// What went to that address since it was last looked at.
fn sent_to(town: &mut Town, address: &str) -> Vec<Message> {
    let address: SocketAddr = address.parse().unwrap();
    let wanted = crate::Target::Flow(Flow::Datagram(INSIDE, address));
    let (hit, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut town.elsewhere)
        .into_iter()
        .partition(|(target, _)| *target == wanted);
    town.elsewhere = rest;
    hit.into_iter()
        .map(|(_, bytes)| sip_message::parse(&bytes).unwrap())
        .collect()
}

fn requests(messages: Vec<Message>, method: &Method) -> Vec<Request> {
    let requests = messages.into_iter().filter_map(|message| match message {
        Message::Request(request) if request.method == *method => Some(request),
        _ => None,
    });
    requests.collect()
}

fn final_of(messages: &[Message]) -> Response {
    let mut responses = messages.iter().filter_map(|message| match message {
        Message::Response(response) if response.status.is_final() => Some(response.clone()),
        _ => None,
    });
    responses.next_back().unwrap()
}

fn says(town: &mut Town, address: &str, bytes: Vec<u8>) {
    let mut arrival = Town::server_arrival();
    arrival.remote = address.parse().unwrap();
    arrival.flow = Flow::Datagram(INSIDE, arrival.remote);
    town.input(Input::Received(arrival, bytes));
}

fn from_carrier(town: &mut Town, call_id: &str, contact: &str) -> Request {
    let mut invite =
        town.server_request(Method::Invite, "sip:4930100@10.0.0.1", call_id, Some(OFFER));
    invite.headers.remove(&HeaderName::RecordRoute);
    invite.headers.remove(&HeaderName::Via);
    let via = format!("SIP/2.0/UDP {CARRIER};branch=z9hG4bK{call_id}");
    invite.headers.push_front(HeaderName::Via, via);
    invite.headers.set(HeaderName::Contact, contact);
    says(town, CARRIER, invite.to_bytes());
    invite
}

#[test]
fn a_browsers_challenge_is_its_own_to_answer_even_where_we_have_an_account() {
    let mut plan = plan();
    plan.peers[0].account = account();
    let mut town = Town::with(plan);
    town.opens(1);
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg1", 1),
        &[(HeaderName::Contact, "<sip:k3j2h1@6vq2.invalid>")],
        None,
    );
    town.browser_sends(1, register.to_bytes());
    let upward = town.server_gets();
    town.server_answers(&upward, 401, &[CHALLENGE], None);
    assert!(town.to_server.is_empty(), "nobody vouches for a stranger");
    assert_eq!(town.page_hears(1).status.code(), 401);
}

#[test]
fn a_browsers_call_is_challenged_as_itself_and_not_as_our_account() {
    let mut plan = plan();
    plan.peers[0].account = account();
    let mut town = Town::with(plan);
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 401, &[CHALLENGE], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    assert!(town.to_server.is_empty());
    assert_eq!(town.page_hears(1).status.code(), 401);
}

#[test]
fn whoever_a_dialog_leads_to_is_not_told_who_we_are_to_the_carrier() {
    let mut plan = plan();
    carrier(&mut plan).account = account();
    let mut town = Town::with(plan);
    let asked = from_carrier(&mut town, "c1", "<sip:mallory@10.0.0.66:5060>");
    let invite = town.server_gets();
    town.server_answers(&invite, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let ok = final_of(&sent_to(&mut town, CARRIER));
    let ack = next(&asked, &ok, Method::Ack, 1, None);
    says(&mut town, CARRIER, ack.to_bytes());
    let bye = super::town::back(
        &invite,
        "servertag",
        super::town::SERVER_VIA,
        Method::Bye,
        1,
        None,
    );
    town.server_sends(bye.to_bytes());
    let bye = requests(sent_to(&mut town, "10.0.0.66:5060"), &Method::Bye).remove(0);
    let challenged = answer(&bye, 401, "", &[CHALLENGE], None);
    says(&mut town, "10.0.0.66:5060", challenged.to_bytes());
    let said = sent_to(&mut town, "10.0.0.66:5060");
    assert!(requests(said, &Method::Bye).is_empty(), "no digest for it");
}

#[test]
fn a_carrier_refers_nobody_to_where_it_may_not_call_itself() {
    let mut plan = plan();
    carrier(&mut plan);
    let mut town = Town::with(plan);
    let contact = format!("<sip:gate@{CARRIER}>");
    let asked = from_carrier(&mut town, "c1", &contact);
    let invite = town.server_gets();
    town.server_answers(&invite, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let ok = final_of(&sent_to(&mut town, CARRIER));
    let ack = next(&asked, &ok, Method::Ack, 1, None);
    says(&mut town, CARRIER, ack.to_bytes());
    let mut refer = next(&asked, &ok, Method::Refer, 2, None);
    let premium = format!("<sip:+99900900@{CARRIER}>");
    refer.headers.push(HeaderName::ReferTo, premium);
    says(&mut town, CARRIER, refer.to_bytes());
    let said = sent_to(&mut town, CARRIER);
    assert!(
        requests(said, &Method::Invite).is_empty(),
        "we pay for what we call at the carrier"
    );
}

fn by_carrier(plan: &mut Plan, called: &[&str]) {
    plan.routes.push(Route {
        name: "out".to_owned(),
        from: vec![Whose::Browsers],
        called: called
            .iter()
            .map(|called| Match::parse(called).unwrap())
            .collect(),
        domains: Vec::new(),
        numbers: Numbers::default(),
        caller_id: Some(CallerId::default()),
        effect: Effect::Peers(vec![Choice {
            peer: PeerId(1),
            priority: 0,
            weight: 1,
        }]),
        advance: Advance::default(),
    });
}

#[test]
fn a_transfer_keeps_to_what_was_agreed_with_the_carrier() {
    let mut plan = plan();
    carrier(&mut plan).max_calls = Some(1);
    by_carrier(&mut plan, &["+49*"]);
    let mut town = Town::with(plan);
    let contact = format!("<sip:gate@{CARRIER}>");
    from_carrier(&mut town, "c1", &contact);
    town.to_server.clear();
    sent_to(&mut town, CARRIER);
    let talk = talking(&mut town);
    let mut refer = talk.alice(Method::Refer, 2, None);
    refer
        .headers
        .push(HeaderName::ReferTo, "<sip:+4930200@example.com>");
    town.browser_sends(1, refer.to_bytes());
    assert!(
        requests(sent_to(&mut town, CARRIER), &Method::Invite).is_empty(),
        "one call is all it takes"
    );
}

#[test]
fn a_carrier_that_is_not_tried_loses_none_of_its_rate() {
    let mut plan = plan();
    carrier(&mut plan);
    let second = Peer::new(PeerId(2), Role::Trunk, INSIDE, Transport::Udp);
    plan.peers.push(second.at(SECOND.parse().unwrap()));
    plan.peers[2].calls_per_second = Some(1);
    by_carrier(&mut plan, &["+49*"]);
    if let Effect::Peers(choices) = &mut plan.routes[0].effect {
        choices.push(Choice {
            peer: PeerId(2),
            priority: 1,
            weight: 1,
        });
    }
    plan.routes[0].advance.statuses = vec![503];
    let mut town = Town::with(plan);
    town.registered(1);
    for (number, reaches_second) in [("a", false), ("b", true), ("c", false)] {
        let uri = "sip:+4930300@example.com";
        let invite = town.page_request(Method::Invite, uri, (number, 1), FROM_PAGE, Some(OFFER));
        town.browser_sends(1, invite.to_bytes());
        let first = requests(sent_to(&mut town, CARRIER), &Method::Invite).remove(0);
        let code = if number == "a" { 180 } else { 503 };
        let said = answer(&first, code, "one", &[], None);
        says(&mut town, CARRIER, said.to_bytes());
        let went_on = !requests(sent_to(&mut town, SECOND), &Method::Invite).is_empty();
        assert_eq!(went_on, reaches_second, "{number}");
    }
}

#[test]
fn what_dns_was_asked_before_a_restart_is_asked_again_after_it() {
    let mut plan = plan();
    let named = carrier(&mut plan);
    named.addresses.clear();
    named.uri = Some("sip:carrier.example".parse().unwrap());
    let mut town = Town::with(plan.clone());
    town.wait(Duration::from_millis(1));
    assert!(!town.lookups.is_empty());
    let snapshot = town.border.snapshot();
    let mut border = Border::restore(plan, &snapshot).unwrap();
    let (at, _) = border.poll_timeout().unwrap();
    border.handle(at.max(town.now), Input::Timeout, &mut town.door);
    let mut asked = std::iter::from_fn(|| border.poll_output());
    assert!(asked.any(|output| matches!(output, Output::Lookup(_))));
}

/// Drives the clock alone; gives how often it had to be.
fn tick(town: &mut Town, span: Duration) -> usize {
    let end = town.now + span;
    let mut last = (Time::ZERO, 0);
    let mut turns = 0;
    while let Some((at, why)) = town.border.poll_timeout().filter(|(at, _)| *at <= end) {
        town.now = town.now.max(at);
        last = if last.0 == at {
            (at, last.1 + 1)
        } else {
            (at, 0)
        };
        assert!(last.1 < 16, "stuck at {at:?}: {why:?}");
        town.input(Input::Timeout);
        turns += 1;
    }
    town.now = end;
    turns
}

#[test]
fn time_goes_on_whatever_nobody_answers_and_a_stop_ends_it() {
    let mut plan = plan();
    let trunk = carrier(&mut plan);
    trunk.account = account();
    trunk.register = Some(Duration::from_secs(300));
    trunk.probe = Some(Duration::from_secs(10));
    trunk.addresses.push("10.0.0.22:5060".parse().unwrap());
    by_carrier(&mut plan, &["+49*"]);
    let mut town = Town::with(plan);
    let contact = format!("<sip:gate@{CARRIER}>");
    from_carrier(&mut town, "c1", &contact);
    town.registered(1);
    for (number, uri) in ["sip:+4930300@example.com", "sip:bob@example.com"]
        .into_iter()
        .enumerate()
    {
        let call_id = format!("alicecall{number}");
        let invite = town.page_request(Method::Invite, uri, (&call_id, 1), FROM_PAGE, Some(OFFER));
        town.browser_sends(1, invite.to_bytes());
    }
    assert!(tick(&mut town, Duration::from_secs(400)) > 10);
    from_carrier(&mut town, "c2", &contact);
    town.input(Input::Shutdown);
    assert!(tick(&mut town, Duration::from_secs(400)) < 400);
    assert!(town.border.is_idle());
    assert_eq!(town.border.calls(), 0);
}
