use crate::world::*;
use control_command::{Direction, What};
use media_stream::Profile;

/// The phone is put on hold: it may not send, and is sent nothing.
fn hold(world: &mut World) {
    world.leg(PHONE).direction = Direction::Inactive;
    for route in &mut world.plan.routes {
        route.open = false;
    }
    world.apply();
}

fn resume(world: &mut World) {
    world.leg(PHONE).direction = Direction::SendRecv;
    for route in &mut world.plan.routes {
        route.open = true;
    }
    world.apply();
}

#[test]
fn while_held_nothing_is_relayed_and_nothing_is_held_against_anyone() {
    let mut world = World::gcm();
    let last = world.phone_says(Said::by(BY_PHONE, 0)).unwrap().header;
    hold(&mut world);
    for n in 1..100 {
        world.wait(20);
        assert_eq!(world.phone_says(Said::by(BY_PHONE, n)), None);
        assert_eq!(world.browser_says(Said::by(BY_BROWSER, n)), None);
    }
    let counters = world.counters(PHONE);
    assert_eq!(
        (counters.packets_received, counters.packets_refused),
        (1, 0)
    );

    world.wait(20);
    resume(&mut world);
    let heard = world.phone_says(Said::by(BY_PHONE, 100)).unwrap().header;
    assert_eq!(heard.sequence, last.sequence.wrapping_add(1), "no gap");
    assert_eq!(
        heard.timestamp,
        last.timestamp.wrapping_add(16_000),
        "two seconds later"
    );
    assert!(heard.marker);
    assert_eq!(world.counters(PHONE).packets_lost, 0);
}

#[test]
fn a_browser_that_keeps_sending_while_held_is_understood_after_an_hour() {
    for profile in [Profile::AeadAes128Gcm, Profile::Aes128CmHmacSha1_80] {
        let mut world = World::new(profile);
        world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
        world.leg(BROWSER).direction = Direction::SendOnly;
        world.apply();
        for n in 1..40_000 {
            assert_eq!(world.browser_says(Said::by(BY_BROWSER, n)), None);
        }
        world.wait(3_600_000);
        world.leg(BROWSER).direction = Direction::SendRecv;
        world.apply();
        assert!(world.browser_says(Said::by(BY_BROWSER, 40_000)).is_some());
    }
}

#[test]
fn one_way_hold_lets_the_other_way_through() {
    let mut world = World::gcm();
    world.leg(PHONE).direction = Direction::SendOnly;
    world.apply();
    assert!(world.browser_says(Said::by(BY_BROWSER, 0)).is_some());
    assert_eq!(world.phone_says(Said::by(BY_PHONE, 0)), None);

    let mut world = World::gcm();
    world.leg(PHONE).direction = Direction::RecvOnly;
    world.apply();
    assert_eq!(world.browser_says(Said::by(BY_BROWSER, 0)), None);
    assert!(world.phone_says(Said::by(BY_PHONE, 0)).is_some());
}

#[test]
fn a_closed_route_takes_packets_in_and_relays_none() {
    let mut world = World::gcm();
    world.plan.routes[1].open = false;
    world.apply();
    assert_eq!(world.phone_says(Said::by(BY_PHONE, 0)), None);
    assert!(world.browser_says(Said::by(BY_BROWSER, 0)).is_some());
    let counters = world.counters(PHONE);
    assert_eq!(
        (counters.packets_received, counters.packets_refused),
        (1, 0)
    );
}

#[test]
fn a_long_silence_is_told_while_it_lasts_but_never_of_one_on_hold() {
    let mut world = World::gcm();
    world.phone_says(Said::by(BY_PHONE, 0)).unwrap();
    hold(&mut world);
    world.events();
    // Ten minutes in which the browser goes on to send.
    for n in 0..6000 {
        world.wait(100);
        world.browser_says(Said::by(BY_BROWSER, n));
        world.session.handle_timeout(world.now);
    }
    let told = world.events();
    assert!(
        !told.iter().any(|told| told.1 == What::MediaTimeout),
        "{told:?}"
    );

    resume(&mut world);
    // Twice 90 s, and again 90 s are not over.
    for n in 6000..8200 {
        world.wait(100);
        world.browser_says(Said::by(BY_BROWSER, n));
        world.session.handle_timeout(world.now);
    }
    // The second time is for whoever had to let the first one pass because nobody had answered yet.
    let silence = (PHONE, What::MediaTimeout);
    assert_eq!(world.events(), [silence.clone(), silence]);

    // It comes back, and goes again.
    world.phone_says(Said::by(BY_PHONE, 1));
    world.session.handle_timeout(world.now);
    for n in 8200..9800 {
        world.wait(100);
        world.browser_says(Said::by(BY_BROWSER, n));
        world.session.handle_timeout(world.now);
    }
    assert_eq!(world.events(), [(PHONE, What::MediaTimeout)]);
}

#[test]
fn a_phone_that_holds_without_music_is_not_taken_for_gone() {
    let mut world = World::gcm();
    world.phone_says(Said::by(BY_PHONE, 0)).unwrap();
    // It said `sendonly`: it may send, but many have nothing to send then, and no RTCP either.
    world.leg(PHONE).direction = Direction::RecvOnly;
    world.leg(BROWSER).direction = Direction::SendOnly;
    world.apply();
    world.events();
    for n in 0..6000 {
        world.wait(100);
        world.browser_says(Said::by(BY_BROWSER, n));
        world.session.handle_timeout(world.now);
    }
    assert_eq!(world.events(), []);
}

#[test]
fn rtcp_alone_keeps_a_silent_leg_alive() {
    let mut world = World::gcm();
    let report = rtc_rtp::CompoundWriter::report(BY_PHONE, None, &[]).finish();
    world.browser_says(Said::by(BY_BROWSER, 0));
    world.events();
    for n in 0..60 {
        world.wait(5000);
        world.browser_says(Said::by(BY_BROWSER, n + 1));
        assert!(world.reports(PHONE, PHONE_RTCP, &report));
        world.session.handle_timeout(world.now);
    }
    assert_eq!(world.events(), []);
}
