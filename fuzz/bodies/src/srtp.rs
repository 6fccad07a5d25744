//! SRTP and SRTCP from one who has no key: always refused, and nothing changes. From one who has: what was protected comes back.

use rtc_srtp::{MAX_GROWTH, Profile, ReceiveContext, SendContext, SrtpKeys};

const PROFILES: [Profile; 4] = [
    Profile::AeadAes128Gcm,
    Profile::Aes128CmHmacSha1_80,
    Profile::Aes128CmHmacSha1_32,
    Profile::AeadAes256Gcm,
];

/// The first octet chooses the profile, the rest is the packet.
pub fn srtp(bytes: &[u8]) {
    let Some((choice, packet)) = bytes.split_first() else {
        return;
    };
    let Some(profile) = PROFILES.get(usize::from(choice % 4)).copied() else {
        return;
    };
    let material: Vec<u8> = (7..).take(profile.material_length()).collect();
    let Some(keys) = SrtpKeys::from_dtls(profile, &material, true) else {
        unreachable!("the material has its length");
    };
    forged(&keys, packet);
    authentic(&keys, packet);
}

fn forged(keys: &SrtpKeys, packet: &[u8]) {
    let mut receive = ReceiveContext::new(keys.profile, &keys.remote);
    let untouched = receive.clone();
    let mut buffer = packet.to_vec();
    // A 32-bit tag may be met by accident; no fuzzer that is not told the key will find one of 80 bits.
    let lucky = keys.profile == Profile::Aes128CmHmacSha1_32;
    let opened = receive.unprotect_rtp(&mut buffer, packet.len()).is_ok();
    assert!(!opened || lucky);
    let mut buffer = packet.to_vec();
    assert!(receive.unprotect_rtcp(&mut buffer, packet.len()).is_err());
    assert!(opened || receive == untouched);
}

fn authentic(keys: &SrtpKeys, packet: &[u8]) {
    let mut send = SendContext::new(keys.profile, &keys.local);
    let mut receive = ReceiveContext::new(keys.profile, &keys.local);
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_GROWTH, 0);
    if let Ok(length) = send.protect_rtp(&mut buffer, packet.len()) {
        let opened = receive.unprotect_rtp(&mut buffer, length);
        assert_eq!(opened, Ok(packet.len()));
        assert_eq!(buffer.get(..packet.len()), Some(packet));
        let mut again = packet.to_vec();
        again.resize(packet.len() + MAX_GROWTH, 0);
        assert!(send.protect_rtp(&mut again, packet.len()).is_err());
    }
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_GROWTH, 0);
    if let Ok(length) = send.protect_rtcp(&mut buffer, packet.len()) {
        let opened = receive.unprotect_rtcp(&mut buffer, length);
        assert_eq!(opened, Ok(packet.len()));
        assert_eq!(buffer.get(..packet.len()), Some(packet));
    }
}
