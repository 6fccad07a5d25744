use crate::world::*;
use media_stream::{Profile, Session};

fn written_and_read(world: &mut World) {
    let mut bytes = Vec::new();
    ciborium::into_writer(&world.session, &mut bytes).unwrap();
    world.session = ciborium::from_reader(&bytes[..]).unwrap();
}

/// The same call twice, once written down and read back after every packet: no difference can be heard.
#[test]
fn written_down_and_read_back_the_call_goes_on_unchanged() {
    for profile in PROFILES {
        let (mut one, mut other) = (World::new(profile), World::new(profile));
        for n in 0..300 {
            for world in [&mut one, &mut other] {
                world.wait(20);
            }
            let (to_phone, to_browser) = (Said::by(BY_BROWSER, n), Said::by(BY_PHONE, n));
            assert_eq!(one.browser_says(to_phone), other.browser_says(to_phone));
            assert_eq!(one.phone_says(to_browser), other.phone_says(to_browser));
            assert_eq!(one.session.poll_timeout(), other.session.poll_timeout());
            one.session.handle_timeout(one.now);
            other.session.handle_timeout(other.now);
            assert_eq!(one.sent_reports(), other.sent_reports());
            written_and_read(&mut other);
        }
        assert_eq!(one.counters(BROWSER), other.counters(BROWSER));
        assert_eq!(one.counters(PHONE), other.counters(PHONE));
    }
}

#[test]
fn what_was_refused_before_is_refused_after() {
    for profile in PROFILES {
        let mut world = World::new(profile);
        let packet = world.protect(&Said::by(BY_BROWSER, 0).bytes());
        world.browser_sends(&packet).unwrap();
        world.phone_says(Said::by(BY_PHONE, 0)).unwrap();
        written_and_read(&mut world);
        assert_eq!(world.browser_sends(&packet), None, "a replay");
        let elsewhere = "192.168.1.20:9";
        assert_eq!(
            world.phone_says_from(elsewhere, Said::by(BY_PHONE, 1)),
            None
        );
    }
}

#[test]
fn the_same_plan_and_the_same_keys_again_disturb_nothing() {
    let (mut one, mut other) = (World::gcm(), World::gcm());
    let fresh = World::gcm();
    for n in 0..50 {
        let said = Said::by(BY_BROWSER, n);
        assert_eq!(one.browser_says(said), other.browser_says(said));
        let said = Said::by(BY_PHONE, n);
        assert_eq!(one.phone_says(said), other.phone_says(said));
        other.apply();
        let profile = Profile::AeadAes128Gcm;
        let key =
            |octet: u8| media_stream::MasterKey::new(profile, &[octet; 16], &[octet; 12]).unwrap();
        let keys = media_stream::SrtpKeys {
            profile,
            local: key(1),
            remote: key(2),
        };
        let now = other.now;
        other.session.install_keys(now, BROWSER, &keys);
    }
    let packet = other.protect(&Said::by(BY_BROWSER, 50).bytes());
    assert!(other.browser_sends(&packet).is_some());
    other.apply();
    assert_eq!(other.browser_sends(&packet), None, "still a replay");
    assert_ne!(one.counters(PHONE), fresh.counters(PHONE));
}

#[test]
fn a_session_does_not_print_its_keys() {
    let world = World::gcm();
    let text = format!("{:?}", world.session);
    assert!(!text.contains("2, 2, 2, 2"), "{text}");
}

#[test]
fn half_a_snapshot_is_no_session() {
    let world = World::gcm();
    let mut bytes = Vec::new();
    ciborium::into_writer(&world.session, &mut bytes).unwrap();
    let half = &bytes[..bytes.len() / 2];
    assert!(ciborium::from_reader::<Session, _>(half).is_err());
}
