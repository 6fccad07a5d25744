//! A browser's checks against the lite agent, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use proto_base::Time;
use rtc_ice::check::{self, Check, Response};
use rtc_ice::{
    Builder, CONSENT, Class, Credentials, FIRST_CHECK_WAIT, Failure, INITIAL_WAIT, Lite, MAX_PAIRS,
    Message, Refused, TransactionId,
};
use std::net::SocketAddr;
use std::time::Duration;

fn ours() -> Credentials {
    Credentials::new("0000ours", "our-password-of-22-chars")
}

fn browser() -> Credentials {
    Credentials::new("brow", "browser-password-of-24-c")
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 5], port))
}

fn at(seconds: u64) -> Time {
    Time::from_micros(seconds * 1_000_000)
}

/// A check as a browser sends it.
fn request(number: u8, priority: u32, nominate: bool) -> Vec<u8> {
    Check {
        transaction: TransactionId([number; 12]),
        priority,
        tie_breaker: 7,
        nominate,
    }
    .to_bytes(&browser(), &ours())
}

fn send(lite: &mut Lite, now: Time, port: u16, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let message = Message::parse(bytes).unwrap();
    lite.handle(now, address(port), &message)
}

fn agent() -> Lite {
    Lite::new(at(0), ours(), Some("brow"))
}

#[test]
fn a_check_is_answered_with_its_senders_address() {
    let mut lite = agent();
    let answer = send(&mut lite, at(1), 4000, &request(1, 100, false)).unwrap();
    let message = Message::parse(&answer).unwrap();
    assert_eq!(
        check::response(&message, &ours().pwd),
        Some((TransactionId([1; 12]), Response::Valid(address(4000))))
    );
    assert!(
        answer.len() < request(1, 100, false).len(),
        "no amplification"
    );
    assert!(lite.is_valid(address(4000)) && !lite.is_valid(address(4001)));
    assert_eq!(lite.selected(), None, "not nominated yet");
    assert_eq!(lite.best(), Some(address(4000)));

    send(&mut lite, at(1), 4000, &request(2, 100, true)).unwrap();
    assert_eq!(lite.selected(), Some(address(4000)));
}

#[test]
fn a_stranger_gets_no_answer_and_leaves_no_trace() {
    let mut lite = agent();
    let id = TransactionId([1; 12]);
    let good = || {
        Builder::new(Class::Request, id)
            .username("0000ours:brow")
            .priority(9)
            .use_candidate()
    };
    let no_username = Builder::new(Class::Request, id).use_candidate();
    let other_name = Builder::new(Class::Request, id).username("0000other:brow");
    let other_browser = Builder::new(Class::Request, id).username("0000ours:evil");
    for (bytes, why) in [
        (good().finish("wrong"), Refused::NotAuthentic),
        (good().finish(""), Refused::NotAuthentic),
        (good().finish_without_integrity(), Refused::NotACheck),
        (good().finish_bare(), Refused::NotACheck),
        (no_username.finish(&ours().pwd), Refused::NotACheck),
        (other_name.finish(&ours().pwd), Refused::WrongUsername),
        (other_browser.finish(&ours().pwd), Refused::WrongUsername),
        (
            Builder::new(Class::Success, id)
                .username("0000ours:brow")
                .finish(&ours().pwd),
            Refused::NotACheck,
        ),
        (
            Builder::new(Class::Indication, id)
                .username("0000ours:brow")
                .finish(&ours().pwd),
            Refused::NotACheck,
        ),
    ] {
        assert_eq!(send(&mut lite, at(1), 666, &bytes), Err(why));
    }
    assert_eq!(lite.addresses().count(), 0);
    assert_eq!(lite.best(), None);
}

#[test]
fn checks_that_overtake_the_answer_are_kept_if_the_answer_confirms_them() {
    let mut lite = Lite::new(at(0), ours(), None);
    assert_eq!(lite.poll_timeout(), None, "a phone may ring for minutes");
    send(&mut lite, at(1), 4000, &request(1, 100, true)).unwrap();
    let fork = Check {
        transaction: TransactionId([2; 12]),
        priority: 200,
        tie_breaker: 8,
        nominate: true,
    }
    .to_bytes(&Credentials::new("fork", "-"), &ours());
    send(&mut lite, at(1), 5000, &fork).unwrap();
    assert_eq!(lite.selected(), Some(address(5000)));

    lite.apply(at(2), &ours(), Some("brow"));
    assert!(lite.is_valid(address(4000)));
    assert!(!lite.is_valid(address(5000)), "another fork's");
    assert_eq!(lite.selected(), None);
    send(&mut lite, at(2), 4000, &request(3, 100, true)).unwrap();
    assert_eq!(lite.selected(), Some(address(4000)));
}

