//! One leg against a browser of few words, in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods
)]

use control_command::{DtlsRole, Fingerprint, IcePlan, RemoteIce, RemoteWebRtc, WebRtcPlan};
use media_handshake::{Handshake, Output};
use proto_base::{Random, SocketId, Time};
use rtc_dtls::{Association, Identity, Role, generate_certificate};
use rtc_ice::check::Check;
use rtc_ice::{Credentials, Message, TransactionId};
use rtc_srtp::{Profile, SrtpKeys};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn identity() -> Identity {
    let (certificate, key) = generate_certificate().unwrap();
    Identity::new(certificate, key, *EPOCH).unwrap()
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 5], port))
}

/// A browser and our leg, joined by a wire without delay.
struct Scene {
    now: Time,
    ours: Identity,
    leg: Handshake,
    random: Random,
    plan: WebRtcPlan,
    browser: Identity,
    dtls: Option<Association>,
    browser_keys: Option<rtc_dtls::KeyingMaterial>,
    checks: u8,
    told: Vec<Output>,
    /// DTLS datagrams of the leg, and whereto.
    sent: Vec<(SocketAddr, Vec<u8>)>,
}

fn remote(browser: &Identity, role: DtlsRole) -> RemoteWebRtc {
    RemoteWebRtc {
        ice: RemoteIce::default(),
        ufrag: "brow".to_owned(),
        pwd: "browser-password-of-24-c".to_owned(),
        candidates: vec![],
        fingerprints: vec![Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: browser.fingerprint().to_vec(),
        }],
        dtls_role: role,
    }
}

