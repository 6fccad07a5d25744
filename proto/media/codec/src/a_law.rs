//! PCMA: ITU-T G.711 A-law, by table both ways.

/// Even bits are sent inverted.
const EVEN: u8 = 0x55;

/// What each code is worth.
static DECODED: [i16; 256] = decoded();
/// The code of each sample, by its upper 12 bits: no segment of G.711 has finer steps than 16.
static ENCODED: [u8; 1 << 12] = encoded();

/// A code's sample.
pub fn decode(code: u8) -> i16 {
    DECODED.get(usize::from(code)).copied().unwrap_or(0)
}

/// A sample's code.
pub fn encode(sample: i16) -> u8 {
    ENCODED
        .get(usize::from(sample as u16 >> 4))
        .copied()
        .unwrap_or(EVEN)
}

const fn decode_one(code: u8) -> i16 {
    let code = code ^ EVEN;
    let segment = (code >> 4) & 7;
    let step = ((code & 15) as i32) << 4;
    let magnitude = if segment == 0 {
        step + 8
    } else {
        (step + 0x108) << (segment - 1)
    };
    // Here a set sign bit means positive.
    if code & 0x80 != 0 {
        magnitude as i16
    } else {
        -magnitude as i16
    }
}

const fn encode_one(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 {
        // The one's complement makes both halves alike (as in ITU-T G.191).
        (0, !sample as u16)
    } else {
        (0x80, sample as u16)
    };
    let code = if magnitude < 0x100 {
        (magnitude >> 4) as u8
    } else {
        let segment = 8 - magnitude.leading_zeros();
        ((segment as u8) << 4) | (magnitude >> (segment + 3)) as u8 & 15
    };
    (sign | code) ^ EVEN
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where there is no get_mut and a wrong index is an error"
)]
const fn decoded() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < table.len() {
        table[code] = decode_one(code as u8);
        code += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, where there is no get_mut and a wrong index is an error"
)]
const fn encoded() -> [u8; 1 << 12] {
    let mut table = [0; 1 << 12];
    let mut place = 0;
    while place < table.len() {
        table[place] = encode_one(((place as u16) << 4) as i16);
        place += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    /// G.711's table 1a/1b in its 13-bit scale: the decoder's output values at the ends of the segments.
    #[test]
    fn codes_have_the_values_of_g_711() {
        for (code, value) in [
            (0xff, 4032),
            (0xf0, 2112),
            (0xef, 2016),
            (0xe0, 1056),
            (0xdf, 1008),
            (0xd0, 528),
            (0xcf, 504),
            (0xc0, 264),
            (0xbf, 252),
            (0xb0, 132),
            (0xaf, 126),
            (0xa0, 66),
            (0x9f, 63),
            (0x90, 33),
            (0x8f, 31),
            (0x81, 3),
            (0x80, 1),
        ] {
            // The table is written before even bits are inverted.
            assert_eq!(decode(code ^ 0x55), 8 * value, "{code:#x}");
            assert_eq!(decode(code ^ 0x80 ^ 0x55), -8 * value, "{code:#x} negative");
        }
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..=255 {
            assert_eq!(encode(decode(code)), code);
        }
    }

    /// G.711's decision values: where each segment begins, and its steps, in the 13-bit scale.
    #[test]
    fn every_sample_gets_the_code_between_whose_decision_values_it_lies() {
        let starts = [0, 32, 64, 128, 256, 512, 1024, 2048];
        for value in 0..4096 {
            let segment = starts
                .iter()
                .rposition(|start| *start <= value)
                .unwrap_or(0);
            let start = starts.get(segment).copied().unwrap_or(0);
            let step = (value - start) >> segment.max(1);
            let code = (0x80 | (segment as i32) << 4 | step) as u8 ^ 0x55;
            for sample in 8 * value..8 * value + 8 {
                let sample = sample as i16;
                assert_eq!(encode(sample), code, "{sample}");
                assert_eq!(encode(!sample), code ^ 0x80, "{}", !sample);
            }
        }
    }
}
