use crate::world::{Agent, Fault, HERE, Nat, Side, World};
use rtc_ice::full::{MAX_PAIRS, RemoteCandidate, TA};
use rtc_ice::{FIRST_CHECK_WAIT, Failure, INITIAL_WAIT};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) fn a() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

pub(crate) fn b() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 2], 5000))
}

/// Two full agents, the first of which controls.
pub(crate) fn two() -> World {
    World::new([Side::full(0, &[a()], true), Side::full(1, &[b()], false)])
}

#[test]
fn two_full_agents_find_a_pair_and_both_know_it() {
    let mut world = two();
    world.meet();
    world.run(1);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
    assert!(world.sides[0].full_agent().is_controlling());
    assert!(!world.sides[1].full_agent().is_controlling());
    assert_eq!(world.sides[0].full_agent().selected_socket(), Some(HERE));
}

#[test]
fn a_pair_is_found_whatever_one_message_suffers() {
    for (controlling, lite) in [(true, false), (true, true), (false, false)] {
        let stories =
            (0..12).flat_map(|nth| [Fault::Lost(nth), Fault::Doubled(nth), Fault::Late(nth)]);
        for fault in stories {
            let far = if lite {
                Side::lite(1, &[b()])
            } else {
                Side::full(1, &[b()], !controlling)
            };
            let mut world = World::new([Side::full(0, &[a()], controlling), far]);
            world.fault = fault;
            world.meet();
            world.run(10);
            assert_eq!(world.sides[0].selected(), Some(b()), "{fault:?} {lite}");
            assert_eq!(world.sides[1].selected(), Some(a()), "{fault:?} {lite}");
            // Nothing is left but consent: one check in five seconds or so.
            world.log.clear();
            world.run(60);
            let checks = world.checks(0).len();
            assert!((10..=15).contains(&checks), "{checks} {fault:?} {lite}");
        }
    }
}

#[test]
fn a_third_of_all_messages_may_be_lost() {
    for seed in 0..20 {
        let mut world = two();
        world.fault = Fault::None;
        world.meet();
        let mut random = proto_base::Random::from_number(seed);
        for _ in 0..3000 {
            if world.sides.iter().all(|side| side.selected().is_some()) {
                break;
            }
            let next = world.carried;
            world.fault = if random.u32().is_multiple_of(3) {
                Fault::Lost(next)
            } else {
                Fault::None
            };
            world.run_until(world.now + Duration::from_millis(50));
        }
        assert_eq!(world.sides[0].selected(), Some(b()), "{seed}");
        assert_eq!(world.sides[1].selected(), Some(a()), "{seed}");
    }
}

#[test]
fn two_who_both_want_to_control_settle_it_by_their_tie_breakers() {
    for controlling in [true, false] {
        let mut world = World::new([
            Side::full(0, &[a()], controlling),
            Side::full(1, &[b()], controlling),
        ]);
        world.meet();
        world.run(3);
        let roles = [0, 1].map(|side| world.sides[side].full_agent().is_controlling());
        assert_ne!(roles[0], roles[1], "{controlling}");
        assert_eq!(world.sides[0].selected(), Some(b()));
        assert_eq!(world.sides[1].selected(), Some(a()));
    }
}

#[test]
fn a_lite_far_end_is_controlled_whatever_role_we_began_with() {
    for controlling in [true, false] {
        let mut world = World::new([Side::full(0, &[a()], controlling), Side::lite(1, &[b()])]);
        world.meet();
        world.run(3);
        assert!(world.sides[0].full_agent().is_controlling());
        assert_eq!(world.sides[0].selected(), Some(b()));
        assert_eq!(world.sides[1].selected(), Some(a()));
    }
}

#[test]
fn a_far_end_behind_a_symmetric_nat_is_learned_from_its_checks() {
    for controlling in [true, false] {
        let mut world = World::new([
            Side::full(0, &[a()], controlling),
            Side::full(1, &[SocketAddr::from(([10, 0, 0, 5], 5000))], !controlling),
        ]);
        world.sides[1].nat = Nat::Symmetric;
        world.meet();
        world.run(3);
        let seen = world.sides[0].selected().unwrap();
        assert_eq!(seen.ip(), SocketAddr::from(([198, 51, 100, 2], 0)).ip());
        assert_eq!(world.sides[1].selected(), Some(a()), "{controlling}");
        assert!(world.sides[0].full_agent().is_valid(seen));
    }
}

/// What a browser hides behind an mDNS name is left out of the plan: its first check shows where it is.
#[test]
fn a_browser_whose_candidates_are_only_mdns_names_is_learned_as_peer_reflexive() {
    for controlling in [true, false] {
        let mut world = World::new([
            Side::full(0, &[a()], controlling),
            Side::full(1, &[b()], !controlling),
        ]);
        world.sides[1].told.clear();
        world.meet();
        world.run(3);
        assert_eq!(world.sides[0].selected(), Some(b()), "{controlling}");
        assert_eq!(world.sides[1].selected(), Some(a()), "{controlling}");
    }
}

