//! A telephone with keys from its SDP: what it says is believed only when it authenticates, and nothing leaves in the clear.

use crate::world::*;
use control_command::{Protection, Sdes, Suite, TransportPlan};
use media_stream::{Port, Profile, Verdict};
use rtc_rtp::RtpHeader;
use rtc_srtp::{MasterKey, ReceiveContext, SendContext};

const SUITES: [(Suite, Profile); 6] = [
    (Suite::AeadAes256Gcm, Profile::AeadAes256Gcm),
    (Suite::AeadAes128Gcm, Profile::AeadAes128Gcm),
    (Suite::AesCm256HmacSha1_80, Profile::Aes256CmHmacSha1_80),
    (Suite::AesCm256HmacSha1_32, Profile::Aes256CmHmacSha1_32),
    (Suite::AesCm128HmacSha1_80, Profile::Aes128CmHmacSha1_80),
    (Suite::AesCm128HmacSha1_32, Profile::Aes128CmHmacSha1_32),
];

fn master(profile: Profile, octet: u8) -> MasterKey {
    let key = vec![octet; profile.key_length()];
    MasterKey::new(profile, &key, &vec![octet; profile.salt_length()]).unwrap()
}

/// The telephone's ends of the keys: ours are made of `ours`, its own of `theirs`.
struct Phone {
    send: SendContext,
    receive: ReceiveContext,
}

impl Phone {
    fn new(profile: Profile, ours: u8, theirs: u8) -> Self {
        Self {
            send: SendContext::new(profile, &master(profile, theirs)),
            receive: ReceiveContext::new(profile, &master(profile, ours)),
        }
    }

    fn says(&mut self, said: Said) -> Vec<u8> {
        let mut bytes = said.bytes();
        let length = bytes.len();
        bytes.resize(length + 64, 0);
        let length = self.send.protect_rtp(&mut bytes, length).unwrap();
        bytes.truncate(length);
        bytes
    }

    fn hears(&mut self, bytes: &[u8]) -> RtpHeader {
        let mut bytes = bytes.to_vec();
        let length = bytes.len();
        let length = self.receive.unprotect_rtp(&mut bytes, length).unwrap();
        RtpHeader::parse(&bytes[..length]).unwrap()
    }
}

fn protect(world: &mut World, protection: Protection) {
    match &mut world.leg(PHONE).transport {
        TransportPlan::Rtp(plan) => plan.protection = protection,
        TransportPlan::WebRtc(_) => panic!("no phone"),
    }
    world.apply();
}

fn keyed(suite: Suite, ours: u8, theirs: u8) -> Protection {
    let material = |octet| vec![octet; suite.material_length()];
    Protection::Keyed(Box::new(Sdes {
        suite,
        local: material(ours),
        remote: material(theirs),
    }))
}

