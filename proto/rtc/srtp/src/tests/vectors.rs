//! Published packets, octet by octet.

use super::unhex;
use crate::derive::SessionKeys;
use crate::transform::Transform;
use crate::{MasterKey, Profile, ReceiveContext, SendContext};

/// RFC 7714 §16 and §17 give session keys, not master keys.
fn rfc_7714(profile: Profile) -> Transform {
    let keys = || {
        let salt = unhex("51756964 2070726f 2071756f 0000");
        SessionKeys {
            encryption: std::array::from_fn(|place| place as u8),
            authentication: [0; 20],
            salt: std::array::from_fn(|place| salt[place]),
        }
    };
    Transform::keyed(profile, &keys(), &keys())
}

#[test]
fn an_srtp_packet_comes_out_as_in_rfc_7714_section_16_1() {
    let plain = unhex(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472
         6573",
    );
    let sealed = unhex(
        "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf
         8833899d 7f27beb1 6a9152cf 765ee439 0cce",
    );
    let transform = rfc_7714(Profile::AeadAes128Gcm);
    let place = (0x5501_a0b2, 0xf17b);
    let mut buffer = plain.clone();
    buffer.resize(200, 0);
    let end = transform.seal_rtp(&mut buffer, (12, plain.len()), place);
    assert_eq!(buffer[..end.unwrap()], sealed[..]);
    let end = transform.open_rtp(&mut buffer, (12, sealed.len()), place);
    assert_eq!(buffer[..end.unwrap()], plain[..]);
}

#[test]
fn an_srtp_packet_comes_out_as_in_rfc_7714_section_16_2() {
    let plain = unhex(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472
         6573",
    );
    let sealed = unhex(
        "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799
         b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
    );
    let transform = rfc_7714(Profile::AeadAes256Gcm);
    let place = (0x5501_a0b2, 0xf17b);
    let mut buffer = plain.clone();
    buffer.resize(200, 0);
    let end = transform.seal_rtp(&mut buffer, (12, plain.len()), place);
    assert_eq!(buffer[..end.unwrap()], sealed[..]);
    let end = transform.open_rtp(&mut buffer, (12, sealed.len()), place);
    assert_eq!(buffer[..end.unwrap()], plain[..]);
}

#[test]
fn an_srtcp_packet_comes_out_as_in_rfc_7714_section_17_1() {
    let plain = unhex(
        "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef
         deadbeef",
    );
    let sealed = unhex(
        "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
         0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
    );
    let transform = rfc_7714(Profile::AeadAes128Gcm);
    let place = (0x4d61_7273, 0x5d4);
    let mut buffer = plain.clone();
    buffer.resize(200, 0);
    let end = transform.seal_rtcp(&mut buffer, plain.len(), place);
    assert_eq!(buffer[..end.unwrap()], sealed[..]);
    let end = transform.open_rtcp(&mut buffer, sealed.len(), place);
    assert_eq!(buffer[..end.unwrap()], plain[..]);
}

/// The packets that libsrtp's `srtp_driver` validates itself with, under the master key of RFC 3711 appendix B.3.
#[test]
fn counter_mode_agrees_with_libsrtp() {
    let profile = Profile::Aes128CmHmacSha1_80;
    let master = MasterKey::new(
        profile,
        &unhex("e1f97a0d3e018be0d64fa32c06de4139"),
        &unhex("0ec675ad498afeebb6960b3aabe6"),
    )
    .unwrap();
    let (mut send, mut receive) = (
        SendContext::new(profile, &master),
        ReceiveContext::new(profile, &master),
    );

    let plain = unhex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let sealed = unhex(
        "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb",
    );
    let mut buffer = plain.clone();
    buffer.resize(100, 0);
    let end = send.protect_rtp(&mut buffer, plain.len()).unwrap();
    assert_eq!(buffer[..end], sealed[..]);
    let end = receive.unprotect_rtp(&mut buffer, end).unwrap();
    assert_eq!(buffer[..end], plain[..]);

    let plain = unhex("81c8000b cafebabe abababab abababab abababab abababab");
    let sealed = unhex(
        "81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798",
    );
    let mut buffer = plain.clone();
    buffer.resize(100, 0);
    let end = send.protect_rtcp(&mut buffer, plain.len()).unwrap();
    assert_eq!(buffer[..end], sealed[..]);
    let end = receive.unprotect_rtcp(&mut buffer, end).unwrap();
    assert_eq!(buffer[..end], plain[..]);
}