#[test]
fn a_controlled_peer_is_told_of_the_role_conflict() {
    let mut lite = agent();
    let bytes = Builder::new(Class::Request, TransactionId([1; 12]))
        .username("0000ours:brow")
        .controlled(5)
        .finish(&ours().pwd);
    let answer = send(&mut lite, at(1), 4000, &bytes).unwrap();
    let message = Message::parse(&answer).unwrap();
    assert_eq!(message.error_code(), Some(487));
    assert!(message.is_authentic(&ours().pwd));
    assert_eq!(lite.best(), None, "no pair from it");
}

#[test]
fn attributes_of_chrome_are_tolerated_and_unknown_demands_are_refused() {
    let mut lite = agent();
    // GOOG-NETWORK-INFO and NOMINATION are comprehension-optional.
    let chrome = Builder::new(Class::Request, TransactionId([1; 12]))
        .username("0000ours:brow")
        .attribute(0xC057, &[0, 1, 0, 10])
        .attribute(0xC001, &[0, 0, 0, 1])
        .controlling(1)
        .finish(&ours().pwd);
    send(&mut lite, at(1), 4000, &chrome).unwrap();
    assert!(lite.is_valid(address(4000)));

    let demanding = Builder::new(Class::Request, TransactionId([2; 12]))
        .username("0000ours:brow")
        .attribute(0x7777, &[])
        .finish(&ours().pwd);
    let answer = send(&mut lite, at(1), 4001, &demanding).unwrap();
    assert_eq!(Message::parse(&answer).unwrap().error_code(), Some(420));
    assert!(!lite.is_valid(address(4001)));
}

#[test]
fn aggressive_nomination_ends_at_the_best_pair_whatever_the_order() {
    for order in [
        [(4000, 300), (4001, 200), (4002, 100)],
        [(4002, 100), (4000, 300), (4001, 200)],
    ] {
        let mut lite = agent();
        for (number, (port, priority)) in (1..).zip(order) {
            send(&mut lite, at(1), port, &request(number, priority, true)).unwrap();
        }
        assert_eq!(lite.selected(), Some(address(4000)));
    }
}

#[test]
fn a_browser_moves_to_a_worse_network_by_nominating_it() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(1, 300, true)).unwrap();
    // The Wi-Fi is gone; only the mobile network is checked now. A retransmission is not a second nomination.
    let first = request(2, 100, true);
    send(&mut lite, at(10), 5000, &first).unwrap();
    send(&mut lite, at(10), 5000, &first).unwrap();
    assert_eq!(lite.selected(), Some(address(4000)));
    send(&mut lite, at(11), 5000, &request(3, 100, true)).unwrap();
    assert_eq!(lite.selected(), Some(address(5000)));
}

#[test]
fn a_check_replayed_from_elsewhere_moves_nothing() {
    let mut lite = agent();
    let captured = request(1, 300, true);
    send(&mut lite, at(1), 4000, &captured).unwrap();
    let another = request(2, 300, true);
    send(&mut lite, at(2), 4000, &another).unwrap();
    for bytes in [captured, another] {
        assert_eq!(send(&mut lite, at(3), 666, &bytes), Err(Refused::Replayed));
    }
    assert_eq!(lite.selected(), Some(address(4000)));
    assert!(!lite.is_valid(address(666)));
}

#[test]
fn after_a_restart_the_old_pair_serves_until_the_new_one_is_nominated() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(1, 300, true)).unwrap();
    let (new_ours, new_theirs) = (
        Credentials::new("0000new1", "another-password-22-char"),
        Credentials::new("bro2", "-"),
    );
    lite.apply(at(10), &new_ours, Some("bro2"));
    assert_eq!(lite.selected(), Some(address(4000)));
    assert!(!lite.is_settled());
    assert_eq!(lite.ufrags().collect::<Vec<_>>(), ["0000new1", "0000ours"]);
    // Consent checks under the old name still count.
    send(&mut lite, at(11), 4000, &request(2, 300, true)).unwrap();

    let check = |number: u8, nominate| {
        Check {
            transaction: TransactionId([number; 12]),
            priority: 100,
            tie_breaker: 7,
            nominate,
        }
        .to_bytes(&new_theirs, &new_ours)
    };
    send(&mut lite, at(12), 6000, &check(3, false)).unwrap();
    assert_eq!(lite.selected(), Some(address(4000)));
    send(&mut lite, at(12), 6000, &check(4, true)).unwrap();
    assert_eq!(lite.selected(), Some(address(6000)));
    assert!(lite.is_settled());
    assert_eq!(
        send(&mut lite, at(13), 4000, &request(5, 300, true)),
        Err(Refused::WrongUsername)
    );
    lite.apply(at(14), &new_ours, Some("bro2"));
    assert_eq!(lite.selected(), Some(address(6000)), "the same again");
}

