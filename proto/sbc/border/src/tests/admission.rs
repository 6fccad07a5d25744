//! Who may do what.

use super::stories::{FROM_PAGE, talking};
use super::town::{
    ANSWER, INSIDE, OFFER, OUTSIDE, SERVER_VIA, Town, assert_inner, assert_outer, back, plan,
};
use crate::{Arrival, Input, Tell};
use control_command::Refusal;
use proto_base::{Flow, Transport};
use sip_message::{HeaderName, Method, Request};

fn invite(town: &mut Town, extra: &[(HeaderName, &str)], body: Option<&str>) -> Request {
    let mut headers = FROM_PAGE.to_vec();
    headers.extend_from_slice(extra);
    town.page_request(
        Method::Invite,
        "sip:bob@example.com",
        ("call", 1),
        &headers,
        body,
    )
}

/// The final answer to a request of page 1.
fn verdict(town: &mut Town, request: &Request) -> u16 {
    town.browser_sends(1, request.to_bytes());
    let mut told = town.page_hears(1);
    if told.status.code() == 100 {
        told = town.page_hears(1);
    }
    assert!(town.to_server.is_empty(), "nothing went in");
    told.status.code()
}

#[test]
fn p56_nothing_but_register_is_heard_from_a_page_that_has_proved_nothing() {
    let mut town = Town::new();
    town.opens(1);
    for method in [
        Method::Invite,
        Method::Message,
        Method::Options,
        Method::Subscribe,
        Method::Publish,
        Method::Notify,
        Method::Refer,
        Method::Bye,
        Method::Other("JUMP".into()),
    ] {
        let request = town.page_request(method, "sip:bob@example.com", ("c", 1), FROM_PAGE, None);
        assert_eq!(verdict(&mut town, &request), 403);
    }
    assert!(town.door.asked.is_empty(), "no media before identity");
}

#[test]
fn a_page_speaks_only_in_its_own_name() {
    let mut town = Town::new();
    town.registered(1);
    let mut request = invite(&mut town, &[], Some(OFFER));
    request
        .headers
        .set(HeaderName::From, "<sip:boss@example.com>;tag=x");
    assert_eq!(verdict(&mut town, &request), 403);
    assert!(town.door.asked.is_empty());
}

#[test]
fn what_we_cannot_do_is_refused_by_its_own_name() {
    let mut town = Town::new();
    town.registered(1);
    let required = [(HeaderName::Require, "100rel, foo")];
    let request = invite(&mut town, &required, Some(OFFER));
    assert_eq!(verdict(&mut town, &request), 420);
    let mut request = invite(&mut town, &[], Some(OFFER));
    request.headers.set(HeaderName::MaxForwards, 0);
    assert_eq!(verdict(&mut town, &request), 483);
    let mut request = invite(&mut town, &[], None);
    request.set_body("text/plain", b"hello".to_vec());
    assert_eq!(verdict(&mut town, &request), 415);
    let request = town.page_request(Method::Publish, "sip:b@c", ("p", 1), FROM_PAGE, None);
    assert_eq!(verdict(&mut town, &request), 489);
    let request = town.page_request(Method::Subscribe, "sip:b@c", ("s", 1), FROM_PAGE, None);
    assert_eq!(verdict(&mut town, &request), 489);
    let request = town.page_request(Method::Refer, "sip:b@c", ("r", 1), FROM_PAGE, None);
    assert_eq!(verdict(&mut town, &request), 405);
    let jump = Method::Other("JUMP".into());
    let request = town.page_request(jump, "sip:b@c", ("j", 1), FROM_PAGE, None);
    assert_eq!(verdict(&mut town, &request), 501);
    // RFC 3261 §8.2.2.1
    let request = town.page_request(
        Method::Invite,
        "soap.beep://192.0.2.1:3002",
        ("u", 1),
        FROM_PAGE,
        Some(OFFER),
    );
    assert_eq!(verdict(&mut town, &request), 416);
    town.door.refuse_next = Some(Refusal::Exhausted);
    let request = invite(&mut town, &[], Some(OFFER));
    assert_eq!(verdict(&mut town, &request), 503);
    town.settle();
    assert!(town.records().is_empty());
}

#[test]
fn options_are_answered_here() {
    let mut town = Town::new();
    let token = town.registered(1);
    let request = town.page_request(Method::Options, "sip:b@c", ("o", 1), FROM_PAGE, None);
    assert_eq!(verdict(&mut town, &request), 200);
    for (uri, code) in [
        ("sip:10.0.0.1".to_owned(), 200),
        (format!("sip:{token}@10.0.0.1"), 200),
        ("sip:nobody@10.0.0.1".to_owned(), 404),
    ] {
        let options = town.server_request(Method::Options, &uri, &uri, None);
        town.server_sends(options.to_bytes());
        assert_eq!(town.server_hears().status.code(), code, "{uri}");
    }
    town.closes(1);
    let uri = format!("sip:{token}@10.0.0.1");
    let options = town.server_request(Method::Options, &uri, "gone", None);
    town.server_sends(options.to_bytes());
    assert_eq!(town.server_hears().status.code(), 480);
}

