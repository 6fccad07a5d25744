//! Two peers in a box: a browser's media half and a phone against a media worker, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    unreachable_pub,
    missing_docs
)]

mod full_ice;
mod scene;

use control_command::{DtlsRole, LegId, What, WorkerCommand};
use media_worker::{PUBLIC, Verdict, Worker};
use proto_base::{Random, Time};
use rtc_dtls::{Association, Identity, Role, generate_certificate};
use rtc_ice::check::Check;
use rtc_ice::{Builder, Class, Credentials, TransactionId};
use scene::{BROWSER, CALL, OTHER, Scene, browser_address, credentials, phone_side, public};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const ROLES: [DtlsRole; 2] = [DtlsRole::Server, DtlsRole::Client];

fn stranger() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 66], 6666))
}

#[test]
fn a_browser_and_a_phone_talk_in_both_dtls_roles() {
    for role in ROLES {
        let mut scene = Scene::browser_and_phone(role);
        scene.begin();
        scene.pass(Duration::from_secs(1));
        assert!(scene.browsers[0].is_connected(), "{role:?}");
        assert_eq!(scene.browsers[0].selected(), Some(public()));
        scene.assert_talks(1);
        let remote = browser_address(0);
        assert!(scene.has_told(|what| *what == What::IceConnected(remote)));
        assert!(scene.has_told(|what| matches!(
            what,
            What::DtlsConnected(profile) if profile == "SRTP_AEAD_AES_256_GCM"
        )));
        assert!(scene.has_told(|what| *what == What::MediaStarted(remote)));
        scene.hang_up();
        let Some(What::Ended(counters)) = scene.told.last().map(|event| event.what.clone()) else {
            panic!("the last word");
        };
        assert_eq!(counters.len(), 2);
        assert_eq!(counters[0].packets_received, 5);
        assert_eq!(counters[0].packets_sent, 5);
        assert_eq!(counters[1].packets_received, 5);
        assert!(scene.astray.is_empty());
    }
}

#[test]
fn any_datagram_of_the_set_up_may_be_lost_or_doubled() {
    for role in ROLES {
        let mut plain = Scene::connected(role);
        let count = plain.carried;
        assert!(count > 8, "{count}");
        plain.assert_talks(1);
        for number in 0..count {
            for copies in [0, 2] {
                let mut scene = Scene::browser_and_phone(role);
                scene.fate = Box::new(move |at, _| if at == number { copies } else { 1 });
                scene.begin();
                scene.pass(Duration::from_secs(2));
                assert!(
                    scene.browsers[0].is_connected(),
                    "{role:?}, datagram {number}, {copies} copies"
                );
                scene.fate = Box::new(|_, _| 1);
                scene.assert_talks(1);
                scene.hang_up();
            }
        }
    }
}

#[test]
fn a_lost_client_hello_of_ours_costs_no_second() {
    // TRAP T1: the first DTLS datagram is lost, and the call connects all the same within 300 ms.
    let mut scene = Scene::browser_and_phone(DtlsRole::Client);
    let mut lost = false;
    scene.fate = Box::new(move |_, bytes| {
        let first = bytes[0] == 22 && !lost;
        lost |= first;
        usize::from(!first)
    });
    scene.begin();
    let start = scene.now;
    while !scene.browsers[0].is_connected() {
        scene.pass(Duration::from_millis(10));
        assert!(scene.now.since(start) < Duration::from_millis(300));
    }
}

#[test]
fn two_browsers_talk_with_both_roles_in_one_session() {
    let mut scene = Scene::two_browsers();
    scene.begin();
    scene.pass(Duration::from_secs(1));
    scene.browser_speaks(0, 5, 1);
    assert_eq!(scene.browser_heard(1, 1), 5);
    scene.browser_speaks(1, 5, 2);
    assert_eq!(scene.browser_heard(0, 2), 5);
    assert_eq!(scene.sockets.len(), 1, "no port but the public one");
    scene.hang_up();
}

