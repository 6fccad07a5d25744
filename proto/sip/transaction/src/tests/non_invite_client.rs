use super::*;
use crate::{T4, TRANSACTION_TIMEOUT};

fn bye() -> Request {
    request("BYE", "z9hG4bKbye")
}

#[test]
fn nobody_answers_and_timer_e_doubles_to_t2_until_timer_f_gives_up() {
    let mut alice = Side::over_udp();
    alice.sends(&bye());
    let mut sent_at = vec![];
    for step in 0..640 {
        if !alice.sent().is_empty() {
            sent_at.push(step * 50);
        }
        alice.waits(50 * MS);
    }
    assert_eq!(
        sent_at,
        [
            0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
        ]
    );
    assert_eq!(alice.told(), ["failed, timed out: true", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn after_a_100_timer_e_is_t2() {
    let mut alice = Side::over_udp();
    alice.sends(&bye());
    alice.hears_response(&bye(), 100);
    assert_eq!(alice.sent(), ["BYE"]);
    // The pause that had begun ends as it began.
    alice.waits(500 * MS);
    assert_eq!(alice.sent(), ["BYE"]);
    alice.waits(3999 * MS);
    assert!(alice.sent().is_empty());
    alice.waits(MS);
    assert_eq!(alice.sent(), ["BYE"]);
    alice.waits(TRANSACTION_TIMEOUT);
    assert_eq!(
        alice.told(),
        ["100", "failed, timed out: true", "client ended"]
    );
}

#[test]
fn a_final_response_is_told_once_and_repeats_are_absorbed_for_timer_k() {
    let mut alice = Side::over_udp();
    alice.sends(&bye());
    alice.hears_response(&bye(), 200);
    alice.hears_response(&bye(), 200);
    assert_eq!(alice.told(), ["200"]);
    alice.waits(T4 - MS);
    assert!(alice.told().is_empty());
    alice.waits(MS);
    assert_eq!(alice.told(), ["client ended"]);
    assert_eq!(alice.sent(), ["BYE"]);
    assert!(alice.is_idle());
}

#[test]
fn over_tcp_nothing_is_repeated_and_timer_k_is_zero() {
    let mut alice = Side::over_tcp();
    alice.sends(&bye());
    alice.waits(20_000 * MS);
    assert_eq!(alice.sent(), ["BYE"]);
    alice.hears_response(&bye(), 481);
    assert_eq!(alice.told(), ["481", "client ended"]);
    assert!(alice.is_idle());
}

#[test]
fn over_tcp_timer_f_gives_up_all_the_same() {
    let mut alice = Side::over_tcp();
    alice.sends(&bye());
    alice.waits(TRANSACTION_TIMEOUT);
    assert_eq!(alice.told(), ["failed, timed out: true", "client ended"]);
}

#[test]
fn the_connection_dies_and_only_the_unanswered_request_fails() {
    let mut alice = Side::over_udp();
    let options = request("OPTIONS", "z9hG4bKopt");
    alice.sends(&bye());
    alice.sends(&options);
    alice.hears_response(&options, 200);
    alice.told();
    alice.table.flow_closed(alice.now, udp());
    assert_eq!(
        alice.told(),
        ["failed, timed out: false", "client ended", "client ended"]
    );
    assert!(alice.is_idle());
}
