//! Two poles and six zeros (clause 4.2.6), over values kept as floats of four bits of exponent and six of mantissa.

use super::tables::Difference;

/// A value as a sign, four bits of exponent and six of mantissa (FLOATA, FLOATB).
#[derive(Clone, Copy, Debug)]
struct Float {
    negative: bool,
    exponent: i32,
    mantissa: i32,
}

const ZERO: Float = Float {
    negative: false,
    exponent: 0,
    mantissa: 32,
};

/// How many bits a number takes.
fn length(number: i32) -> i32 {
    number
        .unsigned_abs()
        .checked_ilog2()
        .map_or(0, |log| log as i32 + 1)
}

impl Float {
    fn of(negative: bool, size: i32) -> Self {
        if size == 0 {
            return Self { negative, ..ZERO };
        }
        let exponent = length(size);
        Self {
            negative,
            exponent,
            mantissa: size << 6 >> exponent,
        }
    }

    /// FMULT: times a coefficient.
    fn times(self, coefficient: i32) -> i32 {
        let coefficient = coefficient >> 2;
        let size = coefficient.unsigned_abs() as i32 & 0x1fff;
        let exponent = length(size) - 6;
        let mantissa = match size {
            0 => 32,
            _ if exponent >= 0 => size >> exponent,
            _ => size << -exponent,
        };
        let exponent = exponent + self.exponent - 13;
        let product = (mantissa * self.mantissa + 0x30) >> 4;
        let product = if exponent >= 0 {
            (product << exponent) & 0x7fff
        } else {
            product >> -exponent
        };
        if (coefficient < 0) == self.negative {
            product
        } else {
            -product
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Predictor {
    /// A1 and A2.
    poles: [i32; 2],
    /// B1 to B6.
    zeros: [i32; 6],
    /// The last two reconstructed samples.
    samples: [Float; 2],
    /// The last six differences.
    differences: [Float; 6],
    /// Whether the last two differences with the zeros' part were negative.
    partial: [bool; 2],
    /// TD: a narrow tone is there, as data modems send.
    tone: bool,
}

impl Default for Predictor {
    fn default() -> Self {
        Self {
            poles: [0; 2],
            zeros: [0; 6],
            samples: [ZERO; 2],
            differences: [ZERO; 6],
            partial: [false; 2],
            tone: false,
        }
    }
}

/// What came of a difference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned {
    /// The reconstructed sample.
    pub(super) sample: i32,
    /// TR: from one tone to another; everything was forgotten.
    pub(super) changed: bool,
    /// TDP: a tone is there.
    pub(super) tone: bool,
}

impl Predictor {
    /// SEZI: the zeros' part of what is expected, in half units.
    fn by_zeros(&self) -> i32 {
        let pairs = self.zeros.iter().zip(&self.differences);
        pairs.map(|(zero, float)| float.times(*zero)).sum()
    }

    fn by_poles(&self) -> i32 {
        let pairs = self.poles.iter().zip(&self.samples);
        pairs.map(|(pole, float)| float.times(*pole)).sum()
    }

    /// SE: what is expected.
    pub(super) fn expected(&self) -> i32 {
        (self.by_zeros() + self.by_poles()) >> 1
    }

    pub(super) fn learn(&mut self, difference: Difference, slow: i32, bits: u8) -> Learned {
        let zeros = self.by_zeros();
        let expected = (zeros + self.by_poles()) >> 1;
        let sample = expected + difference.value();
        let partial = sample + (zeros >> 1) - expected;
        let changed = self.tone && difference.size > threshold(slow);
        let negative = partial < 0;
        let mut second = 0;
        if changed {
            self.poles = [0; 2];
            self.zeros = [0; 6];
        } else {
            second = self.move_poles(partial, negative);
            self.move_zeros(difference, bits);
        }
        self.differences.rotate_right(1);
        if let Some(newest) = self.differences.first_mut() {
            *newest = Float::of(difference.negative, difference.size);
        }
        let [newest, _] = self.samples;
        let size = sample.unsigned_abs().min(0x7fff) as i32;
        self.samples = [Float::of(sample < 0, size), newest];
        let [newest, _] = self.partial;
        self.partial = [negative, newest];
        self.tone = !changed && second < -11_776;
        Learned {
            sample,
            changed,
            tone: self.tone,
        }
    }

    /// UPA2, LIMC, UPA1, LIMD; the second pole.
    fn move_poles(&mut self, partial: i32, negative: bool) -> i32 {
        let [first, second] = self.poles;
        let [before, before_that] = self.partial;
        let mut next = second - (second >> 7);
        if partial != 0 {
            let lean = if negative != before { first } else { -first };
            next += match lean {
                ..-8191 => -0x100,
                8192.. => 0xff,
                _ => lean >> 5,
            };
            next += if negative != before_that { -0x80 } else { 0x80 };
            next = next.clamp(-12_288, 12_288);
        }
        let mut first = first - (first >> 8);
        if partial != 0 {
            first += if negative == before { 192 } else { -192 };
        }
        let bound = 15_360 - next;
        self.poles = [first.clamp(-bound, bound), next];
        next
    }

    /// UPB and XOR.
    fn move_zeros(&mut self, difference: Difference, bits: u8) {
        let leak = if bits == 5 { 9 } else { 8 };
        for (zero, known) in self.zeros.iter_mut().zip(&self.differences) {
            *zero -= *zero >> leak;
            if difference.size != 0 {
                let alike = known.negative == difference.negative;
                *zero += if alike { 128 } else { -128 };
            }
        }
    }
}

/// TRANS: beyond this a difference is too large for the tone that was there.
fn threshold(slow: i32) -> i32 {
    let whole = slow >> 15;
    let most = 31 << 10;
    let edge = if whole > 9 {
        most
    } else {
        (32 + (slow >> 10 & 31)) << whole
    };
    (edge + (edge >> 1)) >> 1
}
