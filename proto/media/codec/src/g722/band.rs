//! One band: its predictor and its step (clause 6.2.1, blocks 3 and 4 of each band).

use super::tables::POWERS;

/// What is kept of a band.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// S: what the predictor expects.
    pub(super) expected: i32,
    /// SZ: the part of the six zeros in it.
    zeros: i32,
    /// RLT: the last two reconstructed samples.
    reconstructed: [i32; 2],
    /// PLT: the last two differences with the zeros' part; only their signs count.
    partial: [i32; 2],
    /// DLT: the last six differences.
    differences: [i32; 6],
    /// AL: the two poles.
    poles: [i32; 2],
    /// BL: the six zeros.
    zero: [i32; 6],
    /// NB: the logarithm of the step.
    log: i32,
    /// DET: the step.
    pub(super) step: i32,
}

fn fit(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

impl Band {
    pub(super) fn low() -> Self {
        Self::new(32)
    }

    pub(super) fn high() -> Self {
        Self::new(8)
    }

    fn new(step: i32) -> Self {
        Self {
            expected: 0,
            zeros: 0,
            reconstructed: [0; 2],
            partial: [0; 2],
            differences: [0; 6],
            poles: [0; 2],
            zero: [0; 6],
            log: 0,
            step,
        }
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH: the step after a code that asks for this growth. `least` is the shift of the band's
    /// smallest step.
    fn scale(&mut self, growth: i32, most: i32, least: i32) {
        self.log = (((self.log * 127) >> 7) + growth).clamp(0, most);
        let power = POWERS.get((self.log >> 6 & 31) as usize).copied();
        let shift = least - (self.log >> 11);
        let power = power.unwrap_or(0);
        let scaled = if shift < 0 {
            power << -shift
        } else {
            power >> shift
        };
        self.step = scaled << 2;
    }

    /// Block 4: the predictor learns of the quantised difference and expects the next sample.
    fn predict(&mut self, difference: i32) {
        let reconstructed = fit(self.expected + difference);
        let partial = fit(self.zeros + difference);
        let [before, before_that] = self.partial.map(|it| (it < 0) == (partial < 0));
        let [first, second] = self.poles;

        // UPPOL2
        let lean = fit(first << 2);
        let lean = if before { -lean } else { lean }.min(32_767);
        let pull = if before_that { 128 } else { -128 };
        let second = (pull + (lean >> 7) + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        // UPPOL1
        let pull = if before { 192 } else { -192 };
        let bound = fit(15_360 - second);
        let first = fit(pull + ((first * 32_640) >> 15)).clamp(-bound, bound);
        self.poles = [first, second];
        // UPZERO
        let pull = if difference == 0 { 0 } else { 128 };
        for (zero, known) in self.zero.iter_mut().zip(&self.differences) {
            let alike = (*known < 0) == (difference < 0);
            let pull = if alike { pull } else { -pull };
            *zero = fit(pull + ((*zero * 32_640) >> 15));
        }
        // DELAYA
        self.differences.rotate_right(1);
        if let Some(newest) = self.differences.first_mut() {
            *newest = difference;
        }
        let [newest, _] = self.reconstructed;
        self.reconstructed = [reconstructed, newest];
        let [newest, _] = self.partial;
        self.partial = [partial, newest];
        // FILTEP, FILTEZ, PREDIC
        let sum = |weights: &[i32], values: &[i32]| {
            let products = weights.iter().zip(values);
            fit(products
                .map(|(weight, value)| (weight * fit(2 * value)) >> 15)
                .sum())
        };
        let poles = sum(&self.poles, &self.reconstructed);
        self.zeros = sum(&self.zero, &self.differences);
        self.expected = fit(poles + self.zeros);
    }
}

/// A reconstructed sample stays within 15 bits (LIMIT).
fn limit(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

/// A difference's size in decision levels: G.722 measures below zero from -1 on.
fn size(difference: i32) -> i32 {
    if difference < 0 {
        -(difference + 1)
    } else {
        difference
    }
}

/// The low band.
pub(super) mod low {
    use super::super::tables::{LOW_COARSE, LOW_FINE, LOW_GROWTH, LOW_LEVELS, LOW_NEGATIVE};
    use super::{Band, fit, limit, size};

    /// QUANTL: six bits.
    pub(crate) fn quantise(band: &Band, sample: i32) -> u8 {
        let difference = fit(sample - band.expected);
        let size = size(difference);
        let above = |level: &i32| size >= (level * band.step) >> 12;
        let step = LOW_LEVELS.partition_point(above) as u8;
        match LOW_NEGATIVE.get(usize::from(step)) {
            Some(code) if difference < 0 => *code,
            _ if difference < 0 => 33 - step,
            _ => 61 - step,
        }
    }

    /// The sample that a code means.
    pub(crate) fn reconstruct(band: &Band, code: u8) -> i32 {
        let worth = LOW_FINE.get(usize::from(code)).copied().unwrap_or(0);
        limit(band.expected + ((band.step * worth) >> 15))
    }

    /// What both ends learn of a code.
    pub(crate) fn adapt(band: &mut Band, code: u8) {
        let coarse = usize::from(code >> 2);
        let worth = LOW_COARSE.get(coarse).copied().unwrap_or(0);
        let growth = LOW_GROWTH.get(coarse).copied().unwrap_or(0);
        let difference = (band.step * worth) >> 15;
        band.scale(growth, 18_432, 8);
        band.predict(difference);
    }
}

/// The high band.
pub(super) mod high {
    use super::super::tables::{HIGH, HIGH_GROWTH, HIGH_LEVEL};
    use super::{Band, fit, limit, size};

    /// QUANTH: two bits.
    pub(crate) fn quantise(band: &Band, sample: i32) -> u8 {
        let difference = fit(sample - band.expected);
        let large = size(difference) >= (HIGH_LEVEL * band.step) >> 12;
        match (difference < 0, large) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        }
    }

    /// The sample that a code means.
    pub(crate) fn reconstruct(band: &Band, code: u8) -> i32 {
        limit(band.expected + difference(band, code))
    }

    /// What both ends learn of a code.
    pub(crate) fn adapt(band: &mut Band, code: u8) {
        let difference = difference(band, code);
        let growth = HIGH_GROWTH.get(usize::from(code)).copied().unwrap_or(0);
        band.scale(growth, 22_528, 10);
        band.predict(difference);
    }

    fn difference(band: &Band, code: u8) -> i32 {
        let worth = HIGH.get(usize::from(code)).copied().unwrap_or(0);
        (band.step * worth) >> 15
    }
}
