//! A carrier beside the server: calls between the two, credentials, several addresses, limits.

use super::town::{Town, answer, plan};
use crate::{Input, Tell};
use proto_base::{Flow, NetworkId, Transport};
use sbc_policy::{Account, Peer, PeerId, Plan, Role, Secret};
use sip_locate::{Answer, Question, Record};
use sip_message::{HeaderName, Message, Method, Request, Response};
use std::net::SocketAddr;
use std::time::Duration;

const FIRST: &str = "10.0.0.21:5060";
const SECOND: &str = "10.0.0.22:5060";
const INSIDE: NetworkId = super::town::INSIDE;
const CHALLENGE: (HeaderName, &str) = (
    HeaderName::ProxyAuthenticate,
    "Digest realm=\"carrier\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
);

fn carrier(plan: &mut Plan) -> &mut Peer {
    let carrier = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp);
    plan.peers.push(carrier.at(FIRST.parse().unwrap()));
    plan.peers.last_mut().unwrap()
}

/// What went to that address last.
fn sent_to(town: &mut Town, address: &str) -> Vec<Message> {
    let address: SocketAddr = address.parse().unwrap();
    let flow = Flow::Datagram(INSIDE, address);
    let (hit, rest) = std::mem::take(&mut town.elsewhere)
        .into_iter()
        .partition(|(target, _)| *target == crate::Target::Flow(flow));
    town.elsewhere = rest;
    let hit: Vec<(crate::Target, Vec<u8>)> = hit;
    hit.into_iter()
        .map(|(_, bytes)| sip_message::parse(&bytes).unwrap())
        .collect()
}