#[test]
fn a_stranger_gets_no_answer_whatever_he_sends() {
    let mut scene = Scene::connected(DtlsRole::Server);
    let ours = credentials(BROWSER, 0);
    let theirs = scene.browsers[0].credentials().clone();
    let name = format!("{}:{}", ours.ufrag, theirs.ufrag);
    let id = TransactionId([9; 12]);
    let wrong_password = Builder::new(Class::Request, id)
        .username(&name)
        .use_candidate()
        .finish("a guess");
    let no_integrity = Builder::new(Class::Request, id)
        .username(&name)
        .finish_without_integrity();
    let nobody = Builder::new(Class::Request, id).finish("x");
    let (certificate, key) = generate_certificate().unwrap();
    let attacker = Identity::new(certificate, key, Instant::now()).unwrap();
    let mut race = Association::new(scene.now, &attacker, Role::Client);
    let Some(rtc_dtls::Output::Transmit(hello)) = race.poll_output() else {
        panic!("a client begins with its ClientHello");
    };
    let rtp = scene.rtp(1, 1);
    let rtcp = vec![0x80, 200, 0, 1, 0, 0, 0, 1];
    for bytes in [
        &wrong_password[..],
        &no_integrity,
        &nobody,
        &hello,
        &rtp,
        &rtcp,
        &[],
        &[0; 1200],
        &[70, 1, 2, 3],
        &[255; 100],
    ] {
        let verdict = scene.hand_over(PUBLIC, stranger(), bytes);
        assert_eq!(verdict, Verdict::Drop, "{:?}", bytes.first());
        assert_eq!(scene.worker.poll_output(), None);
    }
    let counters = scene.worker.counters();
    assert!(counters.stun_refused >= 2 && counters.stun_malformed >= 1);
    assert_eq!(counters.dtls_refused, 1);
    assert_eq!(counters.rtp_strangers, 2);
    assert!(counters.alien >= 2);
    scene.assert_talks(1);
    assert!(scene.astray.is_empty(), "nothing went to the stranger");
}

#[test]
fn garbage_from_the_browsers_own_address_does_no_harm() {
    let mut scene = Scene::connected(DtlsRole::Server);
    let from = browser_address(0);
    let alert = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40];
    for bytes in [&alert[..], &[22; 400], &[0x80; 100], &[0x80, 200, 0, 1]] {
        scene.hand_over(PUBLIC, from, bytes);
        scene.drain();
    }
    scene.assert_talks(1);
    assert!(!scene.has_told(|what| matches!(what, What::DtlsFailed(_) | What::IceFailed)));
}

#[test]
fn an_ice_restart_is_settled_on_the_browsers_leg_alone() {
    let mut scene = Scene::connected(DtlsRole::Server);
    scene.assert_talks(1);
    let (sockets, told) = (scene.sockets.clone(), scene.told.len());
    scene.restart(BROWSER, 0, 1);
    scene.apply();
    // The old pair serves until the new one is nominated.
    scene.assert_talks(11);
    scene.answer(0, BROWSER);
    scene.pass(Duration::from_secs(1));
    scene.assert_talks(21);
    assert_eq!(scene.sockets, sockets, "the phone's side did not notice");
    let new = &scene.told[told..];
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(new[0].what, What::IceConnected(browser_address(0)));
    assert!(!scene.has_told(|what| matches!(what, What::DtlsFailed(_))));
    scene.hang_up();
}

#[test]
fn any_datagram_of_an_ice_restart_may_be_lost_or_doubled() {
    for number in 0..8 {
        for copies in [0, 2] {
            let mut scene = Scene::connected(DtlsRole::Client);
            scene.restart(BROWSER, 0, 1);
            let first = scene.carried + number;
            scene.fate = Box::new(move |at, _| if at == first { copies } else { 1 });
            scene.apply();
            scene.answer(0, BROWSER);
            scene.pass(Duration::from_secs(4));
            scene.fate = Box::new(|_, _| 1);
            scene.assert_talks(1);
        }
    }
}

#[test]
fn a_browser_that_moves_to_another_network_takes_its_media_along() {
    let mut scene = Scene::connected(DtlsRole::Server);
    scene.assert_talks(1);
    let mobile = SocketAddr::from(([192, 0, 2, 200], 33333));
    let now = scene.now;
    scene.browsers[0].move_to(now, mobile, 1000);
    scene.pass(Duration::from_secs(6));
    scene.assert_talks(11);
    assert!(scene.has_told(|what| *what == What::IceConnected(mobile)));
}

