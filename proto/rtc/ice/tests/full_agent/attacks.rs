//! ATTACKS rows 21 to 23, against the full agent.

use crate::finding::{a, b, two};
use crate::world::{HERE, Side, World, credentials};
use rtc_ice::full::{MAX_PAIRS, RemoteCandidate};
use rtc_ice::{Builder, Class, Message, TransactionId};
use std::net::SocketAddr;

fn stranger() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 66], 666))
}

fn settled() -> World {
    let mut world = two();
    world.meet();
    world.run(5);
    world.log.clear();
    world
}

fn name() -> String {
    format!("{}:{}", credentials(0, 0).ufrag, credentials(1, 0).ufrag)
}

#[test]
fn a21_a_check_without_our_password_moves_nothing_and_hears_nothing() {
    let mut world = settled();
    let request = || {
        Builder::new(Class::Request, TransactionId([9; 12]))
            .username(&name())
            .priority(u32::MAX)
            .controlled(0)
            .use_candidate()
    };
    let pwd = credentials(0, 0).pwd;
    let other = |username: &str| {
        Builder::new(Class::Request, TransactionId([9; 12]))
            .username(username)
            .use_candidate()
            .finish(&pwd)
    };
    for bytes in [
        request().finish("wrong"),
        request().finish(""),
        request().finish(&credentials(1, 0).pwd),
        request().finish_without_integrity(),
        request().finish_bare(),
        other("side0g0:evil"),
        other("side0g9:side1g0"),
        other(":"),
    ] {
        world.hand(0, HERE, stranger(), &bytes);
    }
    assert!(world.log.is_empty(), "nobody is answered");
    let agent = world.sides[0].full_agent();
    assert!(!agent.is_valid(stranger()));
    assert_eq!(agent.selected(), Some(b()));
    assert!(agent.is_controlling(), "and the role stays");
}

#[test]
fn a21_a_check_replayed_from_elsewhere_moves_nothing() {
    let mut world = two();
    world.meet();
    world.run(5);
    let theirs: Vec<_> = world
        .checks(1)
        .iter()
        .map(|(_, _, message)| message.transaction())
        .collect();
    let checks: Vec<Vec<u8>> = world
        .log
        .iter()
        .filter(|(_, side, ..)| *side == 1)
        .filter(|(.., bytes)| theirs.contains(&Message::parse(bytes).unwrap().transaction()))
        .map(|(.., bytes)| bytes.clone())
        .collect();
    world.log.clear();
    for bytes in checks {
        world.hand(0, HERE, stranger(), &bytes);
    }
    assert!(world.log.is_empty());
    assert!(!world.sides[0].full_agent().is_valid(stranger()));
    assert_eq!(world.sides[0].selected(), Some(b()));
}

#[test]
fn a21_a_response_that_is_forged_replayed_or_from_elsewhere_validates_nothing() {
    let mut world = two();
    world.sides[1].told[0].address = stranger();
    world.tell(0);
    world.run(1);
    let transaction = world.checks(0)[0].2.transaction();
    let forged = |pwd: &str, transaction| {
        Builder::new(Class::Success, transaction)
            .mapped_address(a())
            .finish(pwd)
    };
    let pwd = credentials(1, 0).pwd;
    for (from, bytes) in [
        (stranger(), forged("wrong", transaction)),
        (stranger(), forged(&credentials(0, 0).pwd, transaction)),
        (stranger(), forged(&pwd, TransactionId([3; 12]))),
        (b(), forged(&pwd, transaction)),
        (
            stranger(),
            Builder::new(Class::Error, transaction)
                .error(487, "Role Conflict")
                .finish("wrong"),
        ),
        (
            stranger(),
            Builder::new(Class::Success, transaction)
                .mapped_address(a())
                .finish_without_integrity(),
        ),
    ] {
        world.hand(0, HERE, from, &bytes);
        assert_eq!(world.sides[0].full_agent().addresses().count(), 0);
        assert!(world.sides[0].full_agent().is_controlling());
    }
    // The right one, after all of those.
    world.hand(0, HERE, stranger(), &forged(&pwd, transaction));
    assert!(world.sides[0].full_agent().is_valid(stranger()));
}

#[test]
fn a21_use_candidate_towards_whoever_controls_selects_nothing() {
    let mut world = two();
    world.tell(0);
    let check = Builder::new(Class::Request, TransactionId([9; 12]))
        .username(&name())
        .priority(1)
        .controlled(1)
        .use_candidate()
        .finish(&credentials(0, 0).pwd);
    world.hand(0, HERE, b(), &check);
    assert_eq!(world.sides[0].selected(), None);
}

