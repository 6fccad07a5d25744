//! The keys of a telephone as tones (ITU-T Q.23, Q.24): two at a time, one of four low ones and one of four high ones.

/// Hz of the rows of the keypad, and of its columns.
const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// Row and column of each event of RFC 4733: 0 to 9, `*`, `#`, A to D.
const PLACES: [(usize, usize); 16] = [
    (3, 1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (3, 3),
];
/// How loud each of the two tones is made: -9 dB of full scale, the high one two decibels louder, as lines that swallow high tones need.
const LOUDNESS: (f64, f64) = (8200.0, 10_300.0);
/// Key tones are looked for in pieces of so many samples at 8 kHz: 13 ms, so that two of them fit into the 40 ms that every key must
/// last, and none is found in the 20 ms that are too short for one (Q.24).
const PIECE: usize = 102;
/// A tone more quiet than this is none: -39 dB of full scale, a little less than what Q.24 wants taken.
const QUIET: f64 = 350.0;
/// So much of the energy must be in the two tones; speech and music have the rest elsewhere.
const SHARE: f64 = 0.75;
/// The one may be so much louder than the other: 8 dB if it is the low one, 4 dB if it is the high one (in energy).
const TWIST: (f64, f64) = (6.3, 2.5);

/// A key's tone.
#[derive(Clone, Debug)]
pub struct KeyTone {
    steps: (f64, f64),
    sample: u32,
}

impl KeyTone {
    /// The tone of an event, 0 to 15, at so many samples a second. `None` for an event that is no key.
    pub fn new(event: u8, rate: u32) -> Option<Self> {
        let (row, column) = *PLACES.get(usize::from(event))?;
        let step = |frequency: f64| std::f64::consts::TAU * frequency / f64::from(rate.max(1));
        Some(Self {
            steps: (step(*LOW.get(row)?), step(*HIGH.get(column)?)),
            sample: 0,
        })
    }

    /// The next samples of it.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            let place = f64::from(self.sample);
            self.sample = self.sample.wrapping_add(1);
            let low = LOUDNESS.0 * (self.steps.0 * place).sin();
            let high = LOUDNESS.1 * (self.steps.1 * place).sin();
            *sample = (low + high).round() as i16;
        }
    }
}

/// Hears which key is pressed.
#[derive(Clone, Debug)]
pub struct KeyEar {
    rate: f64,
    piece: usize,
    /// Since the last piece.
    samples: Vec<i16>,
    /// What was in the last piece.
    last: Option<u8>,
    /// What was in two pieces one after another, until two had something else.
    key: Option<u8>,
}

impl KeyEar {
    /// For sound at this rate.
    pub fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            piece: PIECE * (rate / crate::SAMPLE_RATE).max(1) as usize,
            samples: Vec::new(),
            last: None,
            key: None,
        }
    }

    /// Plays samples to it; the event of the key that is pressed at their end.
    pub fn listen(&mut self, pcm: &[i16]) -> Option<u8> {
        self.samples.extend_from_slice(pcm);
        let samples = std::mem::take(&mut self.samples);
        let mut pieces = samples.chunks_exact(self.piece);
        for piece in pieces.by_ref() {
            let heard = key_in(piece, self.rate);
            if heard == self.last {
                self.key = heard;
            }
            self.last = heard;
        }
        self.samples = pieces.remainder().to_vec();
        self.key
    }
}

/// The key whose two tones make up a piece.
fn key_in(piece: &[i16], rate: f64) -> Option<u8> {
    let count = piece.len() as f64;
    let energy: f64 = piece.iter().map(|it| f64::from(*it) * f64::from(*it)).sum();
    if energy < QUIET * QUIET * count {
        return None;
    }
    let loudest = |frequencies: &[f64; 4]| {
        let powers = frequencies.map(|frequency| power(piece, frequency, rate));
        let mut best = (0, 0.0);
        for (place, power) in powers.into_iter().enumerate() {
            if power > best.1 {
                best = (place, power);
            }
        }
        best
    };
    let ((row, low), (column, high)) = (loudest(&LOW), loudest(&HIGH));
    // A tone of amplitude a has the energy a²/2 a sample and the power (a·n/2)².
    let share = 2.0 * (low + high) / count / energy;
    let straight = low <= TWIST.0 * high && high <= TWIST.1 * low;
    if share < SHARE || !straight {
        return None;
    }
    let place = PLACES.iter().position(|place| *place == (row, column))?;
    u8::try_from(place).ok()
}

/// Goertzel: the power of one frequency.
fn power(piece: &[i16], frequency: f64, rate: f64) -> f64 {
    let coefficient = 2.0 * (std::f64::consts::TAU * frequency / rate).cos();
    let (mut before, mut before_that) = (0.0, 0.0);
    for sample in piece {
        let next = f64::from(*sample) + coefficient * before - before_that;
        before_that = before;
        before = next;
    }
    before * before + before_that * before_that - coefficient * before * before_that
}

#[cfg(test)]
mod tests {
    use super::{KeyEar, KeyTone};
    use crate::sound::sine;
    use crate::{Decoder, Encoder, G711};

    #[test]
    fn every_key_is_heard_at_every_rate_through_g_711() {
        for rate in [8000, 16_000] {
            for event in 0..16 {
                let mut frame = vec![0; rate as usize / 20];
                KeyTone::new(event, rate).expect("a key").fill(&mut frame);
                let (mut payload, mut pcm) = (Vec::new(), Vec::new());
                G711::ALaw.encode(&frame, &mut payload).expect("coded");
                G711::ALaw.decode(&payload, &mut pcm).expect("decoded");
                let mut ear = KeyEar::new(rate);
                assert_eq!(ear.listen(&pcm), Some(event));
                assert_eq!(ear.listen(&vec![0; rate as usize / 20]), None);
            }
        }
        assert!(KeyTone::new(16, 8000).is_none());
    }

    #[test]
    fn what_is_too_short_or_too_quiet_is_no_key() {
        let mut frame = vec![0; 800];
        let mut tone = KeyTone::new(7, 8000).expect("a key");
        tone.fill(&mut frame[..160]);
        let mut ear = KeyEar::new(8000);
        for part in frame.chunks(80) {
            assert_eq!(ear.listen(part), None, "20 ms");
        }
        tone.fill(&mut frame);
        frame.iter_mut().for_each(|sample| *sample /= 64);
        assert_eq!(KeyEar::new(8000).listen(&frame), None);
    }

    #[test]
    fn speech_like_sound_and_single_tones_are_no_keys() {
        for frequency in [440, 697, 770, 1209, 1477] {
            assert_eq!(
                KeyEar::new(8000).listen(&sine(frequency, 8000.0, 8000, 800)),
                None
            );
        }
        // A pitch with its overtones, two of which are near a key's.
        let mut voice = vec![0_i16; 8000];
        for overtone in 1..12 {
            let part = sine(174 * overtone, 2500.0, 8000, 8000);
            voice.iter_mut().zip(part).for_each(|(sum, it)| *sum += it);
        }
        let mut ear = KeyEar::new(8000);
        assert!(voice.chunks(160).all(|part| ear.listen(part).is_none()));
    }
}
