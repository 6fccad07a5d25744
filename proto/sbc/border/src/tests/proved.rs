//! A carrier over TLS that dials us, and that nobody can dial.

use super::town::{INSIDE, OUTSIDE, Town, answer, next, plan};
use crate::{Arrival, Input, Target};
use proto_base::{Flow, Transport};
use sbc_policy::{Listener, Peer, PeerId, Plan, Role};
use sip_message::{HeaderName, Message, Method, Request, Response};

const THERE: &str = "192.0.2.20:5061";
const NAME: &str = "carrier.example";

fn with_carrier() -> Plan {
    let mut plan = plan();
    plan.networks[0].listeners.push(Listener {
        transport: Transport::Tls,
        bind: "192.168.7.1:5061".parse().unwrap(),
        advertised: "203.0.113.5:5061".parse().unwrap(),
    });
    let carrier = Peer::new(PeerId(1), Role::Trunk, OUTSIDE, Transport::Tls);
    let carrier = carrier.at(THERE.parse().unwrap()).serving(NAME);
    plan.peers.push(carrier);
    assert_eq!(plan.networks[1].id, INSIDE);
    plan
}

/// A connection of that number from this address.
fn arrival(number: u64, from: &str) -> Arrival {
    Arrival {
        flow: Flow::Connection(number),
        network: OUTSIDE,
        transport: Transport::Tls,
        local: "192.168.7.1:5061".parse().unwrap(),
        remote: from.parse().unwrap(),
    }
}

fn dials(town: &mut Town, arrival: Arrival, names: &[&str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    town.input(Input::Opened(arrival, names));
}

fn calls(town: &mut Town, arrival: Arrival) -> Request {
    let mut invite = town.server_request(
        Method::Invite,
        "sip:4930100@203.0.113.5",
        "c1",
        Some("offer"),
    );
    invite.headers.remove(&HeaderName::RecordRoute);
    invite.headers.remove(&HeaderName::Via);
    let via = format!("SIP/2.0/TLS {};branch=z9hG4bKc1;alias", arrival.remote);
    invite.headers.push_front(HeaderName::Via, via);
    let contact = format!("<sip:gate@{THERE};transport=tls>");
    invite.headers.set(HeaderName::Contact, contact);
    town.input(Input::Received(arrival, invite.to_bytes()));
    invite
}

fn last_response(town: &mut Town, number: u64) -> Response {
    let heard = town.to_browser.remove(&number).unwrap_or_default();
    match heard.into_iter().next_back() {
        Some(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

/// The carrier calls, the server's telephone picks up.
fn talking(town: &mut Town, arrival: Arrival) -> Request {
    let invite = calls(town, arrival);
    let inward = town.server_gets();
    town.server_answers(&inward, 200, &[], Some("answer"));
    assert_eq!(town.server_gets().method, Method::Ack);
    let Flow::Connection(number) = arrival.flow else {
        panic!("a connection");
    };
    let ok = last_response(town, number);
    assert_eq!(ok.status.code(), 200);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.input(Input::Received(arrival, ack.to_bytes()));
    super::town::back(
        &inward,
        "servertag",
        super::town::SERVER_VIA,
        Method::Bye,
        7,
        None,
    )
}

#[test]
fn what_goes_to_a_peer_that_dialled_us_goes_back_on_its_proved_connection() {
    let mut town = Town::with(with_carrier());
    let connection = arrival(50, "192.0.2.20:41000");
    dials(&mut town, connection, &[NAME]);
    let bye = talking(&mut town, connection);
    town.server_sends(bye.to_bytes());
    let bye = town.page_gets(50);
    assert_eq!(bye.method, Method::Bye);
    let via = bye.headers.via().unwrap();
    assert_eq!(&*via.transport, "TLS");
    assert!(via.params.has("alias"), "RFC 5923 §8.1");
    assert!(town.elsewhere.is_empty(), "nobody listens there");
    let ok = answer(&bye, 200, "", &[], None);
    town.input(Input::Received(connection, ok.to_bytes()));
    town.settle();
    assert_eq!(town.border.calls(), 0);
}

#[test]
fn a_connection_that_took_the_place_of_a_lost_one_carries_the_call_on() {
    let mut town = Town::with(with_carrier());
    let first = arrival(50, "192.0.2.20:41000");
    dials(&mut town, first, &[NAME]);
    let bye = talking(&mut town, first);
    let second = arrival(51, "192.0.2.20:41001");
    dials(&mut town, second, &[NAME]);
    town.input(Input::Closed(first.flow));
    town.server_sends(bye.to_bytes());
    assert_eq!(town.page_gets(51).method, Method::Bye);
}

#[test]
fn who_proved_nothing_or_another_name_is_not_spoken_to_in_the_peers_place() {
    for names in [&[][..], &["other.example"]] {
        let mut town = Town::with(with_carrier());
        let connection = arrival(50, "192.0.2.20:41000");
        dials(&mut town, connection, names);
        let bye = talking(&mut town, connection);
        town.server_sends(bye.to_bytes());
        let (target, _) = town.elsewhere.pop().unwrap();
        let dialled = Target::Address {
            network: OUTSIDE,
            transport: Transport::Tls,
            address: THERE.parse().unwrap(),
        };
        assert_eq!(target, dialled, "dialled, where it must prove its name");
    }
}

#[test]
fn a_connection_of_ours_is_preferred_to_one_of_theirs() {
    let mut town = Town::with(with_carrier());
    let theirs = arrival(50, "192.0.2.20:41000");
    dials(&mut town, theirs, &[NAME]);
    let bye = talking(&mut town, theirs);
    dials(&mut town, arrival(51, THERE), &[NAME]);
    town.server_sends(bye.to_bytes());
    let (target, _) = town.elsewhere.pop().unwrap();
    assert!(matches!(target, Target::Address { .. }), "{target:?}");
}

#[test]
fn a_peer_is_known_by_the_name_it_proves_from_wherever_it_dials() {
    let mut town = Town::with(with_carrier());
    let elsewhere = arrival(50, "192.0.2.77:41000");
    dials(&mut town, elsewhere, &["CARRIER.example"]);
    calls(&mut town, elsewhere);
    assert_eq!(town.server_gets().method, Method::Invite);
    let mut town = Town::with(with_carrier());
    dials(&mut town, elsewhere, &["other.example"]);
    calls(&mut town, elsewhere);
    assert_eq!(last_response(&mut town, 50).status.code(), 403);
    assert!(town.to_server.is_empty());
}

#[test]
fn the_names_of_other_networks_and_transports_prove_nothing_here() {
    let plan = with_carrier();
    let names = [NAME.to_owned()];
    let proved = |network| plan.peer_proved_by(network, &names).map(|peer| peer.id);
    assert_eq!(proved(OUTSIDE), Some(PeerId(1)));
    assert_eq!(proved(INSIDE), None);
    let mut plan = with_carrier();
    plan.peers[1].transport = Transport::Tcp;
    assert!(plan.peer_proved_by(OUTSIDE, &names).is_none());
}
