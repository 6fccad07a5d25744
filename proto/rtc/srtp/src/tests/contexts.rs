use crate::{MAX_GROWTH, MAX_STREAMS, MasterKey, Profile, ReceiveContext, Refused, SendContext};

const PROFILES: [Profile; 6] = [
    Profile::AeadAes256Gcm,
    Profile::AeadAes128Gcm,
    Profile::Aes256CmHmacSha1_80,
    Profile::Aes256CmHmacSha1_32,
    Profile::Aes128CmHmacSha1_80,
    Profile::Aes128CmHmacSha1_32,
];

fn pair(profile: Profile) -> (SendContext, ReceiveContext) {
    let key = vec![1; profile.key_length()];
    let master = MasterKey::new(profile, &key, &vec![2; profile.salt_length()]).unwrap();
    (
        SendContext::new(profile, &master),
        ReceiveContext::new(profile, &master),
    )
}

fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend((0..160).map(|octet| octet as u8 ^ sequence as u8));
    packet
}

fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, b'a', 0]);
    packet
}

fn protected(send: &mut SendContext, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + MAX_GROWTH, 0);
    let end = send.protect_rtp(&mut buffer, plain.len()).unwrap();
    buffer.truncate(end);
    assert_ne!(buffer[12..60], plain[12..60]);
    buffer
}

fn protected_rtcp(send: &mut SendContext, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + MAX_GROWTH, 0);
    let end = send.protect_rtcp(&mut buffer, plain.len()).unwrap();
    buffer.truncate(end);
    buffer
}

fn unprotected(receive: &mut ReceiveContext, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut buffer = sealed.to_vec();
    let end = receive.unprotect_rtp(&mut buffer, sealed.len())?;
    buffer.truncate(end);
    Ok(buffer)
}

#[test]
fn packets_go_through_and_the_rollover_counter_follows() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        // Joined late, then twice around.
        for step in 0..140_000u32 {
            let sequence = (40_000 + step) as u16;
            if step % 997 > 3 && step % 20_000 > 40 {
                continue;
            }
            let plain = rtp(7, sequence);
            let sealed = protected(&mut send, &plain);
            assert_eq!(
                unprotected(&mut receive, &sealed),
                Ok(plain),
                "{profile:?} {step}"
            );
        }
    }
}

#[test]
fn packets_out_of_order_around_the_rollover_are_understood() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let order = [65_533, 65_535, 0, 65_534, 2, 1];
        for sequence in order {
            let plain = rtp(7, sequence);
            let sealed = protected(&mut send, &plain);
            assert_eq!(unprotected(&mut receive, &sealed), Ok(plain));
        }
    }
}

#[test]
fn a_replayed_packet_is_refused() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let first = protected(&mut send, &rtp(7, 1));
        unprotected(&mut receive, &first).unwrap();
        assert_eq!(unprotected(&mut receive, &first), Err(Refused::Replayed));
        for sequence in 2..400 {
            let sealed = protected(&mut send, &rtp(7, sequence));
            unprotected(&mut receive, &sealed).unwrap();
        }
        assert_eq!(unprotected(&mut receive, &first), Err(Refused::Replayed));

        let report = protected_rtcp(&mut send, &rtcp(7));
        let mut buffer = report.clone();
        receive.unprotect_rtcp(&mut buffer, report.len()).unwrap();
        let mut buffer = report.clone();
        assert_eq!(
            receive.unprotect_rtcp(&mut buffer, report.len()),
            Err(Refused::Replayed)
        );
    }
}

#[test]
fn any_changed_bit_is_noticed_and_teaches_nothing() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let sealed = protected(&mut send, &rtp(7, 9));
        let report = protected_rtcp(&mut send, &rtcp(7));
        let untouched = receive.clone();
        for bit in 0..sealed.len() * 8 {
            let mut tampered = sealed.clone();
            tampered[bit / 8] ^= 1 << (bit % 8);
            let length = tampered.len();
            assert!(
                receive.unprotect_rtp(&mut tampered, length).is_err(),
                "{bit}"
            );
        }
        for bit in 0..report.len() * 8 {
            let mut tampered = report.clone();
            tampered[bit / 8] ^= 1 << (bit % 8);
            let length = tampered.len();
            // The low bits of the RTCP header's first octet and its type are authenticated as well.
            assert!(
                receive.unprotect_rtcp(&mut tampered, length).is_err(),
                "{bit}"
            );
        }
        assert!(receive == untouched, "{profile:?}: something was learned");
        unprotected(&mut receive, &sealed).unwrap();
    }
}

#[test]
fn truncated_packets_are_refused() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let sealed = protected(&mut send, &rtp(7, 9));
        let report = protected_rtcp(&mut send, &rtcp(7));
        for length in 0..sealed.len() {
            assert!(unprotected(&mut receive, &sealed[..length]).is_err());
        }
        for length in 0..report.len() {
            let mut buffer = report.clone();
            assert!(receive.unprotect_rtcp(&mut buffer, length).is_err());
        }
        let mut short = sealed.clone();
        assert_eq!(
            receive.unprotect_rtp(&mut short, sealed.len() + 1),
            Err(Refused::Malformed)
        );
    }
}

