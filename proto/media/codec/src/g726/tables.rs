//! What differs between the four rates (tables 1 to 4 and clauses 4.2.4 and 4.2.5 of the Recommendation).

/// One rate. The tables list the codes of positive differences from the smallest on; negative ones are the same with all bits inverted.
#[derive(Debug)]
pub(super) struct Rate {
    pub(super) bits: u8,
    /// Decision levels of the normalised logarithm of a difference.
    levels: &'static [i32],
    /// The normalised logarithm that a code means.
    worths: &'static [i32],
    /// W: how the step grows or shrinks, times 32.
    growths: &'static [i32],
    /// F: how much a code speaks for speech against data, times 512.
    speeds: &'static [i32],
}

static RATES: [Rate; 4] = [
    Rate {
        bits: 2,
        levels: &[261],
        worths: &[116, 365],
        growths: &[-704, 14_048],
        speeds: &[0, 0xe00],
    },
    Rate {
        bits: 3,
        levels: &[8, 218, 331],
        worths: &[-2048, 135, 273, 373],
        growths: &[-128, 960, 4384, 18_624],
        speeds: &[0, 0x200, 0x400, 0xe00],
    },
    Rate {
        bits: 4,
        levels: &[-124, 80, 178, 246, 300, 349, 400],
        worths: &[-2048, 4, 135, 213, 273, 323, 373, 425],
        growths: &[-384, 576, 1312, 2048, 3584, 6336, 11_360, 35_904],
        speeds: &[0, 0, 0, 0x200, 0x200, 0x200, 0x600, 0xe00],
    },
    Rate {
        bits: 5,
        levels: &[
            -122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553,
        ],
        worths: &[
            -2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566,
        ],
        growths: &[
            448, 448, 768, 1248, 1280, 1312, 1856, 3200, 4512, 5728, 7008, 8960, 11_456, 14_080,
            16_928, 22_272,
        ],
        speeds: &[
            0, 0, 0, 0, 0, 0x200, 0x200, 0x200, 0x200, 0x200, 0x400, 0x600, 0x800, 0xa00, 0xc00,
            0xc00,
        ],
    },
];

/// The rate of so many bits a sample.
pub(super) fn rate(bits: u8) -> Option<&'static Rate> {
    RATES.iter().find(|rate| rate.bits == bits)
}

impl Rate {
    /// A code's place in the tables, and whether it is one of a negative difference.
    fn place(&self, code: u8) -> (usize, bool) {
        let negative = code >> (self.bits - 1) & 1 == 1;
        let all = (1_u8 << self.bits) - 1;
        let place = if negative { code ^ all } else { code & all };
        (usize::from(place), negative)
    }

    /// LOG, SUBTB and QUAN: the code of a difference.
    pub(super) fn quantise(&self, difference: i32, step: i32) -> u8 {
        let size = difference.unsigned_abs().min(0x7fff);
        let exponent = (size >> 1).checked_ilog2().map_or(0, |log| log + 1);
        let mantissa = (size << 7 >> exponent) & 0x7f;
        let log = (exponent << 7 | mantissa) as i32 - (step >> 2);
        let place = self.levels.partition_point(|level| *level <= log) as u8;
        let all = (1_u8 << self.bits) - 1;
        // But at 16 kbit/s all zeros are no code (a line must not fall silent): the smallest is that of a negative one.
        if difference < 0 || (place == 0 && self.bits > 2) {
            all - place
        } else {
            place
        }
    }

    /// RECONST, ADDA and ANTILOG: the difference that a code means, as its sign and size.
    pub(super) fn difference(&self, code: u8, step: i32) -> Difference {
        let (place, negative) = self.place(code);
        let log = self.worths.get(place).copied().unwrap_or(0) + (step >> 2);
        let size = if log < 0 {
            0
        } else {
            let exponent = (log >> 7) & 15;
            let mantissa = 128 + (log & 127);
            (mantissa << 7) >> (14 - exponent).max(0)
        };
        Difference { negative, size }
    }

    pub(super) fn growth(&self, code: u8) -> i32 {
        let (place, _) = self.place(code);
        self.growths.get(place).copied().unwrap_or(0)
    }

    pub(super) fn speed(&self, code: u8) -> i32 {
        let (place, _) = self.place(code);
        self.speeds.get(place).copied().unwrap_or(0)
    }
}

/// A quantised difference. There is a negative zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Difference {
    pub(super) negative: bool,
    pub(super) size: i32,
}

impl Difference {
    pub(super) fn value(self) -> i32 {
        if self.negative { -self.size } else { self.size }
    }
}
