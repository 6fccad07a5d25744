use crate::world::*;
use media_stream::Port;

const NAT: &str = "198.51.100.7:61000";

#[test]
fn a_stranger_is_never_relayed_learned_or_sent_to() {
    let mut world = World::gcm();
    for n in 0..100 {
        assert_eq!(world.phone_says_from(STRANGER, Said::by(BY_PHONE, n)), None);
    }
    assert_eq!(world.events(), []);
    let heard = world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
    assert_eq!(heard.at, address(PHONE_RTP));

    for n in 100..200 {
        world.wait(20);
        assert!(world.phone_says(Said::by(BY_PHONE, n)).is_some());
        assert_eq!(world.phone_says_from(STRANGER, Said::by(BY_PHONE, n)), None);
    }
    let heard = world.browser_says(Said::by(BY_BROWSER, 1)).unwrap();
    assert_eq!(heard.at, address(PHONE_RTP));
    let counters = world.counters(PHONE);
    assert_eq!(
        (counters.packets_received, counters.packets_refused),
        (100, 200)
    );
}

#[test]
fn a_phone_behind_a_nat_is_answered_where_it_speaks_from() {
    let mut world = World::gcm();
    world.phone().signalled_from = Some(address(NAT).ip());
    world.phone().generation = 2;
    world.apply();
    assert!(world.phone_says_from(NAT, Said::by(BY_PHONE, 0)).is_some());
    let heard = world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
    assert_eq!(heard.at, address(NAT));
}

#[test]
fn noise_from_a_plausible_place_teaches_nothing() {
    let mut world = World::gcm();
    let elsewhere = "192.168.1.20:9";
    world.phone_sends(elsewhere, b"hello?");
    world.phone_says_from(
        elsewhere,
        Said {
            payload_type: 77,
            ..Said::by(BY_PHONE, 0)
        },
    );
    let heard = world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
    assert_eq!(heard.at, address(PHONE_RTP));
}

#[test]
fn a_new_description_moves_the_phone_and_only_a_new_one() {
    let mut world = World::gcm();
    let moved = "192.168.1.20:7000";
    world.phone_says(Said::by(BY_PHONE, 0)).unwrap();
    assert_eq!(world.phone_says_from(moved, Said::by(BY_PHONE, 1)), None);

    world.phone().rtp = address(moved);
    world.phone().generation = 2;
    world.apply();
    let heard = world.browser_says(Said::by(BY_BROWSER, 0)).unwrap();
    assert_eq!(
        heard.at,
        address(moved),
        "at once, not when it speaks (PITFALL P49)"
    );
    assert!(
        world
            .phone_says_from(moved, Said::by(BY_PHONE, 2))
            .is_some()
    );
    assert_eq!(world.phone_says(Said::by(BY_PHONE, 3)), None);
}

#[test]
fn until_the_phone_s_sdp_is_here_nothing_is_believed() {
    let mut world = World::gcm();
    if let control_command::TransportPlan::Rtp(plan) = &mut world.leg(PHONE).transport {
        plan.remote = None;
    }
    world.apply();
    assert_eq!(world.phone_says(Said::by(BY_PHONE, 0)), None);
    assert_eq!(world.browser_says(Said::by(BY_BROWSER, 0)), None);
}

#[test]
fn rtcp_has_a_latch_of_its_own() {
    let mut world = World::gcm();
    let report = rtc_rtp::CompoundWriter::report(BY_PHONE, None, &[]).finish();
    assert!(!world.reports(PHONE, STRANGER, &report));
    assert!(
        !world.reports(PHONE, PHONE_RTCP, b"\x80\xc9\x00\x00"),
        "four octets"
    );
    assert!(world.reports(PHONE, "192.168.1.20:4321", &report));
    assert!(!world.reports(PHONE, "192.168.1.20:4322", &report));

    world.phone_says(Said::by(BY_PHONE, 0));
    world.next_timeout();
    world.next_timeout();
    let sent = world.sent_reports();
    let (_, port, to, _) = sent.iter().find(|sent| sent.0 == PHONE).unwrap();
    assert_eq!((*port, *to), (Port::Rtcp, address("192.168.1.20:4321")));
}