#[test]
fn one_sequence_number_is_never_protected_twice() {
    for profile in PROFILES {
        let (mut send, _) = pair(profile);
        protected(&mut send, &rtp(7, 9));
        let mut other = rtp(7, 9);
        other[20] ^= 1;
        let length = other.len();
        other.resize(300, 0);
        assert_eq!(send.protect_rtp(&mut other, length), Err(Refused::Replayed));
    }
}

#[test]
fn a_packet_without_room_for_its_tag_is_refused_and_not_counted() {
    for profile in PROFILES {
        let (mut send, _) = pair(profile);
        let plain = rtp(7, 9);
        let mut tight = plain.clone();
        assert_eq!(
            send.protect_rtp(&mut tight, plain.len()),
            Err(Refused::NoRoom)
        );
        assert_eq!(tight, plain);
        protected(&mut send, &plain);
    }
}

#[test]
fn ssrcs_have_states_of_their_own_and_are_bounded() {
    for profile in PROFILES {
        let (_, mut receive) = pair(profile);
        for ssrc in 0..=MAX_STREAMS as u32 {
            // A sender of its own each time, as a browser is that changes its SSRC.
            let (mut send, _) = pair(profile);
            let sealed = protected(&mut send, &rtp(ssrc, 60_000));
            let outcome = unprotected(&mut receive, &sealed);
            if ssrc < MAX_STREAMS as u32 {
                assert!(outcome.is_ok());
            } else {
                assert_eq!(outcome, Err(Refused::TooManyStreams));
            }
        }
    }
}

#[test]
fn a_stranger_cannot_use_up_the_ssrcs() {
    let (_, mut receive) = pair(Profile::AeadAes128Gcm);
    for ssrc in 0..1000 {
        let mut forged = rtp(ssrc, 1);
        forged.extend([0; 16]);
        assert_eq!(
            unprotected(&mut receive, &forged),
            Err(Refused::NotAuthentic)
        );
    }
    let (mut send, _) = pair(Profile::AeadAes128Gcm);
    let sealed = protected(&mut send, &rtp(5000, 1));
    assert!(unprotected(&mut receive, &sealed).is_ok());
}

#[test]
fn header_extension_and_csrcs_stay_in_the_clear_but_signed() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let mut plain = rtp(7, 9);
        plain[0] |= 0x11;
        plain.splice(12..12, [0, 0, 0, 8, 0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0]);
        let mut buffer = plain.clone();
        buffer.resize(300, 0);
        let end = send.protect_rtp(&mut buffer, plain.len()).unwrap();
        assert_eq!(buffer[..24], plain[..24]);
        let mut tampered = buffer.clone();
        tampered[21] ^= 1;
        assert_eq!(
            receive.unprotect_rtp(&mut tampered, end),
            Err(Refused::NotAuthentic)
        );
        let end = receive.unprotect_rtp(&mut buffer, end).unwrap();
        assert_eq!(buffer[..end], plain[..]);
    }
}

#[test]
fn written_down_and_read_back_in_mid_stream_nothing_is_missed() {
    for profile in PROFILES {
        let (mut send, mut receive) = pair(profile);
        let mut last = Vec::new();
        for sequence in [65_534, 65_535, 0, 1] {
            last = protected(&mut send, &rtp(7, sequence));
            unprotected(&mut receive, &last).unwrap();
        }
        let mut report = protected_rtcp(&mut send, &rtcp(7));

        let text = serde_json::to_string(&send).unwrap();
        let mut send: SendContext = serde_json::from_str(&text).unwrap();
        let text = serde_json::to_string(&receive).unwrap();
        let mut receive: ReceiveContext = serde_json::from_str(&text).unwrap();

        assert_eq!(unprotected(&mut receive, &last), Err(Refused::Replayed));
        let plain = rtp(7, 2);
        let sealed = protected(&mut send, &plain);
        assert_eq!(unprotected(&mut receive, &sealed), Ok(plain));
        let length = report.len();
        receive.unprotect_rtcp(&mut report, length).unwrap();
        let mut next = protected_rtcp(&mut send, &rtcp(7));
        let length = next.len();
        receive.unprotect_rtcp(&mut next, length).unwrap();
    }
}

#[test]
fn contexts_do_not_print_their_keys() {
    let profile = Profile::AeadAes128Gcm;
    let master = MasterKey::new(profile, &[0xab; 16], &[0xcd; 12]).unwrap();
    let text = format!(
        "{:?} {:?}",
        SendContext::new(profile, &master),
        ReceiveContext::new(profile, &master)
    );
    assert!(!text.contains("171") && !text.contains("205"), "{text}");
}