#[test]
fn a22_an_authentic_check_with_unknown_demands_is_refused_and_not_learned() {
    let mut world = two();
    world.tell(0);
    let check = Builder::new(Class::Request, TransactionId([9; 12]))
        .username(&name())
        .attribute(0x7777, b"x")
        .finish(&credentials(0, 0).pwd);
    world.hand(0, HERE, stranger(), &check);
    let (.., bytes) = &world.log[0];
    assert_eq!(Message::parse(bytes).unwrap().error_code(), Some(420));
    assert!(!world.sides[0].full_agent().is_valid(stranger()));
}

#[test]
fn a23_an_answer_is_never_longer_than_its_check() {
    let mut world = two();
    world.meet();
    world.run(5);
    let checks = world.checks(1);
    let least = checks.iter().map(|_| ()).count();
    assert!(least > 0);
    let length = |class: Class| {
        let of_class = world.log.iter().filter(move |(.., bytes)| {
            Message::parse(bytes).is_ok_and(|message| message.class() == class)
        });
        of_class.map(|(.., bytes)| bytes.len()).collect::<Vec<_>>()
    };
    assert!(length(Class::Success).iter().max() < length(Class::Request).iter().min());
}

/// Somebody with a call of his own tells us addresses of others: they hear seven checks each at most, paced, and no address that is
/// everybody's or our own machine's hears any.
#[test]
fn a23_a_description_cannot_aim_a_flood() {
    let mut world = World::new([Side::full(0, &[a()], true), Side::full(1, &[b()], false)]);
    let aimed = [
        "255.255.255.255:5",
        "224.0.0.1:5",
        "127.0.0.1:22",
        "0.0.0.0:5",
        "192.0.2.50:0",
        "[ff02::1]:5",
        "[fe80::1]:5",
        "[::1]:5",
        "192.0.2.1:4000",
    ];
    world.sides[1].told = aimed
        .iter()
        .map(|text| text.parse().unwrap())
        .chain((0..200).map(|port| SocketAddr::from(([192, 0, 2, 80], 1000 + port))))
        .zip(0..)
        .map(|(address, number)| RemoteCandidate {
            address,
            priority: number,
            foundation: number,
        })
        .collect();
    world.tell(0);
    world.run(240);
    assert!(world.checks(0).len() <= MAX_PAIRS * 7);
    for (_, to, _) in world.checks(0) {
        assert_eq!(to.ip(), SocketAddr::from(([192, 0, 2, 80], 0)).ip());
    }
}

/// From a public address nothing private is probed: it would be our own network's.
#[test]
fn a24_private_candidates_are_probed_only_from_a_private_address() {
    let private = [
        "10.0.0.9:22",
        "172.16.0.1:80",
        "192.168.1.1:80",
        "100.64.0.1:80",
        "169.254.169.254:80",
        "[::ffff:10.0.0.9]:22",
        "[fd00::1]:80",
        "127.0.0.1:80",
    ];
    let ours = [
        (a(), 0),
        (SocketAddr::from(([192, 168, 1, 5], 4000)), 4),
        (SocketAddr::from(([127, 0, 0, 1], 4000)), 5),
    ];
    for (ours, count) in ours {
        let mut world = World::new([Side::full(0, &[ours], true), Side::full(1, &[b()], false)]);
        world.sides[1].told = private
            .iter()
            .zip(0..)
            .map(|(text, number)| RemoteCandidate {
                address: text.parse().unwrap(),
                priority: number,
                foundation: number,
            })
            .collect();
        world.tell(0);
        world.run(2);
        let asked: std::collections::BTreeSet<_> =
            world.checks(0).iter().map(|(_, to, _)| *to).collect();
        assert_eq!(asked.len(), count, "{ours}: {asked:?}");
    }
}

/// The far end checks from ever new addresses, as one that forges senders does: the table is bounded, the selected pair stays.
#[test]
fn a23_checks_from_everywhere_push_nobody_out() {
    let mut world = settled();
    let mut id = 0_u16;
    for port in 1..2000 {
        id += 1;
        let mut transaction = [0; 12];
        transaction[..2].copy_from_slice(&id.to_be_bytes());
        let check = Builder::new(Class::Request, TransactionId(transaction))
            .username(&name())
            .priority(1)
            .controlled(1)
            .finish(&credentials(0, 0).pwd);
        let from = SocketAddr::from(([203, 0, 113, 7], port));
        world.hand(0, HERE, from, &check);
        assert!(world.sides[0].full_agent().addresses().count() <= MAX_PAIRS);
    }
    assert_eq!(world.sides[0].selected(), Some(b()));
    world.run(120);
    assert_eq!(world.sides[0].selected(), Some(b()));
}