#[test]
fn consent_is_lost_after_thirty_silent_seconds() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(1, 300, true)).unwrap();
    send(&mut lite, at(20), 4000, &request(2, 300, false)).unwrap();
    assert_eq!(lite.poll_timeout(), Some(at(20) + CONSENT));
    lite.handle_timeout(at(49), None);
    assert_eq!(lite.selected(), Some(address(4000)));
    lite.handle_timeout(at(50), None);
    assert_eq!(lite.failure(), Some(Failure::ConsentLost));
    assert_eq!((lite.selected(), lite.best()), (None, None));
    assert_eq!(lite.poll_timeout(), None);
    assert_eq!(
        send(&mut lite, at(51), 4000, &request(3, 300, true)),
        Err(Refused::Failed),
        "RFC 7675 §5.1: only a restart revives it"
    );
    lite.apply(at(52), &Credentials::new("0000again", "x"), Some("brow"));
    assert_eq!(lite.failure(), None);
}

#[test]
fn a_browser_that_never_nominates_is_given_up_after_the_patience_of_rfc_8863() {
    let mut lite = agent();
    assert!(INITIAL_WAIT >= Duration::from_millis(39_500));
    for (number, second) in (1..).zip([100, 120, 139]) {
        send(&mut lite, at(second), 4000, &request(number, 100, false)).unwrap();
        assert_eq!(
            lite.poll_timeout(),
            Some((at(second) + CONSENT).min(at(140)))
        );
        lite.handle_timeout(at(second), None);
    }
    assert_eq!(lite.failure(), None);
    lite.handle_timeout(at(140), None);
    assert_eq!(lite.failure(), Some(Failure::NoPair));
}

#[test]
fn a_browser_that_never_checks_is_given_up_when_no_telephone_rings_any_more() {
    let mut lite = agent();
    assert_eq!(lite.poll_timeout(), Some(at(0) + FIRST_CHECK_WAIT));
    assert!(FIRST_CHECK_WAIT > Duration::from_secs(180), "Timer C");
    lite.handle_timeout(at(239), None);
    assert_eq!(lite.failure(), None);
    lite.handle_timeout(at(240), None);
    assert_eq!(lite.failure(), Some(Failure::NoPair));
}

#[test]
fn a_restart_that_comes_to_nothing_leaves_the_old_pair() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(1, 300, true)).unwrap();
    lite.apply(at(10), &Credentials::new("0000new1", "y"), Some("bro2"));
    for (number, second) in (2..).zip((15..=300).step_by(5)) {
        send(&mut lite, at(second), 4000, &request(number, 300, true)).unwrap();
        lite.handle_timeout(at(second), None);
    }
    assert_eq!(lite.selected(), Some(address(4000)));
    lite.handle_timeout(at(330), None);
    assert_eq!(lite.failure(), Some(Failure::ConsentLost));
}

#[test]
fn when_the_old_pair_dies_in_a_restart_the_new_one_must_come_soon() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(1, 300, true)).unwrap();
    lite.apply(at(10), &Credentials::new("0000new1", "y"), Some("bro2"));
    lite.handle_timeout(at(31), None);
    assert_eq!((lite.selected(), lite.failure()), (None, None));
    assert_eq!(lite.poll_timeout(), Some(at(31) + INITIAL_WAIT));
    lite.handle_timeout(at(71), None);
    assert_eq!(lite.failure(), Some(Failure::NoPair));
}

#[test]
fn addresses_are_bounded_and_the_selected_one_is_never_given_up() {
    let mut lite = agent();
    send(&mut lite, at(1), 4000, &request(0, 300, true)).unwrap();
    for number in 1..=100_u8 {
        let port = 5000 + u16::from(number);
        send(&mut lite, at(2), port, &request(number, 100, false)).unwrap();
    }
    assert_eq!(lite.addresses().count(), MAX_PAIRS);
    assert_eq!(lite.selected(), Some(address(4000)));
}
