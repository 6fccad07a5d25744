use crate::SAMPLE_RATE;
use serde::{Deserialize, Serialize};

/// A sine that goes on where it stopped: frames cut from it join without a click.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    frequency: u32,
    amplitude: i16,
    /// Samples so far, modulo one second: an integer frequency is in phase with itself after that.
    sample: u32,
}

impl Tone {
    /// A tone of `frequency` Hz with this peak.
    pub fn new(frequency: u32, amplitude: i16) -> Self {
        Self {
            frequency,
            amplitude,
            sample: 0,
        }
    }

    /// The next sample.
    pub fn sample(&mut self) -> i16 {
        let turns = f64::from(self.frequency) * f64::from(self.sample) / f64::from(SAMPLE_RATE);
        self.sample = (self.sample + 1) % SAMPLE_RATE;
        let sine = (turns.fract() * std::f64::consts::TAU).sin();
        (sine * f64::from(self.amplitude)).round() as i16
    }

    /// Fills a frame.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = self.sample();
        }
    }
}