/// The browser speaks; what leaves towards the phone.
fn towards_phone(world: &mut World, n: u32) -> Option<Vec<u8>> {
    let bytes = world.protect(&Said::by(BY_BROWSER, n).bytes());
    let (verdict, buffer) = world.arrives(BROWSER, Port::Mux, BROWSER_AT, &bytes);
    match verdict {
        Verdict::Forward {
            leg: PHONE, range, ..
        } => Some(buffer[range].to_vec()),
        Verdict::Drop => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_hear_each_other_in_every_suite() {
    for (suite, profile) in SUITES {
        let mut world = World::new(Profile::AeadAes256Gcm);
        protect(&mut world, keyed(suite, 5, 6));
        let mut phone = Phone::new(profile, 5, 6);
        for n in 0..100 {
            world.wait(20);
            let packet = phone.says(Said::by(BY_PHONE, n));
            let heard = world
                .phone_sends(PHONE_RTP, &packet)
                .expect("the browser hears");
            assert_eq!(heard.payload, [n as u8; 160]);
            let sent = towards_phone(&mut world, n).expect("the phone hears");
            assert_eq!(phone.hears(&sent).ssrc, TO_PHONE);
        }
        assert_eq!(world.counters(PHONE).packets_refused, 0);
    }
}

#[test]
fn p54_what_is_not_authentic_is_not_heard_and_teaches_nothing() {
    let mut world = World::gcm();
    protect(&mut world, keyed(Suite::AesCm128HmacSha1_80, 5, 6));
    let mut phone = Phone::new(Profile::Aes128CmHmacSha1_80, 5, 6);
    let mut stranger = Phone::new(Profile::Aes128CmHmacSha1_80, 5, 9);
    // From behind the phone's own address, another port.
    let near = "192.168.1.20:9999";
    for n in 0..50 {
        assert_eq!(
            world.phone_sends(near, &Said::by(BY_PHONE, n).bytes()),
            None
        );
        let forged = stranger.says(Said::by(BY_PHONE, n));
        assert_eq!(world.phone_sends(near, &forged), None);
    }
    assert_eq!(world.counters(PHONE).packets_refused, 100);
    let packet = phone.says(Said::by(BY_PHONE, 0));
    assert!(world.phone_sends(PHONE_RTP, &packet).is_some());
    assert_eq!(world.phone_sends(PHONE_RTP, &packet), None, "a replay");
}

#[test]
fn without_a_key_nothing_goes_either_way() {
    let mut world = World::gcm();
    protect(&mut world, Protection::Awaited);
    let mut phone = Phone::new(Profile::Aes128CmHmacSha1_80, 5, 6);
    assert_eq!(
        world.phone_sends(PHONE_RTP, &Said::by(BY_PHONE, 0).bytes()),
        None
    );
    let packet = phone.says(Said::by(BY_PHONE, 1));
    assert_eq!(world.phone_sends(PHONE_RTP, &packet), None);
    assert_eq!(towards_phone(&mut world, 0), None);
    world.next_timeout();
    assert!(
        world.sent_reports().iter().all(|(leg, ..)| *leg != PHONE),
        "no report in the clear"
    );
}

#[test]
fn a_key_of_the_wrong_length_is_as_good_as_none() {
    let mut world = World::gcm();
    protect(
        &mut world,
        Protection::Keyed(Box::new(Sdes {
            suite: Suite::AeadAes128Gcm,
            local: vec![1; 30],
            remote: vec![2; 28],
        })),
    );
    assert_eq!(towards_phone(&mut world, 0), None);
    assert_eq!(
        world.phone_sends(PHONE_RTP, &Said::by(BY_PHONE, 0).bytes()),
        None
    );
}

#[test]
fn p40_the_same_keys_go_on_and_a_new_key_begins_anew() {
    let mut world = World::gcm();
    let (suite, profile) = (Suite::AesCm128HmacSha1_80, Profile::Aes128CmHmacSha1_80);
    protect(&mut world, keyed(suite, 5, 6));
    let mut phone = Phone::new(profile, 5, 6);
    // Over a rollover, in both directions.
    for n in 0..70_000 {
        let packet = phone.says(Said::by(BY_PHONE, n));
        assert!(world.phone_sends(PHONE_RTP, &packet).is_some());
        let sent = towards_phone(&mut world, n).unwrap();
        phone.hears(&sent);
        world.wait(20);
    }
    // A refresh.
    protect(&mut world, keyed(suite, 5, 6));
    let packet = phone.says(Said::by(BY_PHONE, 70_000));
    assert!(world.phone_sends(PHONE_RTP, &packet).is_some());
    let sent = towards_phone(&mut world, 70_000).unwrap();
    phone.hears(&sent);
    // Another telephone with keys of its own, which knows nothing of a rollover.
    protect(&mut world, keyed(suite, 7, 8));
    let mut other = Phone::new(profile, 7, 8);
    let packet = other.says(Said::by(0x3000_0001, 1));
    assert!(world.phone_sends(PHONE_RTP, &packet).is_some());
    let sent = towards_phone(&mut world, 70_001).unwrap();
    other.hears(&sent);
    let packet = phone.says(Said::by(BY_PHONE, 70_001));
    assert_eq!(
        world.phone_sends(PHONE_RTP, &packet),
        None,
        "the old key is over"
    );
}

#[test]
fn reports_are_protected_too() {
    let mut world = World::gcm();
    protect(&mut world, keyed(Suite::AeadAes128Gcm, 5, 6));
    let mut phone = Phone::new(Profile::AeadAes128Gcm, 5, 6);
    let packet = phone.says(Said::by(BY_PHONE, 0));
    world.phone_sends(PHONE_RTP, &packet).unwrap();
    let mut reports = Vec::new();
    for _ in 0..4 {
        world.next_timeout();
        reports.extend(world.sent_reports());
    }
    let (.., bytes) = reports.iter().find(|(leg, ..)| *leg == PHONE).unwrap();
    let mut bytes = bytes.clone();
    let length = bytes.len();
    assert!(phone.receive.unprotect_rtcp(&mut bytes, length).is_ok());
    // In the clear they are not taken.
    assert!(!world.reports(PHONE, PHONE_RTCP, &[0x80, 201, 0, 1, 0, 0, 0, 1]));
}
