//! Where a call goes when it may go to several: routes to peers, the browsers of one user, redirections, merged INVITEs.

use super::modes::binds;
use super::stories::{FROM_PAGE, FROM_PHONE, alice_calls, bob_calls, talking};
use super::town::{ALICE, ANSWER, OFFER, Town, answer, assert_outer, plan};
use crate::Input;
use proto_base::{Flow, NetworkId, Transport};
use sbc_policy::{
    Advance, Choice, Effect, Match, Numbers, Peer, PeerId, Plan, Redirects, Registering, Role,
    Route, Throttle,
};
use sip_message::{HeaderName, Message, Method, Request};
use std::net::SocketAddr;
use std::time::Duration;

const CARRIER: &str = "10.0.0.21:5060";
const INSIDE: NetworkId = super::town::INSIDE;
const OTHER: &str =
    "<sip:zz9zz9@8xy4.invalid;transport=ws>;+sip.instance=\"<urn:uuid:bbbb>\";reg-id=1";

/// Calls for bob go to the server first and then to a carrier.
fn server_then_carrier() -> Plan {
    let mut plan = plan();
    let carrier = Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp);
    plan.peers.push(carrier.at(CARRIER.parse().unwrap()));
    let choice = |peer, priority| Choice {
        peer: PeerId(peer),
        priority,
        weight: 1,
    };
    plan.routes.push(Route {
        name: "out".to_owned(),
        from: Vec::new(),
        called: vec![Match::parse("bob").unwrap()],
        domains: Vec::new(),
        numbers: Numbers::default(),
        caller_id: None,
        effect: Effect::Peers(vec![choice(0, 1), choice(1, 2)]),
        advance: Advance {
            silence: Duration::from_secs(2),
            ..Advance::default()
        },
    });
    plan
}

/// Requests that the carrier got.
fn carrier_gets(town: &mut Town) -> Vec<Request> {
    let address: SocketAddr = CARRIER.parse().unwrap();
    let target = crate::Target::Flow(Flow::Datagram(INSIDE, address));
    let all = std::mem::take(&mut town.elsewhere);
    all.into_iter()
        .filter(|(to, _)| *to == target)
        .filter_map(|(_, bytes)| match sip_message::parse(&bytes).unwrap() {
            Message::Request(request) => Some(request),
            Message::Response(_) => None,
        })
        .collect()
}

fn carrier_says(town: &mut Town, bytes: Vec<u8>) {
    let mut arrival = Town::server_arrival();
    arrival.remote = CARRIER.parse().unwrap();
    arrival.flow = Flow::Datagram(INSIDE, arrival.remote);
    town.input(Input::Received(arrival, bytes));
}

