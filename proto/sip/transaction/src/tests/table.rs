use super::*;
use crate::Transmit;

/// The request as its user sees it, and where its response goes.
fn through(flow: Flow, transport: Transport, via: &str) -> (Request, Transmit) {
    let mut table = Transactions::new();
    let mut asked = request("OPTIONS", "z9hG4bKopt");
    asked.headers.set(HeaderName::Via, via);
    table.receive(Time::ZERO, flow, transport, Message::Request(asked));
    let Some(Event::Request { key, request, .. }) = table.poll_event() else {
        panic!("not told");
    };
    table.respond(Time::ZERO, &key, request.response(StatusCode::OK));
    (request, table.poll_transmit().unwrap())
}

fn from(address: &str) -> Flow {
    Flow::Datagram(NetworkId(1), address.parse().unwrap())
}

#[test]
fn rport_is_filled_in_and_answers_go_back_through_the_nat() {
    let (request, answer) = through(
        from("203.0.113.9:40001"),
        Transport::Udp,
        "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKopt;rport",
    );
    let via = request.headers.via().unwrap();
    assert_eq!(via.params.value("rport"), Some("40001"));
    assert_eq!(via.params.value("received"), Some("203.0.113.9"));
    assert_eq!(answer.flow, from("203.0.113.9:40001"));
}

#[test]
fn without_rport_answers_go_to_the_port_that_the_sender_named() {
    let (request, answer) = through(
        from("203.0.113.9:40001"),
        Transport::Udp,
        "SIP/2.0/UDP phone.example;branch=z9hG4bKopt",
    );
    let via = request.headers.via().unwrap();
    assert_eq!(via.params.value("received"), Some("203.0.113.9"));
    assert!(!via.params.has("rport"));
    assert_eq!(answer.flow, from("203.0.113.9:5060"));
    let (request, answer) = through(
        from("203.0.113.9:40001"),
        Transport::Udp,
        "SIP/2.0/UDP 203.0.113.9:5070;branch=z9hG4bKopt",
    );
    assert!(!request.headers.via().unwrap().params.has("received"));
    assert_eq!(answer.flow, from("203.0.113.9:5070"));
}

#[test]
fn a_sender_cannot_send_the_answer_to_someone_else() {
    let (request, answer) = through(
        from("203.0.113.9:5060"),
        Transport::Udp,
        "SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKopt;received=198.51.100.7;maddr=198.51.100.7",
    );
    assert_eq!(answer.flow, from("203.0.113.9:5060"));
    assert!(!request.headers.via().unwrap().params.has("received"));
}

#[test]
fn a_connections_via_is_left_as_it_was() {
    let via = "SIP/2.0/WSS x7k.invalid;branch=z9hG4bKopt";
    let (request, answer) = through(connection(), Transport::Wss, via);
    assert_eq!(request.headers.get(&HeaderName::Via), Some(via));
    assert_eq!(answer.flow, connection());
}

#[test]
fn two_networks_never_share_a_transaction() {
    let mut bob = Side::over_udp();
    bob.is_asked(&request("OPTIONS", "z9hG4bKopt"));
    bob.flow = Flow::Datagram(NetworkId(2), "192.0.2.10:5060".parse().unwrap());
    bob.hears_request(&request("OPTIONS", "z9hG4bKopt"));
    assert_eq!(bob.told(), ["request OPTIONS"]);
}

#[test]
fn a_repeat_from_another_port_of_the_same_network_is_still_a_repeat() {
    let mut bob = Side::over_udp();
    bob.is_asked(&request("OPTIONS", "z9hG4bKopt"));
    bob.flow = from("192.0.2.10:61000");
    bob.hears_request(&request("OPTIONS", "z9hG4bKopt"));
    assert!(bob.told().is_empty());
}

#[test]
fn peers_of_rfc_2543_are_matched_by_more_than_their_branch() {
    let mut bob = Side::over_udp();
    let (key, asked) = bob.is_asked(&request("INVITE", "1"));
    let mut second = request("INVITE", "1");
    second.headers.set(HeaderName::CSeq, "4 INVITE");
    bob.is_asked(&second);
    bob.answers(&key, &asked, 486);
    let mut ack = request("ACK", "1");
    let to = ack.headers.to().unwrap().with_tag("b1");
    ack.headers.set(HeaderName::To, to);
    bob.hears_request(&ack);
    assert!(bob.told().is_empty(), "absorbed by the first");
}

#[test]
fn a_full_table_answers_503_and_keeps_what_it_has() {
    let mut bob = Side {
        table: Transactions::with_limit(1),
        ..Side::over_udp()
    };
    let (key, first) = bob.is_asked(&request("INVITE", "z9hG4bK1"));
    bob.hears_request(&request("INVITE", "z9hG4bK2"));
    let sent = bob.sent_messages();
    let [Message::Response(refusal)] = sent.as_slice() else {
        panic!("expected one response, got {sent:?}");
    };
    assert_eq!(refusal.status.code(), 503);
    assert!(refusal.headers.has(&HeaderName::RetryAfter));
    assert!(bob.told().is_empty());
    assert_eq!(bob.table.count(), 1);
    // Its ACK may be told to the dialogs, which know nothing of it; the call in progress goes on.
    bob.answers(&key, &first, 200);
    assert_eq!(bob.sent(), ["200"]);
}

#[test]
fn our_own_requests_fail_at_twice_the_limit() {
    let mut alice = Side {
        table: Transactions::with_limit(1),
        ..Side::over_udp()
    };
    alice.sends(&request("BYE", "z9hG4bK1"));
    alice.sends(&request("BYE", "z9hG4bK2"));
    assert!(alice.told().is_empty());
    alice.sends(&request("BYE", "z9hG4bK3"));
    assert_eq!(alice.told(), ["failed, timed out: false", "client ended"]);
    assert_eq!(alice.sent().len(), 2);
}

#[test]
fn an_ack_to_a_2xx_is_sent_on_without_a_transaction() {
    let mut alice = Side::over_udp();
    alice.sends(&request("ACK", "z9hG4bKack"));
    assert_eq!(alice.sent(), ["ACK"]);
    assert!(alice.is_idle());
}

#[test]
fn a_table_written_down_in_mid_story_goes_on_where_it_stopped() {
    let mut side = Side::over_udp();
    let invite = request("INVITE", "z9hG4bKinv");
    let client = side.sends(&invite);
    side.hears_response(&invite, 180);
    side.told();
    let (server, asked) = side.is_asked(&request("INVITE", "z9hG4bKin"));
    side.answers(&server, &asked, 486);
    side.sends(&request("BYE", "z9hG4bKbye"));
    side.hears_request(&request("OPTIONS", "z9hG4bKopt"));
    // Also what was not fetched yet is part of the state.
    let text = serde_json::to_string(&side.table).unwrap();
    let mut other = Side {
        table: serde_json::from_str(&text).unwrap(),
        ..Side::over_udp()
    };
    for side in [&mut side, &mut other] {
        side.table.cancel(side.now, &client, None);
        side.waits(500 * MS);
        side.hears_response(&invite, 487);
        side.waits(60_000 * MS);
    }
    assert_eq!(side.sent(), other.sent());
    assert_eq!(side.told_events(), other.told_events());
    assert!(side.is_idle());
    assert!(other.is_idle());
}