#[test]
fn a_worker_is_written_down_in_the_middle_of_media_and_goes_on() {
    for role in ROLES {
        let mut scene = Scene::connected(role);
        scene.assert_talks(1);
        // A packet captured before …
        let packet = scene.rtp(0xB000, 9);
        scene.browsers[0].send_rtp(&packet);
        let captured = scene.browsers[0].poll_transmit().unwrap();
        scene.hand_over(PUBLIC, captured.from, &captured.bytes);
        scene.restart_worker();
        // … is a replay afterwards.
        let verdict = scene.hand_over(PUBLIC, captured.from, &captured.bytes);
        assert_eq!(verdict, Verdict::Drop);
        scene.assert_talks(11);
        scene.pass(Duration::from_secs(40));
        scene.restart_worker();
        scene.assert_talks(21);
        let counters = scene.worker.counters();
        assert_eq!(counters.sessions_broken, 0);
        scene.hang_up();
    }
}

#[test]
fn a_set_up_interrupted_by_a_restart_of_the_worker_connects_or_says_that_it_failed() {
    for role in ROLES {
        let mut connected = 0;
        for moment in (10..=150).step_by(10) {
            let mut scene = Scene::browser_and_phone(role);
            scene.begin();
            scene.pass(Duration::from_millis(moment));
            scene.restart_worker();
            scene.pass(Duration::from_secs(2));
            if scene.has_told(|what| matches!(what, What::DtlsConnected(_))) {
                scene.assert_talks(1);
                connected += 1;
            } else {
                // The browser was in the middle of a handshake that we have forgotten.
                scene.pass(Duration::from_secs(60));
                assert!(
                    scene.has_told(|what| matches!(what, What::DtlsFailed(_))),
                    "{role:?}, {moment} ms"
                );
            }
            scene.hang_up();
        }
        assert!(connected >= 5, "{role:?}: {connected}");
    }
}

#[test]
fn what_is_no_snapshot_is_refused_with_words() {
    let scene = Scene::connected(DtlsRole::Server);
    let snapshot = scene.worker.snapshot();
    let restore = |now: Time, bytes: &[u8]| {
        Worker::restore(
            now,
            scene.worker_plan.clone(),
            Random::from_number(1),
            bytes,
        )
        .map(|_| ())
    };
    assert_eq!(restore(scene.now, &snapshot), Ok(()));
    assert!(restore(scene.now, &[]).unwrap_err().contains("no snapshot"));
    let mut future = snapshot.clone();
    future[0] = 9;
    assert!(restore(scene.now, &future).unwrap_err().contains("version"));
    assert!(restore(Time::ZERO, &snapshot).unwrap_err().contains("time"));
    for length in 1..snapshot.len() {
        assert!(restore(scene.now, &snapshot[..length]).is_err());
    }
}

#[test]
fn consent_that_is_lost_stops_media_and_is_told() {
    let mut scene = Scene::connected(DtlsRole::Server);
    scene.assert_talks(1);
    // The browser is gone without a word.
    let gone = scene.browsers.remove(0);
    scene.pass(Duration::from_secs(28));
    assert!(!scene.has_told(|what| *what == What::IceFailed));
    scene.pass(Duration::from_secs(4));
    assert!(scene.has_told(|what| *what == What::IceFailed));
    scene.astray.clear();
    scene.phone_speaks(5, 2);
    assert!(
        !scene.astray.iter().any(|(to, _)| *to == gone.local()),
        "RFC 7675 §5.1: nothing is sent any more"
    );
    scene.hang_up();
}

#[test]
fn a_browser_that_never_comes_is_given_up() {
    let mut scene = Scene::browser_and_phone(DtlsRole::Server);
    scene.apply();
    // Its answer may lie in a 183 that it does not look at while the telephone rings.
    scene.pass(Duration::from_secs(200));
    assert!(!scene.has_told(|what| *what == What::IceFailed));
    scene.pass(Duration::from_secs(60));
    assert!(scene.has_told(|what| *what == What::IceFailed));
    scene.hang_up();
}

