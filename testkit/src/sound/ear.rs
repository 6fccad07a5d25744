use media_codec::{SAMPLE_RATE, mu_law};

/// Half a second.
const MEMORY: usize = SAMPLE_RATE as usize / 2;

/// The last half second heard.
#[derive(Debug, Default)]
pub(super) struct Ear {
    samples: Vec<i16>,
}

impl Ear {
    pub(super) fn hear(&mut self, codes: &[u8]) {
        self.samples
            .extend(codes.iter().map(|code| mu_law::decode(*code)));
        let surplus = self.samples.len().saturating_sub(MEMORY);
        self.samples.drain(..surplus);
    }

    pub(super) fn forget(&mut self) {
        self.samples.clear();
    }

    /// Goertzel's way to one bin of a Fourier transform; silence until a tenth of a second was heard.
    pub(super) fn level(&self, tone: f64) -> f64 {
        if self.samples.len() < MEMORY / 5 {
            return 0.0;
        }
        let coefficient = 2.0 * (std::f64::consts::TAU * tone / f64::from(SAMPLE_RATE)).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in &self.samples {
            (one, two) = (f64::from(*sample) / 32768.0 + coefficient * one - two, one);
        }
        let power: f64 = one * one + two * two - coefficient * one * two;
        #[allow(clippy::cast_precision_loss)]
        let length = self.samples.len() as f64;
        2.0 * power.max(0.0).sqrt() / length
    }
}
