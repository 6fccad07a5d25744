use super::*;
use crate::{T4, TRANSACTION_TIMEOUT};

fn invite() -> Request {
    request("INVITE", "z9hG4bKinv")
}

fn ack() -> Request {
    request("ACK", "z9hG4bKinv")
}

fn cancel() -> Request {
    request("CANCEL", "z9hG4bKinv")
}

#[test]
fn the_100_leaves_at_once_and_answers_repeats() {
    let mut bob = Side::over_udp();
    bob.hears_request(&invite());
    bob.hears_request(&invite());
    assert_eq!(bob.sent(), ["100", "100"]);
    assert_eq!(bob.told(), ["request INVITE"]);
}

#[test]
fn a_repeated_invite_gets_the_last_provisional_response() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 100);
    assert!(bob.sent().is_empty(), "the 100 has left already");
    bob.answers(&key, &invite, 180);
    bob.hears_request(&self::invite());
    assert_eq!(bob.sent(), ["180", "180"]);
}

#[test]
fn a_refusal_is_repeated_by_timer_g_until_the_ack_and_absorbed_for_timer_i() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 486);
    bob.waits(500 * MS);
    bob.waits(1000 * MS);
    bob.hears_request(&self::invite());
    assert_eq!(bob.sent(), ["486", "486", "486", "486"]);
    bob.hears_request(&ack());
    bob.hears_request(&ack());
    bob.hears_request(&self::invite());
    assert!(bob.told().is_empty(), "its ACK belongs to the transaction");
    bob.waits(T4 - MS);
    assert!(bob.sent().is_empty());
    assert!(bob.told().is_empty());
    bob.waits(MS);
    assert_eq!(bob.told(), ["server ended"]);
    assert!(bob.is_idle());
}

#[test]
fn a_refusal_never_acked_is_repeated_up_to_t2_and_ends_with_timer_h() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 486);
    let mut sent_at = vec![];
    for step in 0..640 {
        if !bob.sent().is_empty() {
            sent_at.push(step * 50);
        }
        bob.waits(50 * MS);
    }
    assert_eq!(
        sent_at,
        [
            0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
        ]
    );
    assert_eq!(bob.told(), ["no ack", "server ended"]);
    assert!(bob.is_idle());
}

#[test]
fn over_tcp_a_refusal_is_sent_once_and_the_ack_ends_it() {
    let mut bob = Side::over_tcp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 486);
    bob.waits(10_000 * MS);
    assert_eq!(bob.sent(), ["486"]);
    bob.hears_request(&ack());
    assert_eq!(bob.told(), ["server ended"]);
    assert!(bob.is_idle());
}

#[test]
fn over_tcp_timer_h_waits_for_the_ack_too() {
    let mut bob = Side::over_tcp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 500);
    bob.waits(TRANSACTION_TIMEOUT);
    assert_eq!(bob.told(), ["no ack", "server ended"]);
}

#[test]
fn after_a_2xx_repeats_are_absorbed_and_the_dialog_repeats_its_answer() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 200);
    bob.hears_request(&self::invite());
    assert_eq!(bob.sent(), ["200"]);
    bob.answers(&key, &invite, 200);
    assert_eq!(bob.sent(), ["200"]);
    bob.hears_request(&request("ACK", "z9hG4bKother"));
    bob.hears_request(&ack());
    assert_eq!(
        bob.told(),
        ["ack", "ack"],
        "also from a peer that kept the branch"
    );
    bob.waits(TRANSACTION_TIMEOUT);
    assert_eq!(bob.told(), ["server ended"], "timer L");
    assert!(bob.is_idle());
}

#[test]
fn a_second_final_response_is_never_sent() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 200);
    bob.answers(&key, &invite, 487);
    bob.answers(&key, &invite, 180);
    assert_eq!(bob.sent(), ["200"]);
    let (key, invite) = bob.is_asked(&request("INVITE", "z9hG4bKtwo"));
    bob.answers(&key, &invite, 487);
    bob.answers(&key, &invite, 200);
    assert_eq!(bob.sent(), ["487"]);
}

#[test]
fn a_cancel_is_answered_here_and_told_once() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 180);
    bob.sent();
    bob.hears_request(&cancel());
    bob.hears_request(&cancel());
    let sent = bob.sent_messages();
    for message in &sent {
        let Message::Response(response) = message else {
            panic!("not a response");
        };
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.headers.cseq().unwrap().method.as_str(), "CANCEL");
        assert_eq!(response.headers.to().unwrap().tag(), Some("b1"), "§9.2");
    }
    assert_eq!(sent.len(), 2);
    let told = bob.told_events();
    let [Event::Cancel { invite: hit, .. }] = told.as_slice() else {
        panic!("expected one CANCEL, was told {told:?}");
    };
    assert_eq!(*hit, key);
    bob.answers(&key, &invite, 487);
    assert_eq!(bob.sent(), ["487"]);
    bob.hears_request(&ack());
    bob.waits(T4);
    assert!(bob.is_idle());
}

#[test]
fn a_cancel_after_the_answer_has_no_effect() {
    let mut bob = Side::over_udp();
    let (key, invite) = bob.is_asked(&invite());
    bob.answers(&key, &invite, 200);
    bob.hears_request(&cancel());
    assert_eq!(bob.sent(), ["200", "200"]);
    assert!(bob.told().is_empty());
}

#[test]
fn a_cancel_that_hits_nothing_gets_481_with_a_stable_tag() {
    let mut bob = Side::over_udp();
    bob.hears_request(&cancel());
    bob.hears_request(&cancel());
    let sent = bob.sent_messages();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    let Message::Response(response) = &sent[0] else {
        panic!("not a response");
    };
    assert_eq!(response.status.code(), 481);
    assert!(response.headers.to().unwrap().tag().is_some());
    assert!(bob.told().is_empty());
    assert!(bob.is_idle());
}

#[test]
fn a_browser_cannot_cancel_anothers_invite() {
    let mut bob = Side::over_websocket();
    bob.is_asked(&invite());
    bob.flow = Flow::Connection(8);
    bob.hears_request(&cancel());
    assert_eq!(bob.sent(), ["481"]);
    assert!(bob.told().is_empty());
}

#[test]
fn an_ack_to_nothing_is_told_and_an_early_one_is_not() {
    let mut bob = Side::over_udp();
    bob.hears_request(&ack());
    assert_eq!(bob.told(), ["ack"]);
    bob.is_asked(&invite());
    bob.hears_request(&ack());
    assert!(bob.told().is_empty());
    assert!(bob.sent().is_empty(), "an ACK is never answered");
}

#[test]
fn the_connection_dies_and_the_transaction_ends_in_silence() {
    let mut bob = Side::over_websocket();
    let (key, invite) = bob.is_asked(&invite());
    bob.table.flow_closed(bob.now, connection());
    bob.answers(&key, &invite, 200);
    assert!(bob.sent().is_empty());
    assert_eq!(bob.told(), ["server ended"]);
    assert!(bob.is_idle());
}