#[test]
fn an_address_serves_one_leg_at_a_time() {
    let mut scene = Scene::connected(DtlsRole::Server);
    let victim = browser_address(0);
    // Mallory has a call of his own and can forge the victim's address.
    let mut other = scene.plan.clone();
    other.session = control_command::SessionId(8);
    other.legs.truncate(1);
    other.routes.clear();
    let mine = credentials(LegId(5), 0);
    if let control_command::TransportPlan::WebRtc(web) = &mut other.legs[0].transport {
        (web.local_ufrag, web.local_pwd) = (mine.ufrag.clone(), mine.pwd.clone());
    }
    scene.worker.command(scene.now, WorkerCommand::Apply(other));
    let theirs = scene.browsers[0].credentials().clone();
    let check = |number: u8| {
        Check {
            transaction: TransactionId([number; 12]),
            priority: 1,
            tie_breaker: 1,
            nominate: true,
        }
        .to_bytes(&Credentials::new(&theirs.ufrag, "-"), &mine)
    };
    assert_eq!(
        scene.hand_over(PUBLIC, victim, &check(1)),
        Verdict::Drop,
        "the address is taken"
    );
    assert_eq!(
        scene.hand_over(PUBLIC, stranger(), &check(2)),
        Verdict::Consumed,
        "his own is his"
    );
    scene.drain();
    scene.assert_talks(1);
    scene.worker.command(
        scene.now,
        WorkerCommand::Close(control_command::SessionId(8)),
    );
    scene.drain();
    scene.hang_up();
}

#[test]
fn a_port_that_cannot_be_bound_is_told() {
    let mut scene = Scene::browser_and_phone(DtlsRole::Server);
    scene.apply();
    let (&socket, &at) = scene
        .sockets
        .iter()
        .find(|(_, at)| **at == phone_side(20001))
        .unwrap();
    scene.worker.bind_failed(scene.now, socket);
    scene.drain();
    let event = scene.told.last().unwrap();
    assert_eq!(event.what, What::PortUnavailable(at));
    assert_eq!((event.session, event.leg), (CALL, Some(OTHER)));
    scene.worker.bind_failed(scene.now, PUBLIC);
    scene
        .worker
        .bind_failed(scene.now, proto_base::SocketId(4711));
    scene.hang_up();
}

#[test]
fn a_phones_leg_that_changes_its_ports_lets_the_old_ones_go() {
    let mut scene = Scene::connected(DtlsRole::Server);
    if let control_command::TransportPlan::Rtp(rtp) = &mut scene.plan.legs[1].transport {
        (rtp.local_rtp, rtp.local_rtcp) = (phone_side(30000), phone_side(30001));
    }
    scene.apply();
    let mut bound: Vec<_> = scene.sockets.values().copied().collect();
    bound.sort();
    assert_eq!(bound, [phone_side(30000), phone_side(30001), public()]);
    scene.plan.legs.truncate(1);
    scene.apply();
    assert_eq!(scene.sockets.len(), 1);
    scene.hang_up();
}

#[test]
fn the_same_plan_again_disturbs_nothing() {
    let mut scene = Scene::connected(DtlsRole::Client);
    scene.assert_talks(1);
    let told = scene.told.len();
    let sockets = scene.sockets.clone();
    for _ in 0..3 {
        scene.apply();
    }
    assert_eq!(scene.told.len(), told);
    assert_eq!(scene.sockets, sockets);
    scene.assert_talks(11);
}

#[test]
fn closing_twice_says_one_last_word() {
    let mut scene = Scene::connected(DtlsRole::Server);
    scene.hang_up();
    let told = scene.told.len();
    scene.worker.command(scene.now, WorkerCommand::Close(CALL));
    scene.drain();
    assert_eq!(scene.told.len(), told);
}

#[test]
fn a_long_call_goes_on_with_consent_and_rtcp() {
    let mut scene = Scene::connected(DtlsRole::Server);
    for minute in 0..5 {
        scene.pass(Duration::from_secs(60));
        scene.assert_talks(minute * 2 + 1);
    }
    assert!(!scene.has_told(|what| matches!(what, What::IceFailed)));
    let mut reports = 0;
    while scene.browsers[0].receive_rtcp().is_some() {
        reports += 1;
    }
    assert!(reports > 10, "{reports}");
    scene.hang_up();
}