#[test]
fn the_next_peer_is_called_after_503_and_the_caller_hears_nothing_of_it() {
    let mut town = Town::with(server_then_carrier());
    town.registered(1);
    let (_, first) = alice_calls(&mut town);
    town.server_answers(&first, 503, &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let second = carrier_gets(&mut town).remove(0);
    assert_eq!(second.method, Method::Invite);
    assert_ne!(first.headers.call_id(), second.headers.call_id());
    let ok = answer(&second, 200, "there", &[], Some(ANSWER));
    carrier_says(&mut town, ok.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200);
    assert_eq!(carrier_gets(&mut town)[0].method, Method::Ack);
}

/// A branch that failed holds no place there, though its transaction waits for repetitions and its call goes on elsewhere.
#[test]
fn a_carrier_that_has_refused_a_call_is_not_full_of_it() {
    let mut plan = server_then_carrier();
    for route in &mut plan.routes {
        if let Effect::Peers(choices) = &mut route.effect {
            choices.reverse();
            for (place, choice) in choices.iter_mut().enumerate() {
                choice.priority = u16::try_from(place).unwrap();
            }
        }
    }
    plan.peers[1].max_calls = Some(1);
    let mut town = Town::with(plan);
    town.registered(1);
    for call_id in ["first", "second"] {
        let invite = town.page_request(
            Method::Invite,
            "sip:bob@example.com",
            (call_id, 1),
            FROM_PAGE,
            Some(OFFER),
        );
        town.browser_sends(1, invite.to_bytes());
        let asked = carrier_gets(&mut town);
        assert_eq!(asked.len(), 1, "{call_id}");
        carrier_says(
            &mut town,
            answer(&asked[0], 503, "no", &[], None).to_bytes(),
        );
        let ringing = town.server_gets();
        assert_eq!(ringing.method, Method::Invite);
        town.server_answers(&ringing, 180, FROM_PHONE, None);
        carrier_gets(&mut town);
    }
    assert_eq!(town.border.calls(), 2);
}

#[test]
fn the_next_peer_is_called_after_a_silence_as_long_as_the_route_says() {
    let mut town = Town::with(server_then_carrier());
    town.registered(1);
    alice_calls(&mut town);
    town.wait(Duration::from_millis(1900));
    assert!(carrier_gets(&mut town).is_empty());
    town.wait(Duration::from_millis(200));
    assert_eq!(carrier_gets(&mut town)[0].method, Method::Invite);
}

#[test]
fn the_next_peer_is_called_at_once_where_nobody_is() {
    let mut town = Town::with(server_then_carrier());
    town.registered(1);
    alice_calls(&mut town);
    let server: SocketAddr = super::town::SERVER.parse().unwrap();
    let target = crate::Target::Flow(Flow::Datagram(INSIDE, server));
    town.input(Input::Unreachable(target));
    assert_eq!(carrier_gets(&mut town)[0].method, Method::Invite);
}

#[test]
fn where_the_route_says_how_long_one_rings_the_next_rings_after_it() {
    let mut plan = server_then_carrier();
    plan.routes[0].advance.ring = Some(Duration::from_secs(20));
    let mut town = Town::with(plan);
    town.registered(1);
    let (_, first) = alice_calls(&mut town);
    town.server_answers(&first, 180, &[], None);
    town.wait(Duration::from_secs(19));
    assert!(carrier_gets(&mut town).is_empty());
    town.wait(Duration::from_secs(2));
    assert_eq!(town.server_gets().method, Method::Cancel);
    let second = carrier_gets(&mut town).remove(0);
    assert_eq!(second.method, Method::Invite);
    town.server_answers(&first, 487, &[], None);
    let ok = answer(&second, 200, "there", &[], Some(ANSWER));
    carrier_says(&mut town, ok.to_bytes());
    let mut heard = town.page_hears(1);
    while heard.status.code() < 200 {
        heard = town.page_hears(1);
    }
    assert_eq!(heard.status.code(), 200);
}

#[test]
fn a_phone_that_rang_is_not_rung_through_another_peer() {
    let mut town = Town::with(server_then_carrier());
    town.registered(1);
    let (_, first) = alice_calls(&mut town);
    town.server_answers(&first, 180, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 180);
    town.server_answers(&first, 503, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 503);
    assert!(carrier_gets(&mut town).is_empty());
}

#[test]
fn a_token_that_stands_for_a_user_rings_every_page_of_his() {
    let mut plan = plan();
    plan.peers[0].registering = Registering {
        throttle: Throttle::AddressOfRecord,
        ..Registering::default()
    };
    let mut town = Town::with(plan);
    let token = binds(&mut town, 1, ALICE);
    town.opens(2);
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg2", 1),
        &[(HeaderName::Contact, OTHER), (HeaderName::Expires, "600")],
        None,
    );
    town.browser_sends(2, register.to_bytes());
    while let Some(message) = town.to_server.pop_front() {
        if let Message::Request(upward) = message {
            super::modes::grants(&mut town, &upward);
        }
    }
    assert_eq!(town.page_hears(2).status.code(), 200);
    let invite = town.server_request(
        Method::Invite,
        &format!("sip:{token}@10.0.0.1"),
        "both",
        Some(super::town::OFFER),
    );
    town.server_sends(invite.to_bytes());
    let (one, two) = (town.page_gets(1), town.page_gets(2));
    for (page, invite) in [(1, &one), (2, &two)] {
        assert_outer(&invite.to_bytes());
        town.page_answers(page, invite, 180, FROM_PAGE, None);
    }
    town.page_answers(2, &two, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.page_gets(2).method, Method::Ack);
    let cancel = town.page_gets(1);
    assert_eq!(cancel.method, Method::Cancel);
    assert_eq!(
        cancel.headers.get(&HeaderName::Reason),
        Some("SIP;cause=200;text=\"Call completed elsewhere\"")
    );
}