fn request(messages: Vec<Message>) -> Request {
    match messages.into_iter().next_back() {
        Some(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn says(town: &mut Town, address: &str, bytes: Vec<u8>) {
    let mut arrival = Town::server_arrival();
    arrival.remote = address.parse().unwrap();
    arrival.flow = Flow::Datagram(INSIDE, arrival.remote);
    town.input(Input::Received(arrival, bytes));
}

fn from_carrier(town: &mut Town, call_id: &str) -> Request {
    let mut invite = town.server_request(
        Method::Invite,
        "sip:4930100@10.0.0.1",
        call_id,
        Some("offer"),
    );
    invite.headers.remove(&HeaderName::RecordRoute);
    invite.headers.remove(&HeaderName::Via);
    let via = format!("SIP/2.0/UDP {FIRST};branch=z9hG4bK{call_id}");
    invite.headers.push_front(HeaderName::Via, via);
    invite
        .headers
        .set(HeaderName::Contact, format!("<sip:gate@{FIRST}>"));
    says(town, FIRST, invite.to_bytes());
    invite
}

#[test]
fn a_carriers_call_reaches_the_server_and_both_hang_up_cleanly() {
    let mut plan = plan();
    carrier(&mut plan);
    let mut town = Town::with(plan);
    let asked = from_carrier(&mut town, "c1");
    let invite = town.server_gets();
    assert_eq!(invite.uri.user.as_deref(), Some("4930100"));
    assert_ne!(invite.headers.call_id(), asked.headers.call_id());
    assert!(
        !String::from_utf8_lossy(&invite.to_bytes()).contains("10.0.0.21"),
        "the carrier's address is its own affair"
    );
    town.server_answers(&invite, 200, &[], Some("answer"));
    assert_eq!(town.server_gets().method, Method::Ack);
    let heard = sent_to(&mut town, FIRST);
    let Some(Message::Response(ok)) = heard.last() else {
        panic!("{heard:?}");
    };
    assert_eq!(ok.status.code(), 200);
    let bye = super::town::next(&asked, ok, Method::Bye, 2, None);
    says(&mut town, FIRST, bye.to_bytes());
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert_eq!(town.border.calls(), 0);
}

#[test]
fn a_trunk_that_asks_who_we_are_is_told_so_and_the_call_never_hears_of_it() {
    let mut plan = plan();
    plan.peers[0].account = Some(Account {
        username: "margrave".to_owned(),
        password: Secret("secret".to_owned()),
        auth_username: None,
    });
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let invite = town.server_gets();
    town.server_answers(&invite, 407, &[CHALLENGE], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let again = town.server_gets();
    assert!(again.headers.has(&HeaderName::ProxyAuthorization));
    assert_eq!(again.headers.call_id(), invite.headers.call_id());
    let number = |request: &Request| request.headers.cseq().unwrap().number;
    assert_eq!(number(&again), number(&invite) + 1);
    assert_eq!(again.body, invite.body);
    town.server_answers(&again, 200, &[], Some("answer"));
    let ack = town.server_gets();
    assert_eq!(
        (ack.method.clone(), number(&ack)),
        (Method::Ack, number(&again))
    );
}

#[test]
fn an_unanswered_challenge_goes_no_further_than_the_border() {
    let mut plan = plan();
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let invite = town.server_gets();
    town.server_answers(&invite, 407, &[CHALLENGE], None);
    let heard = sent_to(&mut town, FIRST);
    let last: Vec<&Response> = heard
        .iter()
        .filter_map(|message| match message {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        })
        .collect();
    let last = last.last().unwrap();
    assert!(last.status.is_final());
    assert!(!last.headers.has(&HeaderName::ProxyAuthenticate));
}

#[test]
fn a_silent_address_is_passed_over_and_its_late_answer_is_hung_up_on() {
    let mut plan = plan();
    plan.peers[0].addresses.push(SECOND.parse().unwrap());
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let first = town.server_gets();
    town.wait(Duration::from_secs(5));
    let second = request(sent_to(&mut town, SECOND));
    assert_eq!(second.method, Method::Invite);
    assert_ne!(
        first.headers.via().unwrap().branch(),
        second.headers.via().unwrap().branch()
    );
    let ok = answer(&second, 200, "two", &[], Some("answer"));
    says(&mut town, SECOND, ok.to_bytes());
    // The first was only slow.
    town.to_server.clear();
    let late = answer(&first, 200, "one", &[], Some("answer"));
    town.server_sends(late.to_bytes());
    let methods: Vec<Method> = std::iter::from_fn(|| town.to_server.pop_front())
        .filter_map(|message| match message {
            Message::Request(request) => Some(request.method),
            Message::Response(_) => None,
        })
        .collect();
    assert_eq!(methods, [Method::Ack, Method::Bye]);
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn an_overloaded_address_is_passed_over_but_never_one_where_it_rings() {
    let mut plan = plan();
    plan.peers[0].addresses.push(SECOND.parse().unwrap());
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let first = town.server_gets();
    town.server_answers(&first, 503, &[], None);
    let second = request(sent_to(&mut town, SECOND));
    let ringing = answer(&second, 180, "two", &[], None);
    says(&mut town, SECOND, ringing.to_bytes());
    let gone = answer(&second, 503, "two", &[], None);
    says(&mut town, SECOND, gone.to_bytes());
    town.settle();
    assert!(sent_to(&mut town, SECOND).iter().all(|message| {
        !matches!(message, Message::Request(request) if request.method == Method::Invite)
    }));
    // The next call goes to the address that works.
    from_carrier(&mut town, "c2");
    assert_eq!(request(sent_to(&mut town, SECOND)).method, Method::Invite);
}

#[test]
fn more_calls_than_agreed_are_refused() {
    let mut plan = plan();
    carrier(&mut plan).max_calls = Some(1);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    from_carrier(&mut town, "c2");
    let refused = sent_to(&mut town, FIRST).into_iter().any(
        |message| matches!(message, Message::Response(response) if response.status.code() == 503),
    );
    assert!(refused);
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn a_trunk_registers_by_itself_and_takes_its_contact_back_at_the_end() {
    let mut plan = plan();
    let peer = carrier(&mut plan);
    peer.account = Some(Account {
        username: "4930100".to_owned(),
        password: Secret("secret".to_owned()),
        auth_username: None,
    });
    peer.register = Some(Duration::from_secs(600));
    peer.probe = Some(Duration::from_secs(30));
    let mut town = Town::with(plan);
    town.wait(Duration::from_millis(1));
    let sent = sent_to(&mut town, FIRST);
    let methods: Vec<_> = sent
        .iter()
        .filter_map(|message| match message {
            Message::Request(request) => Some(request.method.clone()),
            Message::Response(_) => None,
        })
        .collect();
    assert_eq!(methods, [Method::Register, Method::Options]);
    for message in sent {
        if let Message::Request(request) = message {
            let ok = answer(&request, 200, "t", &[(HeaderName::Expires, "600")], None);
            says(&mut town, FIRST, ok.to_bytes());
        }
    }
    assert!(
        town.told
            .iter()
            .any(|tell| matches!(tell, Tell::TrunkRegistered { expires: 600, .. }))
    );
    town.input(Input::Shutdown);
    let last = request(sent_to(&mut town, FIRST));
    assert_eq!(last.headers.expires().unwrap(), Some(0));
    let ok = answer(&last, 200, "t", &[], None);
    says(&mut town, FIRST, ok.to_bytes());
    assert!(town.told.iter().any(|tell| matches!(tell, Tell::Drained)));
}

#[test]
fn a_carrier_known_by_name_is_looked_up_before_anything_is_sent_to_it() {
    let mut plan = plan();
    let peer = carrier(&mut plan);
    peer.addresses.clear();
    peer.uri = Some("sip:carrier.example:5060".parse().unwrap());
    peer.probe = Some(Duration::from_secs(30));
    let mut town = Town::with(plan);
    town.wait(Duration::from_secs(1));
    assert!(town.elsewhere.is_empty(), "sent before it was known where");
    let asked: Vec<Question> = std::mem::take(&mut town.lookups);
    assert_eq!(asked.len(), 1, "{asked:?}");
    let address = Record::A("10.0.0.21".parse().unwrap());
    let answer = Answer::Records(vec![address], Duration::from_secs(60));
    town.input(Input::Found(asked[0].clone(), answer));
    town.wait(Duration::from_millis(1));
    assert_eq!(request(sent_to(&mut town, FIRST)).method, Method::Options);
    // And whoever speaks from there is the carrier.
    from_carrier(&mut town, "c1");
    assert_eq!(town.server_gets().method, Method::Invite);
    town.wait(Duration::from_secs(120));
    assert!(!town.lookups.is_empty(), "asked again when it is stale");
}

#[test]
fn a_carrier_over_tls_must_prove_the_name_it_was_looked_up_by() {
    let mut plan = plan();
    let peer = carrier(&mut plan);
    peer.addresses.clear();
    peer.transport = Transport::Tls;
    peer.uri = Some("sip:carrier.example:5061".parse().unwrap());
    let mut town = Town::with(plan);
    town.wait(Duration::from_secs(1));
    let asked: Vec<Question> = std::mem::take(&mut town.lookups);
    let address = Record::A("10.0.0.21".parse().unwrap());
    let answer = Answer::Records(vec![address], Duration::from_secs(60));
    town.input(Input::Found(asked[0].clone(), answer));
    let expected = (
        "10.0.0.21:5061".parse().unwrap(),
        "carrier.example".to_owned(),
    );
    assert!(town.expected.contains(&expected), "{:?}", town.expected);
}

#[test]
fn a_carriers_refer_leads_to_the_server_and_never_back_to_the_carrier_at_our_cost() {
    let mut plan = plan();
    carrier(&mut plan);
    let mut town = Town::with(plan);
    let asked = from_carrier(&mut town, "c1");
    let invite = town.server_gets();
    town.server_answers(&invite, 200, &[], Some("answer"));
    assert_eq!(town.server_gets().method, Method::Ack);
    let heard = sent_to(&mut town, FIRST);
    let Some(Message::Response(ok)) = heard.last() else {
        panic!("{heard:?}");
    };
    let ack = super::town::next(&asked, ok, Method::Ack, 1, None);
    says(&mut town, FIRST, ack.to_bytes());
    let mut refer = super::town::next(&asked, ok, Method::Refer, 2, None);
    let to = format!("<sip:0900123@{FIRST}>");
    refer.headers.push(HeaderName::ReferTo, to);
    says(&mut town, FIRST, refer.to_bytes());
    let invite = town.server_gets();
    assert_eq!(invite.uri.user.as_deref(), Some("0900123"));
    let user = |request: &Request| request.headers.from().unwrap().uri.user;
    assert_eq!(user(&invite), user(&asked), "in the carrier's own name");
    town.server_answers_as(&invite, 407, "nobody", &[CHALLENGE], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let called = sent_to(&mut town, FIRST)
        .into_iter()
        .any(|message| matches!(message, Message::Request(it) if it.method == Method::Invite));
    assert!(!called, "a carrier has itself called by nobody");
    assert!(
        town.is_quiet(),
        "no phone is asked to call with its own credentials"
    );
}

#[test]
fn a_servers_name_is_resolved_again_and_what_was_found_at_the_start_stands_in_until_then() {
    let mut plan = plan();
    let server = &mut plan.peers[0];
    server.at_start = server.addresses.pop();
    server.uri = Some("sip:pbx.example:5060;transport=udp".parse().unwrap());
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    assert_eq!(town.server_gets().method, Method::Invite, "before DNS");
    town.wait(Duration::from_secs(1));
    let asked: Vec<Question> = std::mem::take(&mut town.lookups);
    let moved = Record::A("10.0.0.22".parse().unwrap());
    let found = Answer::Records(vec![moved], Duration::from_secs(60));
    town.input(Input::Found(asked[0].clone(), found));
    from_carrier(&mut town, "c2");
    assert_eq!(request(sent_to(&mut town, SECOND)).method, Method::Invite);
}

#[test]
fn new_calls_are_shared_among_a_peers_addresses_by_weight() {
    let mut plan = plan();
    let server = &mut plan.peers[0];
    server.addresses.push(SECOND.parse().unwrap());
    let share = |weight| sbc_policy::Share {
        priority: 1,
        weight,
    };
    server.shares = vec![share(0), share(1)];
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let invite = request(sent_to(&mut town, SECOND));
    assert_eq!(invite.method, Method::Invite);
    // It is silent: the other stands in, and for the next call too.
    town.wait(Duration::from_secs(5));
    assert_eq!(town.server_gets().method, Method::Invite);
    town.to_server.clear();
    from_carrier(&mut town, "c2");
    assert_eq!(town.server_gets().method, Method::Invite);
}

#[test]
fn a_peer_that_does_reliable_responses_badly_is_not_asked_for_them_nor_for_a_timer() {
    let mut plan = plan();
    plan.peers[0].session = sbc_policy::Session {
        expires: 0,
        least: 90,
        reliable: false,
    };
    carrier(&mut plan);
    let mut town = Town::with(plan);
    from_carrier(&mut town, "c1");
    let invite = town.server_gets();
    assert!(!invite.headers.has_token(&HeaderName::Supported, "100rel"));
    assert!(!invite.headers.has(&HeaderName::SessionExpires));
}
