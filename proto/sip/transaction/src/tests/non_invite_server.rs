use super::*;
use crate::TRANSACTION_TIMEOUT;

fn options() -> Request {
    request("OPTIONS", "z9hG4bKopt")
}

#[test]
fn repeats_are_absorbed_while_trying_and_answered_until_timer_j() {
    let mut bob = Side::over_udp();
    let (key, options) = bob.is_asked(&options());
    bob.hears_request(&self::options());
    assert!(bob.sent().is_empty());
    bob.answers(&key, &options, 200);
    bob.hears_request(&self::options());
    assert_eq!(bob.sent(), ["200", "200"]);
    bob.waits(TRANSACTION_TIMEOUT - MS);
    assert!(bob.told().is_empty());
    bob.waits(MS);
    assert_eq!(bob.told(), ["server ended"]);
    assert!(bob.is_idle());
}

#[test]
fn over_tcp_timer_j_is_zero() {
    let mut bob = Side::over_tcp();
    let (key, options) = bob.is_asked(&options());
    bob.answers(&key, &options, 200);
    assert_eq!(bob.sent(), ["200"]);
    assert_eq!(bob.told(), ["server ended"]);
    assert!(bob.is_idle());
}

#[test]
fn a_slow_answer_is_preceded_by_one_100_after_3_5_seconds() {
    let mut bob = Side::over_udp();
    let (key, options) = bob.is_asked(&options());
    bob.answers(&key, &options, 100);
    bob.answers(&key, &options, 180);
    bob.waits(3499 * MS);
    assert!(bob.sent().is_empty(), "RFC 4320 §4.1");
    bob.waits(MS);
    assert_eq!(bob.sent(), ["100"]);
    bob.hears_request(&self::options());
    assert_eq!(bob.sent(), ["100"]);
    bob.answers(&key, &options, 200);
    assert_eq!(bob.sent(), ["200"]);
}

#[test]
fn no_408_is_sent_to_a_non_invite() {
    let mut bob = Side::over_udp();
    let (key, options) = bob.is_asked(&options());
    bob.answers(&key, &options, 408);
    assert!(bob.sent().is_empty(), "RFC 4320 §4.2");
    assert_eq!(bob.told(), ["server ended"]);
}

#[test]
fn what_nobody_answers_ends_in_silence_when_the_peer_has_given_up() {
    let mut bob = Side::over_udp();
    let (key, options) = bob.is_asked(&options());
    bob.waits(TRANSACTION_TIMEOUT);
    assert_eq!(bob.told(), ["server ended"]);
    bob.sent();
    bob.answers(&key, &options, 200);
    assert!(bob.sent().is_empty(), "too late to be of use");
    assert!(bob.is_idle());
}

#[test]
fn a_second_final_response_is_never_sent() {
    let mut bob = Side::over_udp();
    let (key, options) = bob.is_asked(&options());
    bob.answers(&key, &options, 404);
    bob.answers(&key, &options, 200);
    bob.hears_request(&self::options());
    assert_eq!(bob.sent(), ["404", "404"]);
}