impl Scene {
    /// Our part in DTLS as the description says, or no description yet.
    fn new(role: Option<DtlsRole>) -> Self {
        let browser = identity();
        let plan = WebRtcPlan {
            local_ufrag: "0000ours".to_owned(),
            local_pwd: "our-password-of-22-chars".to_owned(),
            ice: IcePlan::Lite,
            remote: role.map(|role| remote(&browser, role)),
        };
        let now = Time::from_micros(1_000_000);
        Self {
            now,
            ours: identity(),
            leg: Handshake::new(now, &plan, &mut Random::from_number(1)),
            random: Random::from_number(2),
            plan,
            browser,
            dtls: None,
            browser_keys: None,
            checks: 0,
            told: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn apply(&mut self) {
        self.leg
            .apply(self.now, &self.ours, &mut self.random, &self.plan);
        self.drain();
    }

    fn check(&mut self, from: u16, nominate: bool) {
        self.checks += 1;
        let theirs = self
            .plan
            .remote
            .as_ref()
            .map_or("brow", |remote| &remote.ufrag);
        let bytes = Check {
            transaction: TransactionId([self.checks; 12]),
            priority: 100,
            tie_breaker: 1,
            nominate,
        }
        .to_bytes(
            &Credentials::new(theirs, "-"),
            &Credentials::new(&self.plan.local_ufrag, &self.plan.local_pwd),
        );
        let message = Message::parse(&bytes).unwrap();
        self.leg
            .handle_stun(
                self.now,
                &self.ours,
                &mut self.random,
                (SocketId(0), address(from)),
                &message,
            )
            .unwrap();
        self.drain();
    }

    /// The browser begins its part.
    fn browser_starts(&mut self, role: Role) {
        self.dtls = Some(Association::new(self.now, &self.browser, role));
        self.carry(4000);
    }

    /// What the browser has to say goes over, from this port.
    fn carry(&mut self, from: u16) {
        while let Some(output) = self.dtls.as_mut().and_then(Association::poll_output) {
            match output {
                rtc_dtls::Output::Transmit(bytes) => {
                    self.leg
                        .handle_dtls(self.now, &self.ours, address(from), &bytes);
                    self.drain();
                }
                rtc_dtls::Output::Connected(keys) => self.browser_keys = Some(keys),
                _ => {}
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.leg.poll_output() {
            match output {
                Output::Transmit { to, bytes, .. } if bytes[0] < 4 => {
                    assert!(!bytes.is_empty(), "{to}")
                }
                Output::Transmit { to, bytes, .. } => {
                    self.sent.push((to, bytes.clone()));
                    if let Some(dtls) = &mut self.dtls {
                        dtls.handle_datagram(self.now, &bytes);
                        self.carry(4000);
                    }
                }
                told => self.told.push(told),
            }
        }
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.leg.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.leg
                .handle_timeout(self.now, &self.ours, &mut self.random, None);
            self.drain();
        }
        self.now = until;
    }

    fn keys(&self) -> Option<&SrtpKeys> {
        self.told.iter().rev().find_map(|told| match told {
            Output::DtlsConnected(keys) => Some(keys),
            _ => None,
        })
    }

    fn failures(&self) -> Vec<&str> {
        self.told
            .iter()
            .filter_map(|told| match told {
                Output::DtlsFailed(why) => Some(why.as_str()),
                _ => None,
            })
            .collect()
    }

    fn assert_keys_fit(&self, browser_is_client: bool) {
        let ours = self.keys().expect("keys are given out");
        let theirs = self.browser_keys.as_ref().expect("the browser connects");
        let theirs =
            SrtpKeys::from_dtls(Profile::AeadAes256Gcm, &theirs.octets, browser_is_client).unwrap();
        assert_eq!((&ours.local, &ours.remote), (&theirs.remote, &theirs.local));
    }
}

#[test]
fn as_server_we_wait_for_the_browsers_client_hello() {
    let mut scene = Scene::new(Some(DtlsRole::Server));
    scene.check(4000, true);
    assert_eq!(scene.told, [Output::IceConnected(address(4000))]);
    assert!(scene.sent.is_empty());
    scene.browser_starts(Role::Client);
    scene.assert_keys_fit(true);
}

#[test]
fn as_client_we_begin_when_pair_and_description_are_there_and_not_before() {
    let mut scene = Scene::new(None);
    scene.check(4000, true);
    assert!(scene.sent.is_empty(), "no description yet");
    scene.plan.remote = Some(remote(&scene.browser, DtlsRole::Client));
    scene.dtls = Some(Association::new(scene.now, &scene.browser, Role::Server));
    scene.apply();
    scene.assert_keys_fit(false);
    assert!(scene.sent.iter().all(|(to, _)| *to == address(4000)));

    let mut scene = Scene::new(Some(DtlsRole::Client));
    scene.wait(Duration::from_secs(5));
    assert!(scene.sent.is_empty(), "no pair yet");
    scene.check(4000, false);
    assert!(!scene.sent.is_empty(), "a valid pair will do");
}

#[test]
fn a_handshake_that_overtakes_the_description_keeps_its_keys_back() {
    let mut scene = Scene::new(None);
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    assert!(scene.browser_keys.is_some(), "the handshake itself is done");
    assert_eq!(scene.keys(), None);
    scene.plan.remote = Some(remote(&scene.browser, DtlsRole::Server));
    scene.apply();
    scene.assert_keys_fit(true);
}

#[test]
fn keys_held_back_are_never_given_out_for_another_certificate() {
    let mut scene = Scene::new(None);
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    scene.plan.remote = Some(remote(&identity(), DtlsRole::Server));
    scene.apply();
    assert_eq!(scene.keys(), None);
    assert_eq!(
        scene.failures(),
        ["the certificate is not the one announced"]
    );
}

#[test]
fn a_certificate_that_is_not_announced_ends_dtls_before_it_is_done() {
    for role in [DtlsRole::Server, DtlsRole::Client] {
        let mut scene = Scene::new(Some(role));
        scene.plan.remote = Some(remote(&identity(), role));
        scene.leg = Handshake::new(scene.now, &scene.plan, &mut scene.random);
        if role == DtlsRole::Server {
            scene.check(4000, true);
            scene.browser_starts(Role::Client);
        } else {
            scene.dtls = Some(Association::new(scene.now, &scene.browser, Role::Server));
            scene.check(4000, true);
        }
        assert_eq!(scene.keys(), None);
        assert_eq!(scene.failures().len(), 1);
    }
}

#[test]
fn dtls_from_an_address_without_a_check_is_not_looked_at() {
    let mut scene = Scene::new(Some(DtlsRole::Server));
    scene.check(4000, true);
    // An off-path host races with a ClientHello of its own.
    let attacker = identity();
    let mut race = Association::new(scene.now, &attacker, Role::Client);
    while let Some(output) = race.poll_output() {
        if let rtc_dtls::Output::Transmit(bytes) = output {
            assert!(
                !scene
                    .leg
                    .handle_dtls(scene.now, &scene.ours, address(666), &bytes)
            );
        }
    }
    scene.drain();
    assert!(scene.sent.is_empty(), "and gets no answer");
    scene.browser_starts(Role::Client);
    scene.assert_keys_fit(true);
}

#[test]
fn a_forged_alert_from_the_browsers_address_costs_an_attempt_not_the_call() {
    const FATAL: [u8; 15] = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40];
    let mut scene = Scene::new(Some(DtlsRole::Client));
    scene.check(4000, true);
    let before = scene.sent.len();
    scene
        .leg
        .handle_dtls(scene.now, &scene.ours, address(4000), &FATAL);
    scene.dtls = Some(Association::new(scene.now, &scene.browser, Role::Server));
    scene.drain();
    assert!(scene.sent.len() > before, "a new ClientHello");
    scene.assert_keys_fit(false);
    scene
        .leg
        .handle_dtls(scene.now, &scene.ours, address(4000), &FATAL);
    scene.drain();
    assert!(scene.failures().is_empty());
}

#[test]
fn an_ice_restart_keeps_the_dtls_association() {
    let mut scene = Scene::new(Some(DtlsRole::Server));
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    let keys = scene.keys().unwrap().clone();
    let (told, sent) = (scene.told.len(), scene.sent.len());

    scene.plan.local_ufrag = "0000next".to_owned();
    scene.plan.local_pwd = "another-password-22-char".to_owned();
    let remote = scene.plan.remote.as_mut().unwrap();
    remote.ufrag = "bro2".to_owned();
    // PITFALL P25: a browser may answer with another setup; the association does not care.
    remote.dtls_role = DtlsRole::Client;
    scene.apply();
    assert_eq!(scene.told.len(), told, "nothing to tell yet");
    assert_eq!(scene.leg.selected(), Some(address(4000)));
    scene.check(4000, true);
    assert_eq!(scene.told[told..], [Output::IceConnected(address(4000))]);
    assert_eq!(scene.keys(), Some(&keys));
    assert_eq!(scene.sent.len(), sent, "no DTLS at all");
}

#[test]
fn a_new_certificate_begins_a_new_association() {
    let mut scene = Scene::new(Some(DtlsRole::Server));
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    let first = scene.keys().unwrap().clone();
    scene.browser = identity();
    scene.plan.remote = Some(remote(&scene.browser, DtlsRole::Server));
    scene.plan.local_ufrag = "0000next".to_owned();
    scene.apply();
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    scene.assert_keys_fit(true);
    assert_ne!(scene.keys(), Some(&first));
}

#[test]
fn a_connected_leg_is_written_down_and_goes_on() {
    let mut scene = Scene::new(Some(DtlsRole::Server));
    scene.check(4000, true);
    scene.browser_starts(Role::Client);
    let told = scene.told.len();
    let mut bytes = Vec::new();
    ciborium::into_writer(&scene.leg, &mut bytes).unwrap();
    scene.leg = ciborium::from_reader(&bytes[..]).unwrap();
    scene.apply();
    scene.check(4000, true);
    scene.wait(Duration::from_secs(5));
    assert_eq!(scene.told.len(), told, "nothing happened");
    assert_eq!(scene.leg.selected(), Some(address(4000)));
    scene.wait(Duration::from_secs(40));
    assert_eq!(scene.told.last(), Some(&Output::IceFailed));
    assert_eq!(scene.leg.poll_timeout(), None);
}

#[test]
fn a_handshake_under_way_when_written_down_is_begun_again() {
    let mut scene = Scene::new(Some(DtlsRole::Client));
    scene.check(4000, true);
    assert!(!scene.sent.is_empty());
    let mut bytes = Vec::new();
    ciborium::into_writer(&scene.leg, &mut bytes).unwrap();
    scene.leg = ciborium::from_reader(&bytes[..]).unwrap();
    scene.dtls = Some(Association::new(scene.now, &scene.browser, Role::Server));
    scene.check(4000, true);
    scene.assert_keys_fit(false);
}

#[test]
fn a_browser_that_never_speaks_dtls_is_told_of() {
    for role in [DtlsRole::Server, DtlsRole::Client] {
        let mut scene = Scene::new(Some(role));
        for _ in 0..9 {
            scene.check(4000, true);
            scene.wait(Duration::from_secs(5));
        }
        assert_eq!(scene.failures().len(), 1, "{:?}", scene.told);
        // A restart gives it another chance.
        scene.plan.local_ufrag = "0000next".to_owned();
        scene.apply();
        scene.check(4000, true);
        if role == DtlsRole::Server {
            scene.browser_starts(Role::Client);
            scene.assert_keys_fit(true);
        }
    }
}