#[test]
fn a_call_too_many_is_asked_to_come_later() {
    let mut plan = plan();
    plan.max_calls = 1;
    let mut town = Town::with(plan);
    talking(&mut town);
    let request = invite(&mut town, &[], Some(OFFER));
    assert_eq!(verdict(&mut town, &request), 503);
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn a_call_that_waited_too_long_is_refused_at_once_and_those_in_progress_are_not() {
    let mut town = Town::new();
    talking(&mut town);
    let request = invite(&mut town, &[], Some(OFFER));
    town.input(Input::Overdue(Town::browser_arrival(1), request.to_bytes()));
    let refused = town.page_hears(1);
    assert_eq!(refused.status.code(), 503);
    assert!(refused.headers.has(&HeaderName::RetryAfter));
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn a_forged_goodbye_changes_nothing() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.opens(2);
    // A stranger's page, with everything right but the connection.
    let bye = talk.alice(Method::Bye, 2, None);
    town.browser_sends(2, bye.to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    // The right connection, a guessed tag.
    let mut bye = talk.alice(Method::Bye, 2, None);
    bye.headers
        .set(HeaderName::To, "<sip:bob@example.com>;tag=guess");
    town.browser_sends(1, bye.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 481);
    // The right tags, a wrong one of its own.
    let mut bye = talk.alice(Method::Bye, 2, None);
    bye.headers
        .set(HeaderName::From, "<sip:alice@example.com>;tag=guess");
    town.browser_sends(1, bye.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 481);
    // A page cannot speak for the phone.
    let mut bye = back(
        &talk.inner,
        "servertag",
        "SIP/2.0/WSS x.invalid",
        Method::Bye,
        1,
        None,
    );
    bye.headers.set(HeaderName::MaxForwards, 70);
    town.browser_sends(1, bye.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 481);
    // A neighbour of the server is not the server.
    let bye = back(&talk.inner, "servertag", SERVER_VIA, Method::Bye, 1, None);
    let remote = "10.0.0.66:5060".parse().unwrap();
    let arrival = Arrival {
        flow: Flow::Datagram(INSIDE, remote),
        remote,
        ..Town::server_arrival()
    };
    town.input(Input::Received(arrival, bye.to_bytes()));
    assert_eq!(town.border.calls(), 1);
    assert!(town.door.deleted.is_empty());
    // It gets its 403, as the Via says to its own address at the port it named.
    assert_eq!(town.elsewhere.len(), 1);
    town.elsewhere.clear();
    talk.ends(&mut town, 1, 2);
}

#[test]
fn datagrams_of_strangers_from_outside_are_not_answered() {
    let mut town = Town::new();
    let remote = "198.51.100.66:5060".parse().unwrap();
    let arrival = Arrival {
        flow: Flow::Datagram(OUTSIDE, remote),
        network: OUTSIDE,
        transport: Transport::Udp,
        local: "192.168.7.1:5060".parse().unwrap(),
        remote,
    };
    for method in [Method::Options, Method::Register, Method::Invite] {
        let request = town.server_request(method, "sip:100@203.0.113.5", "scan", None);
        town.input(Input::Received(arrival, request.to_bytes()));
    }
    town.input(Input::Received(arrival, b"OPTIONS nonsense".to_vec()));
    assert!(town.is_quiet());
    assert!(town.told.is_empty(), "not even a line in the log");
    assert!(town.border.is_idle());
}

#[test]
fn a_neighbour_of_the_server_is_refused_and_nothing_is_kept_of_it() {
    let mut town = Town::new();
    let remote = "10.0.0.66:5060".parse().unwrap();
    let arrival = Arrival {
        flow: Flow::Datagram(INSIDE, remote),
        remote,
        ..Town::server_arrival()
    };
    let invite = town.server_request(Method::Invite, "sip:100@10.0.0.1", "scan", Some(OFFER));
    for _ in 0..2 {
        town.input(Input::Received(arrival, invite.to_bytes()));
    }
    let told: Vec<_> = town.elsewhere.drain(..).collect();
    assert_eq!(told.len(), 2, "one answer each, and no 100 before it");
    assert!(told[0].1.starts_with(b"SIP/2.0 403"));
    assert_eq!(told[0], told[1], "in the same words");
    assert!(town.border.is_idle(), "no transaction that repeats itself");
}

#[test]
fn a_browser_inside_must_prove_itself_as_any_other() {
    let mut town = Town::new();
    let arrival = Arrival {
        network: INSIDE,
        transport: Transport::Ws,
        local: "10.0.0.1:8080".parse().unwrap(),
        remote: "10.0.0.40:50000".parse().unwrap(),
        ..Town::browser_arrival(1)
    };
    town.input(Input::Opened(arrival, Vec::new()));
    let request = invite(&mut town, &[], Some(OFFER));
    town.input(Input::Received(arrival, request.to_bytes()));
    assert_eq!(town.page_hears(1).status.code(), 100);
    assert_eq!(town.page_hears(1).status.code(), 403);
    assert!(town.to_server.is_empty() && town.door.asked.is_empty());
}

#[test]
fn a_strangers_stream_is_closed_when_it_will_not_be_told() {
    let mut town = Town::new();
    let arrival = Arrival {
        flow: Flow::Connection(9),
        transport: Transport::Tcp,
        remote: "10.0.0.66:40000".parse().unwrap(),
        ..Town::server_arrival()
    };
    town.input(Input::Opened(arrival, Vec::new()));
    for method in [Method::Register, Method::Invite, Method::Options]
        .iter()
        .cycle()
        .take(60)
    {
        let request = town.server_request(method.clone(), "sip:100@10.0.0.1", "scan", None);
        town.input(Input::Received(arrival, request.to_bytes()));
        assert_eq!(town.page_hears(9).status.code(), 403);
    }
    assert!(town.is_quiet() && town.border.is_idle());
    assert_eq!(town.closed, [Flow::Connection(9)]);
}

#[test]
fn a_page_that_acknowledges_nothing_takes_only_its_own_room() {
    let mut town = Town::new();
    town.opens(2);
    town.registered(1);
    let mut last = 0;
    for at in 0..100 {
        let mut request = invite(&mut town, &[], Some(OFFER));
        request.headers.set(HeaderName::CallId, format!("call{at}"));
        town.browser_sends(2, request.to_bytes());
        last = town.page_hears(2).status.code();
        while last == 100 {
            last = town.page_hears(2).status.code();
        }
    }
    assert_eq!(last, 503, "beyond its room");
    assert!(town.border.state.transactions.count() < 50);
    // It may still say what ends something, and others are not touched.
    let request = invite(&mut town, &[], Some(OFFER));
    town.browser_sends(1, request.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    assert_eq!(town.server_gets().method, Method::Invite);
}

#[test]
fn malformed_messages_are_told_and_answered_where_somebody_listens() {
    let mut town = Town::new();
    town.registered(1);
    town.told.clear();
    let invite = invite(&mut town, &[], Some(OFFER));
    let text = String::from_utf8(invite.to_bytes()).unwrap();
    let broken = text.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia");
    assert_ne!(text, broken);
    town.browser_sends(1, broken.into_bytes());
    assert!(town.page_hears(1).status.code() >= 400);
    assert!(matches!(town.told.as_slice(), [Tell::Malformed { .. }]));
    for _ in 0..20 {
        town.browser_sends(1, b"hello".to_vec());
    }
    assert!(town.is_quiet());
    assert_eq!(
        town.closed,
        [Flow::Connection(1)],
        "once, when it is too much"
    );
    town.browser_sends(1, b"\r\n\r\n".to_vec());
    assert_eq!(town.elsewhere.remove(0).1, b"\r\n", "a keep-alive's echo");
}

#[test]
fn a_page_has_only_so_many_bindings() {
    let mut town = Town::new();
    town.opens(1);
    for at in 0..4 {
        let contact = format!("<sip:x@y.invalid>;+sip.instance=\"<urn:uuid:{at}>\"");
        let register = town.page_request(
            Method::Register,
            "sip:example.com",
            ("reg", at + 1),
            &[(HeaderName::Contact, &contact)],
            None,
        );
        town.browser_sends(1, register.to_bytes());
        if at == 3 {
            assert_eq!(town.page_hears(1).status.code(), 403);
            break;
        }
        let upward = town.server_gets();
        let ours = upward.headers.get(&HeaderName::Contact).unwrap().to_owned();
        let ours = format!("{ours};expires=60");
        town.server_answers(&upward, 200, &[(HeaderName::Contact, &ours)], None);
        assert_eq!(town.page_hears(1).status.code(), 200);
    }
    assert_eq!(town.border.bindings(), 3);
}

#[test]
fn words_cross_both_ways_and_nothing_else_with_them() {
    let mut town = Town::new();
    let token = town.registered(1);
    let mut message =
        town.page_request(Method::Message, "sip:bob@example.com", ("m", 1), &[], None);
    message.set_body("text/plain;charset=utf-8", "grüezi".into());
    town.browser_sends(1, message.to_bytes());
    let inner = town.server_gets();
    assert_inner(&inner.to_bytes());
    assert_eq!(inner.body, "grüezi".as_bytes());
    town.server_answers(&inner, 202, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 202);

    let uri = format!("sip:{token}@10.0.0.1");
    let mut message = town.server_request(Method::Message, &uri, "mm", None);
    message.set_body("text/plain", b"hoi".to_vec());
    town.server_sends(message.to_bytes());
    let outer = town.page_gets(1);
    assert_outer(&outer.to_bytes());
    assert_eq!(outer.body, b"hoi");
    town.page_answers(1, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
    town.settle();
    let _ = ANSWER;
}
