use crate::finding::{a, b, two};
use crate::world::{Nat, Side, World};
use rtc_ice::full::CONSENT_INTERVAL;
use rtc_ice::{CONSENT, Failure};
use std::net::SocketAddr;
use std::time::Duration;

#[test]
fn consent_is_asked_for_every_five_seconds_give_or_take_a_fifth() {
    let mut world = two();
    world.meet();
    world.run(2);
    world.log.clear();
    world.run(600);
    let moments: Vec<_> = world.checks(0).iter().map(|(at, ..)| *at).collect();
    let waits: Vec<_> = moments.windows(2).map(|it| it[1].since(it[0])).collect();
    assert!(waits.len() > 90);
    for wait in &waits {
        assert!((CONSENT_INTERVAL * 4 / 5..=CONSENT_INTERVAL * 6 / 5).contains(wait));
    }
    assert!(waits.iter().any(|wait| *wait < Duration::from_millis(4500)));
    assert!(waits.iter().any(|wait| *wait > Duration::from_millis(5500)));
    let ids: std::collections::BTreeSet<_> = world
        .checks(0)
        .iter()
        .map(|(_, _, message)| message.transaction())
        .collect();
    assert_eq!(ids.len(), moments.len(), "each is a check of its own");
}

#[test]
fn consent_is_lost_after_thirty_silent_seconds() {
    let mut world = two();
    world.meet();
    world.run(2);
    world.sides[1].nat = Nat::Cut;
    let cut = world.now;
    world.run_until(cut + (CONSENT - Duration::from_secs(7)));
    assert_eq!(world.sides[0].full_agent().failure(), None);
    world.run_until(cut + CONSENT + Duration::from_secs(1));
    for side in [0, 1] {
        let agent = world.sides[side].full_agent();
        assert_eq!(agent.failure(), Some(Failure::ConsentLost));
        assert_eq!(agent.selected(), None);
        assert_eq!(agent.poll_timeout(), None);
    }
}

/// An old telephone answers the checks of the beginning and none later.
#[test]
fn who_lacks_consent_checks_but_sends_authentic_media_keeps_its_call() {
    let mut world = two();
    world.meet();
    world.run(2);
    world.sides[1].nat = Nat::Cut;
    for _ in 0..120 {
        world.sides[0].media = Some(world.now);
        world.run(1);
    }
    assert_eq!(world.sides[0].full_agent().failure(), None);
    assert_eq!(world.sides[0].selected(), Some(b()));
    // And when the media ends, so does it.
    world.run(31);
    assert_eq!(
        world.sides[0].full_agent().failure(),
        Some(Failure::ConsentLost)
    );
}

/// A controlled browser's NAT gives it another port: its checks come from there, and it waits for our word.
#[test]
fn who_controls_follows_a_far_end_that_has_moved_when_the_old_pair_is_dead() {
    let mut world = two();
    world.meet();
    world.run(2);
    let moved = SocketAddr::from(([192, 0, 2, 2], 6000));
    world.sides[1].sockets = vec![moved];
    world.run(40);
    assert_eq!(world.sides[0].full_agent().failure(), None);
    assert_eq!(world.sides[0].selected(), Some(moved));
    assert_eq!(world.sides[1].selected(), Some(a()));
}

#[test]
fn a_lite_far_end_gives_consent_by_answering() {
    let mut world = World::new([Side::full(0, &[a()], true), Side::lite(1, &[b()])]);
    world.meet();
    world.run(120);
    assert_eq!(world.sides[0].selected(), Some(b()));
    assert_eq!(
        world.sides[1].selected(),
        Some(a()),
        "our checks are its consent"
    );
    world.sides[1].nat = Nat::Cut;
    world.run(40);
    assert_eq!(
        world.sides[0].full_agent().failure(),
        Some(Failure::ConsentLost)
    );
}
