use crate::SAMPLE_RATE;

/// Hears whether a tone is in what is played to it: Goertzel's algorithm over all samples since the last answer.
///
/// Not `serde`: it listens for a fraction of a second, in tests and the demo.
#[derive(Clone, Debug)]
pub struct Ear {
    coefficient: f64,
    before: f64,
    before_that: f64,
    /// Sum of the squares of all samples.
    energy: f64,
    samples: u32,
}

impl Ear {
    /// Listens for `frequency` Hz.
    pub fn new(frequency: u32) -> Self {
        let turn = std::f64::consts::TAU * f64::from(frequency) / f64::from(SAMPLE_RATE);
        Self {
            coefficient: 2.0 * turn.cos(),
            before: 0.0,
            before_that: 0.0,
            energy: 0.0,
            samples: 0,
        }
    }

    /// Plays samples to it.
    pub fn listen(&mut self, samples: &[i16]) {
        for &sample in samples {
            let sample = f64::from(sample);
            let next = sample + self.coefficient * self.before - self.before_that;
            self.before_that = self.before;
            self.before = next;
            self.energy += sample * sample;
            self.samples = self.samples.saturating_add(1);
        }
    }

    /// Which part of the energy heard is the tone's, 0 to 1 (silence is 0), and a new beginning. Over a tenth of a second a pure
    /// tone through G.711 gives more than 0.99, another tone or noise less than 0.1.
    pub fn share(&mut self) -> f64 {
        let power = self.before * self.before + self.before_that * self.before_that
            - self.coefficient * self.before * self.before_that;
        let whole = self.energy * f64::from(self.samples) / 2.0;
        let share = if whole > 0.0 { power / whole } else { 0.0 };
        (self.before, self.before_that, self.energy, self.samples) = (0.0, 0.0, 0.0, 0);
        share.min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Ear;
    use crate::{Tone, a_law, mu_law};

    fn heard(made: u32, sought: u32) -> f64 {
        let mut frame = [0; 800];
        Tone::new(made, 8000).fill(&mut frame);
        let mut ear = Ear::new(sought);
        ear.listen(&frame);
        ear.share()
    }

    #[test]
    fn its_own_tone_is_heard_and_no_other() {
        assert!(heard(440, 440) > 0.99);
        assert!(heard(1000, 440) < 0.01);
        assert!(heard(480, 440) < 0.1);
    }

    #[test]
    fn silence_is_no_tone() {
        let mut ear = Ear::new(440);
        ear.listen(&[0; 800]);
        assert_eq!(ear.share(), 0.0);
    }

    #[test]
    fn a_tone_survives_g_711() {
        for (encode, decode) in [
            (
                mu_law::encode as fn(i16) -> u8,
                mu_law::decode as fn(u8) -> i16,
            ),
            (a_law::encode, a_law::decode),
        ] {
            let mut frame = [0; 1600];
            Tone::new(700, 10_000).fill(&mut frame);
            let through: Vec<i16> = frame.iter().map(|sample| decode(encode(*sample))).collect();
            let mut ear = Ear::new(700);
            ear.listen(&through);
            assert!(ear.share() > 0.99);
        }
    }

    #[test]
    fn frames_join_without_a_click() {
        let (mut whole, mut first, mut second) = ([0; 320], [0; 160], [0; 160]);
        Tone::new(433, 8000).fill(&mut whole);
        let mut tone = Tone::new(433, 8000);
        tone.fill(&mut first);
        tone.fill(&mut second);
        assert_eq!(whole.as_slice(), [first, second].concat());
    }
}