#[test]
fn checks_that_overtake_the_description_are_answered_and_kept() {
    let mut world = two();
    world.tell(0);
    world.run(2);
    assert_eq!(
        world.sides[1].selected(),
        None,
        "whom to check it knows not"
    );
    assert!(world.checks(1).is_empty());
    assert!(world.sides[1].full_agent().is_valid(a()));
    world.tell(1);
    world.run(2);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn candidates_that_trickle_in_are_checked_too() {
    let mut world = two();
    let good = std::mem::take(&mut world.sides[1].told);
    world.sides[1].told = vec![RemoteCandidate {
        address: SocketAddr::from(([192, 0, 2, 99], 9)),
        priority: 5,
        foundation: 9,
    }];
    world.sides[1].ended = false;
    world.tell(0);
    world.run(5);
    assert_eq!(world.sides[0].selected(), None);
    world.sides[1].told.extend(good);
    world.sides[1].ended = true;
    world.meet();
    world.run(2);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn each_family_is_paired_with_its_like() {
    let six = |last: u16, port| SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, last], port));
    let mut world = World::new([
        Side::full(0, &[a(), six(1, 4000)], true),
        Side::full(1, &[six(2, 5000)], false),
    ]);
    world.meet();
    world.run(2);
    assert_eq!(world.sides[0].selected(), Some(six(2, 5000)));
    assert_eq!(world.sides[1].selected(), Some(six(1, 4000)));
    let socket = world.sides[0].full_agent().selected_socket();
    assert_eq!(socket.map(|it| it.0), Some(1));
}

#[test]
fn no_two_checks_begin_within_the_pace() {
    let mut world = two();
    world.sides[1].nat = Nat::Cut;
    world.sides[1].told = (0..20)
        .map(|number| RemoteCandidate {
            address: SocketAddr::from(([192, 0, 2, 77], 1000 + number)),
            priority: u32::from(number),
            foundation: u32::from(number),
        })
        .collect();
    world.tell(0);
    world.run(200);
    let mut begun = std::collections::BTreeMap::new();
    for (at, _, message) in world.checks(0) {
        begun.entry(message.transaction()).or_insert(at);
    }
    assert_eq!(begun.len(), 20);
    let mut moments: Vec<_> = begun.into_values().collect();
    moments.sort();
    for pair in moments.windows(2) {
        assert!(pair[1].since(pair[0]) >= TA);
    }
    // RFC 8489 §6.2.1: seven times each, and then no more.
    assert_eq!(world.log.len(), 20 * 7);
}

#[test]
fn pairs_of_one_foundation_wait_for_the_first_of_them() {
    let mut world = two();
    world.sides[1].nat = Nat::Cut;
    world.sides[1].told = (0..4)
        .map(|number| RemoteCandidate {
            address: SocketAddr::from(([192, 0, 2, 77], 1000 + number)),
            priority: u32::from(number),
            foundation: 1,
        })
        .collect();
    world.tell(0);
    world.run_until(world.now + Duration::from_secs(30));
    let mut asked: Vec<_> = world.checks(0).iter().map(|(_, to, _)| to.port()).collect();
    asked.dedup();
    assert_eq!(asked, [1003], "the best of them first");
    world.run(30);
    let more: std::collections::BTreeSet<_> =
        world.checks(0).iter().map(|(_, to, _)| to.port()).collect();
    assert!(more.len() > 1, "when it has failed, the next");
}

#[test]
fn a_far_end_that_stays_silent_is_given_up_with_patience() {
    let mut world = two();
    world.sides[1].nat = Nat::Cut;
    world.tell(0);
    let start = world.now;
    world.run_until(start + (FIRST_CHECK_WAIT - Duration::from_secs(1)));
    assert_eq!(world.sides[0].full_agent().failure(), None);
    world.run(2);
    let agent = world.sides[0].full_agent();
    assert_eq!(agent.failure(), Some(Failure::NoPair));
    assert_eq!(agent.poll_timeout(), None, "nothing is left to do");
    assert_eq!(agent.addresses().count(), 0);
}

/// RFC 8863 §4: failed checks alone are no reason to give up before 39.5 s.
#[test]
fn a_far_end_heard_once_is_given_up_after_the_patience_of_rfc_8863() {
    let mut world = two();
    world.meet();
    world.sides[0].nat = Nat::Cut;
    let far = world.now;
    world.run(1);
    // Its first check comes in, ours get nowhere.
    let check = world
        .log
        .iter()
        .find(|(_, side, ..)| *side == 1)
        .map(|(.., bytes)| bytes.clone())
        .unwrap();
    world.hand(0, HERE, b(), &check);
    world.run_until(far + INITIAL_WAIT);
    assert_eq!(world.sides[0].full_agent().failure(), None);
    world.run(3);
    assert_eq!(world.sides[0].full_agent().failure(), Some(Failure::NoPair));
}

#[test]
fn pairs_are_bounded_however_many_candidates_are_told_or_learned() {
    let mut world = two();
    world.sides[1].told = (0..500)
        .map(|number| RemoteCandidate {
            address: SocketAddr::from(([192, 0, 2, 77], 1000 + number)),
            priority: u32::from(number),
            foundation: u32::from(number),
        })
        .collect();
    world.tell(0);
    world.run(5);
    let asked: std::collections::BTreeSet<_> =
        world.checks(0).iter().map(|(_, to, _)| *to).collect();
    assert!(asked.len() <= MAX_PAIRS);
    let Agent::Full(agent) = &world.sides[0].agent else {
        unreachable!()
    };
    let text = format!("{agent:?}");
    assert!(text.matches("Pair {").count() <= MAX_PAIRS);
}
