#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::pack::{pack, unpack};
use super::{G726Decoder, G726Encoder};
use crate::sound::{sine, snr_of_sine};
use crate::{Broken, Decoder, Encoder};

#[test]
fn a_tone_comes_back_at_every_rate_in_either_order() {
    for (bits, least) in [(2, 8.0), (3, 15.0), (4, 22.0), (5, 28.0)] {
        for high_first in [false, true] {
            let mut encoder = G726Encoder::new(bits, high_first).unwrap();
            let mut decoder = G726Decoder::new(bits, high_first).unwrap();
            let mut pcm = Vec::new();
            for frame in sine(1000, 8000.0, 8000, 8000).chunks(160) {
                let mut payload = Vec::new();
                encoder.encode(frame, &mut payload).unwrap();
                assert_eq!(payload.len(), 20 * usize::from(bits));
                decoder.decode(&payload, &mut pcm).unwrap();
            }
            let (level, snr) = snr_of_sine(&pcm[1600..], 1000, 8000);
            assert!(
                (7000.0..9000.0).contains(&level),
                "{bits} bits: level {level}"
            );
            assert!(snr > least, "{bits} bits: {snr} dB");
        }
    }
}

/// The example of RFC 3551 §4.5.4: which bits of the octets the first samples are.
#[test]
fn codes_are_packed_as_rfc_3551_draws_them() {
    let packed = |bits, high_first, codes: &[u8]| {
        let mut payload = Vec::new();
        pack(codes.iter().copied(), bits, high_first, &mut payload);
        assert_eq!(
            unpack(&payload, bits, high_first).collect::<Vec<_>>(),
            codes
        );
        payload
    };
    assert_eq!(packed(4, false, &[1, 2]), [0x21]);
    assert_eq!(packed(4, true, &[1, 2]), [0x12]);
    assert_eq!(packed(2, false, &[1, 2, 3, 0]), [0b0011_1001]);
    assert_eq!(packed(2, true, &[1, 2, 3, 0]), [0b0110_1100]);
    // 24 kbit/s: the third sample's low bits end the first octet, its high bit begins the second.
    assert_eq!(
        packed(3, false, &[1, 2, 7, 0, 0, 0, 0, 5]),
        [0b1101_0001, 0b0000_0001, 0b1010_0000]
    );
    assert_eq!(
        packed(5, true, &[31, 0, 31, 0, 31, 0, 31, 0]),
        [
            0b1111_1000,
            0b0011_1110,
            0b0000_1111,
            0b1000_0011,
            0b1110_0000
        ]
    );
}

#[test]
fn whatever_comes_is_decoded_and_too_much_is_refused() {
    for bits in 2..=5 {
        let mut decoder = G726Decoder::new(bits, false).unwrap();
        let mut pcm = Vec::new();
        for seed in 0..200_u32 {
            let noise: Vec<u8> = (0..60_u32)
                .map(|it| (it.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 11) as u8)
                .collect();
            decoder.decode(&noise, &mut pcm).unwrap();
        }
        assert_eq!(decoder.decode(&[0; 700], &mut pcm), Err(Broken));
    }
    assert!(G726Encoder::new(6, false).is_err());
    assert!(G726Decoder::new(1, true).is_err());
}
