//! The worker as a full ICE agent (RFC 8445), against a browser.

use crate::ROLES;
use crate::scene::{BROWSER, Scene, browser_address, public};
use control_command::{Candidate, DtlsRole, IcePlan, LocalCandidate, What};
use media_worker::PUBLIC;
use rtc_ice::{CONSENT, Class, Message};
use std::time::Duration;

/// We check too. `told`: whether the browser's address is in its description, or an mDNS name is.
fn scene(role: DtlsRole, controlling: bool, told: bool) -> Scene {
    let mut scene = Scene::browser_and_phone(role);
    let web = scene.web(BROWSER);
    web.ice = IcePlan::Full {
        controlling,
        candidates: vec![LocalCandidate {
            address: public(),
            socket: PUBLIC,
            preference: u16::MAX,
        }],
    };
    let remote = web.remote.as_mut().unwrap();
    if told {
        remote.candidates = vec![Candidate {
            address: browser_address(0),
            priority: 2_130_706_431,
            foundation: 1,
            kind: "host".to_owned(),
        }];
    }
    scene
}

fn is_check(bytes: &[u8]) -> bool {
    Message::parse(bytes).is_ok_and(|message| message.class() == Class::Request)
}

#[test]
fn a_browser_talks_to_a_full_agent_in_either_role_of_ice_and_dtls() {
    for role in ROLES {
        for (controlling, told) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut scene = scene(role, controlling, told);
            scene.begin();
            scene.pass(Duration::from_secs(3));
            assert!(
                scene.browsers[0].is_connected(),
                "{role:?} {controlling} {told}"
            );
            scene.assert_talks(1);
            let remote = browser_address(0);
            assert!(scene.has_told(|what| *what == What::IceConnected(remote)));
            scene.hang_up();
            assert!(scene.astray.is_empty());
        }
    }
}

#[test]
fn any_datagram_between_a_browser_and_a_full_agent_may_be_lost_or_doubled() {
    for controlling in [true, false] {
        let mut plain = scene(DtlsRole::Client, controlling, true);
        plain.begin();
        plain.pass(Duration::from_secs(3));
        for number in 0..plain.carried {
            for copies in [0, 2] {
                let mut scene = scene(DtlsRole::Client, controlling, true);
                scene.fate = Box::new(move |at, _| if at == number { copies } else { 1 });
                scene.begin();
                scene.pass(Duration::from_secs(5));
                assert!(
                    scene.browsers[0].is_connected(),
                    "{controlling}, datagram {number}, {copies} copies"
                );
                scene.fate = Box::new(|_, _| 1);
                scene.assert_talks(1);
                scene.hang_up();
            }
        }
    }
}

#[test]
fn a_full_agent_restarts_in_mid_call_and_the_sound_goes_on() {
    for controlling in [true, false] {
        let mut scene = scene(DtlsRole::Client, controlling, true);
        scene.begin();
        scene.pass(Duration::from_secs(3));
        scene.assert_talks(1);
        scene.restart(BROWSER, 0, 1);
        scene.apply();
        scene.assert_talks(1);
        scene.answer(0, BROWSER);
        scene.pass(Duration::from_secs(3));
        scene.assert_talks(1);
        assert_eq!(scene.browsers[0].selected(), Some(public()));
        scene.hang_up();
    }
}

#[test]
fn a_full_agent_goes_on_after_the_worker_was_written_down() {
    let mut scene = scene(DtlsRole::Client, true, true);
    scene.begin();
    scene.pass(Duration::from_secs(3));
    scene.restart_worker();
    scene.assert_talks(1);
    scene.pass(Duration::from_secs(60));
    assert!(!scene.has_told(|what| *what == What::IceFailed));
    scene.assert_talks(1);
    scene.hang_up();
}

#[test]
fn consent_that_is_not_given_ends_a_full_agents_path_unless_authentic_media_comes() {
    let mut scene = scene(DtlsRole::Client, true, true);
    scene.begin();
    scene.pass(Duration::from_secs(3));
    // From now on it neither checks nor answers checks, as telephones do that know nothing of consent.
    scene.fate = Box::new(|_, bytes| usize::from(Message::parse(bytes).is_err()));
    // The testing browser itself gives up when it hears no answers; what it sends until then counts.
    for _ in 0..25 {
        scene.pass(Duration::from_secs(1));
        scene.browser_speaks(0, 1, 1);
    }
    scene.pass(CONSENT - Duration::from_secs(2));
    assert!(!scene.has_told(|what| *what == What::IceFailed));
    scene.pass(Duration::from_secs(3));
    assert!(scene.has_told(|what| *what == What::IceFailed));
    scene.hang_up();
}

/// RFC 7675 is not every telephone's: a lite agent hears checks only while a pair is sought.
#[test]
fn a_far_end_that_checks_no_more_keeps_its_call_with_a_lite_agent_while_it_sends() {
    let mut scene = Scene::connected(DtlsRole::Server);
    scene.fate = Box::new(|_, bytes| usize::from(!is_check(bytes)));
    for _ in 0..25 {
        scene.pass(Duration::from_secs(1));
        scene.browser_speaks(0, 1, 1);
    }
    scene.pass(Duration::from_secs(28));
    assert!(
        !scene.has_told(|what| *what == What::IceFailed),
        "53 s after the last check"
    );
    scene.pass(Duration::from_secs(3));
    assert!(scene.has_told(|what| *what == What::IceFailed));
    scene.hang_up();
}