fn redirecting(redirects: Redirects) -> Town {
    let mut plan = plan();
    plan.redirects = redirects;
    plan.peers[0].domain = Some("example.com".to_owned());
    Town::with(plan)
}

const MOVED: &[(HeaderName, &str)] = &[(
    HeaderName::Contact,
    "<sip:carol@10.0.0.2:5062>;q=0.5, <sip:mallory@192.0.2.66>",
)];

#[test]
fn a_redirection_is_hidden_passed_without_addresses_or_followed() {
    let mut town = redirecting(Redirects::Hide);
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 302, MOVED, None);
    assert_eq!(town.page_hears(1).status.code(), 480);

    let mut town = redirecting(Redirects::Pass);
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 302, MOVED, None);
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 302);
    assert_outer(&told.to_bytes());
    let users: Vec<String> = told.headers.contacts().unwrap()[..]
        .iter()
        .map(|contact| contact.uri.to_string())
        .collect();
    assert_eq!(users, ["sip:carol@example.com", "sip:mallory@example.com"]);

    let mut town = redirecting(Redirects::Follow { max: 4 });
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 302, MOVED, None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let next = town.server_gets();
    assert_eq!(next.method, Method::Invite);
    assert_eq!(next.uri.user.as_deref(), Some("carol"));
    assert_ne!(next.headers.call_id(), inner.headers.call_id());
    assert!(!next.headers.has(&HeaderName::ProxyAuthorization));
    assert!(
        next.headers
            .get(&HeaderName::Diversion)
            .unwrap()
            .contains("bob")
    );
    assert!(town.is_quiet(), "where no route leads nobody is called");
    // Back again: that was tried.
    town.server_answers(&next, 302, MOVED, None);
    assert_eq!(town.page_hears(1).status.code(), 480);
}

#[test]
fn the_same_invite_by_another_path_is_refused_and_rings_nobody() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (asked, _) = bob_calls(&mut town, &token);
    let mut again = asked;
    again.headers.remove_first(&HeaderName::Via);
    again.headers.push_front(
        HeaderName::Via,
        "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKother",
    );
    town.to_server.clear();
    town.server_sends(again.to_bytes());
    let heard: Vec<u16> = std::iter::from_fn(|| town.to_server.pop_front())
        .filter_map(|message| match message {
            Message::Response(response) => Some(response.status.code()),
            Message::Request(_) => None,
        })
        .collect();
    assert_eq!(heard.last(), Some(&482));
    assert_eq!(town.border.calls(), 1);
}

/// The name that a browser gives itself in its Contact (RFC 7118 §5) leads nowhere: it is reached on its connection and on
/// nothing else.
#[test]
fn p3_a_goodbye_to_a_browser_needs_no_name_resolved() {
    let mut town = Town::new();
    town.registered(1);
    let talk = talking(&mut town);
    let bye = talk.bob(Method::Bye, 2, None);
    town.server_sends(bye.to_bytes());
    let bye = town.page_gets(1);
    assert_eq!(bye.method, Method::Bye);
    assert!(bye.uri.host.to_string().ends_with(".invalid"));
    assert!(town.elsewhere.is_empty());
}

#[test]
fn p7_a_goodbye_of_our_own_reaches_the_browser_too() {
    let mut town = Town::new();
    town.registered(1);
    talking(&mut town);
    town.input(Input::Shutdown);
    assert_eq!(town.page_gets(1).method, Method::Bye);
    assert_eq!(town.server_gets().method, Method::Bye);
}
