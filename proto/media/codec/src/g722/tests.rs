#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::{G722Decoder, G722Encoder};
use crate::sound::{sine, snr_of_sine};
use crate::{Broken, Decoder, Encoder};

#[test]
fn tones_of_both_bands_come_back() {
    for (frequency, least) in [
        (300, 35.0),
        (1000, 35.0),
        (3000, 30.0),
        (5000, 18.0),
        (6500, 16.0),
    ] {
        let mut payload = Vec::new();
        let mut encoder = G722Encoder::default();
        for frame in sine(frequency, 8000.0, 16_000, 16_000).chunks(320) {
            encoder.encode(frame, &mut payload).unwrap();
        }
        assert_eq!(payload.len(), 8000);
        let (mut decoder, mut pcm) = (G722Decoder::default(), Vec::new());
        for packet in payload.chunks(160) {
            decoder.decode(packet, &mut pcm).unwrap();
        }
        let (level, snr) = snr_of_sine(&pcm[3200..], frequency, 16_000);
        assert!(
            (7500.0..8500.0).contains(&level),
            "{frequency} Hz: level {level}"
        );
        assert!(snr > least, "{frequency} Hz: {snr} dB");
    }
}

#[test]
fn whatever_comes_is_decoded_and_too_much_is_refused() {
    let (mut decoder, mut pcm) = (G722Decoder::default(), Vec::new());
    for seed in 0..50_u32 {
        let noise: Vec<u8> = (0..160_u32)
            .map(|it| (it.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        decoder.decode(&noise, &mut pcm).unwrap();
    }
    assert_eq!(pcm.len(), 50 * 320);
    assert_eq!(decoder.decode(&[0; 961], &mut pcm), Err(Broken));
    let mut payload = Vec::new();
    assert_eq!(
        G722Encoder::default().encode(&[0; 3], &mut payload),
        Err(Broken)
    );
}
