//! Requests too long for a datagram.

use super::town::{INSIDE, SERVER, Town, plan};
use crate::{Input, Target};
use proto_base::{Flow, Transport};
use sbc_policy::Listener;
use sip_message::{HeaderName, Message, Method, Request};

fn stream() -> Target {
    Target::Address {
        network: INSIDE,
        transport: Transport::Tcp,
        address: SERVER.parse().unwrap(),
    }
}

/// A town whose inside speaks TCP as well, with Alice registered, who then calls with a description of this length.
fn alice_calls(octets: usize) -> (Town, Request) {
    let mut plan = plan();
    plan.networks[1].listeners.push(Listener {
        transport: Transport::Tcp,
        bind: "10.0.0.1:5062".parse().unwrap(),
        advertised: "10.0.0.1:5062".parse().unwrap(),
    });
    let mut town = Town::with(plan);
    town.opens(1);
    town.registered(1);
    let invite = calls_again(&mut town, "long", octets);
    (town, invite)
}

fn calls_again(town: &mut Town, call_id: &str, octets: usize) -> Request {
    let offer = format!("v=0 offer {}", "x".repeat(octets));
    let invite = town.page_request(
        Method::Invite,
        "sip:bob@example.com",
        (call_id, 1),
        &[(HeaderName::Contact, super::town::ALICE)],
        Some(&offer),
    );
    town.browser_sends(1, invite.to_bytes());
    invite
}

fn over_tcp(town: &mut Town) -> Option<Request> {
    let (target, bytes) = town.elsewhere.pop()?;
    assert_eq!(target, stream());
    match sip_message::parse(&bytes) {
        Ok(Message::Request(request)) => Some(request),
        other => panic!("{other:?}"),
    }
}

#[test]
fn p44_an_invite_too_long_for_a_datagram_goes_over_tcp_and_its_via_says_so() {
    let (mut town, _) = alice_calls(1200);
    let invite = over_tcp(&mut town).expect("over TCP");
    assert!(town.to_server.is_empty(), "and not as a datagram too");
    let via = invite.headers.via().unwrap();
    assert_eq!(&*via.transport, "TCP");
    assert_eq!(via.port, Some(5062));
    // The answer comes on the connection that the shell has opened meanwhile.
    let mut arrival = Town::server_arrival();
    arrival.transport = Transport::Tcp;
    arrival.flow = Flow::Connection(77);
    town.input(Input::Opened(arrival, Vec::new()));
    let busy = super::town::answer(&invite, 486, "t", &[], None);
    town.input(Input::Received(arrival, busy.to_bytes()));
    assert_eq!(over_tcp(&mut town).expect("an ACK").method, Method::Ack);
    let mut heard = town.page_hears(1);
    while heard.status.code() < 200 {
        heard = town.page_hears(1);
    }
    assert_eq!(heard.status.code(), 486);
    town.settle();
}

#[test]
fn p44_a_short_invite_stays_a_datagram() {
    let (mut town, _) = alice_calls(10);
    assert!(over_tcp(&mut town).is_none());
    assert_eq!(
        town.server_gets().headers.via().unwrap().transport,
        "UDP".into()
    );
}

#[test]
fn p44_where_nobody_takes_tcp_the_invite_goes_as_a_datagram_after_all() {
    let (mut town, _) = alice_calls(1200);
    over_tcp(&mut town).expect("over TCP");
    town.input(Input::Unreachable(stream()));
    let invite = town.server_gets();
    assert_eq!(&*invite.headers.via().unwrap().transport, "UDP");
    town.server_answers(&invite, 486, &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    let downs = town
        .told
        .iter()
        .filter(|tell| matches!(tell, crate::Tell::ServerDown { .. }));
    assert_eq!(downs.count(), 0, "the server is well");
    // And the next one does not ask for TCP first.
    calls_again(&mut town, "again", 1200);
    assert!(over_tcp(&mut town).is_none());
    let invite = town.server_gets();
    town.server_answers(&invite, 486, &[], None);
    town.settle();
    assert!(town.border.is_idle());
}

#[test]
fn p44_a_call_given_up_while_tcp_is_tried_is_not_made_as_a_datagram() {
    let (mut town, invite) = alice_calls(1200);
    over_tcp(&mut town).expect("over TCP");
    let cancel = super::endings::cancel(&invite);
    town.browser_sends(1, cancel.to_bytes());
    town.input(Input::Unreachable(stream()));
    let invited = town.to_server.iter().any(
        |message| matches!(message, Message::Request(request) if request.method == Method::Invite),
    );
    assert!(!invited, "nobody wants it any more");
    town.settle();
}

/// A call under way, and a re-INVITE of Alice's with a description of this length.
fn alice_changes(town: &mut Town, invite: &Request, octets: usize) {
    let inward = town.server_gets();
    town.server_answers(&inward, 200, &[], Some("answer"));
    let mut ok = town.page_hears(1);
    while ok.status.code() < 200 {
        ok = town.page_hears(1);
    }
    assert_eq!(town.server_gets().method, Method::Ack);
    let ack = super::town::next(invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    let offer = format!("v=0 offer {}", "y".repeat(octets));
    let again = super::town::next(invite, &ok, Method::Invite, 2, Some(&offer));
    town.browser_sends(1, again.to_bytes());
}

#[test]
fn p44_a_request_within_a_dialog_goes_over_tcp_too_when_it_is_too_long() {
    let (mut town, invite) = alice_calls(10);
    alice_changes(&mut town, &invite, 1300);
    let (target, bytes) = town.elsewhere.pop().expect("over TCP");
    assert!(matches!(
        target,
        Target::Address {
            transport: Transport::Tcp,
            ..
        }
    ));
    assert!(bytes.starts_with(b"INVITE "));
    // Nobody takes it there: the session's own way is left, and the dialog lives.
    town.input(Input::Unreachable(target));
    let again = town.server_gets();
    assert_eq!(&*again.headers.via().unwrap().transport, "UDP");
    assert!(again.headers.to_tag().is_some());
    town.server_answers(&again, 200, &[], Some("answer 2"));
    assert_eq!(town.server_gets().method, Method::Ack);
    assert!(
        !town.to_server.iter().any(
            |message| matches!(message, Message::Request(request) if request.method == Method::Bye)
        ),
        "the call goes on"
    );
    assert_eq!(town.border.calls(), 1);
}
