//! PCMU: ITU-T G.711 μ-law, by table both ways.

/// Added before the segment is sought, so that segments begin at powers of two; in G.711's 14-bit scale.
const BIAS: u32 = 33;
/// What is beyond gets the last code; in the same scale.
const CLIP: i16 = 8158;

/// What each code is worth.
static DECODED: [i16; 256] = decoded();
/// The code of each sample, by its upper 14 bits: G.711's whole resolution.
static ENCODED: [u8; 1 << 14] = encoded();

/// A code's sample.
pub fn decode(code: u8) -> i16 {
    DECODED.get(usize::from(code)).copied().unwrap_or(0)
}

/// A sample's code.
pub fn encode(sample: i16) -> u8 {
    ENCODED
        .get(usize::from(sample as u16 >> 2))
        .copied()
        .unwrap_or(0xff)
}

const fn decode_one(code: u8) -> i16 {
    // All bits are sent inverted.
    let code = !code;
    let segment = (code >> 4) & 7;
    let step = (code & 15) as i32;
    // G.711's scale has 14 bits, a sample 16.
    let bias = BIAS as i32;
    let magnitude = ((((step << 1) + bias) << segment) - bias) << 2;
    if code & 0x80 != 0 {
        -magnitude as i16
    } else {
        magnitude as i16
    }
}

const fn encode_one(sample: i16) -> u8 {
    // The one's complement makes both halves alike: -1 is as near to nothing as 0 (as in ITU-T G.191).
    let (sign, magnitude) = if sample < 0 {
        (0x80, !sample >> 2)
    } else {
        (0, sample >> 2)
    };
    let magnitude = if magnitude > CLIP { CLIP } else { magnitude } as u32 + BIAS;
    // The bias puts the highest bit at place 5 at least.
    let segment = (26 - magnitude.leading_zeros()) as u8;
    let step = (magnitude >> (segment + 1)) as u8 & 15;
    !(sign | segment << 4 | step)
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
const fn encoded() -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut place = 0;
    while place < table.len() {
        table[place] = encode_one(((place as u16) << 2) as i16);
        place += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    /// G.711's table 2a/2b in its 14-bit scale: the decoder's output values at the ends of the segments.
    #[test]
    fn codes_have_the_values_of_g_711() {
        for (code, value) in [
            (0x80, 8031),
            (0x8f, 4191),
            (0x90, 3999),
            (0x9f, 2079),
            (0xa0, 1983),
            (0xaf, 1023),
            (0xb0, 975),
            (0xbf, 495),
            (0xc0, 471),
            (0xcf, 231),
            (0xd0, 219),
            (0xdf, 99),
            (0xe0, 93),
            (0xef, 33),
            (0xf0, 30),
            (0xfe, 2),
            (0xff, 0),
        ] {
            assert_eq!(decode(code), 4 * value, "{code:#x}");
            assert_eq!(decode(code & 0x7f), -4 * value, "{:#x}", code & 0x7f);
        }
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..=255 {
            // The two zeros have one code.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(encode(decode(code)), expected);
        }
    }

    /// G.711's decision values: where each segment begins, and its steps, in the 14-bit scale.
    #[test]
    fn every_sample_gets_the_code_between_whose_decision_values_it_lies() {
        let starts = [-1, 31, 95, 223, 479, 991, 2015, 4063];
        for value in 0..8192 {
            let segment = starts
                .iter()
                .rposition(|start| *start <= value)
                .unwrap_or(0);
            let start = starts.get(segment).copied().unwrap_or(0);
            let step = ((value - start) >> (segment + 1)).min(15);
            let code = !(((segment as i32) << 4 | step) as u8);
            for sample in 4 * value..4 * value + 4 {
                let sample = sample as i16;
                assert_eq!(encode(sample), code, "{sample}");
                assert_eq!(encode(!sample), code & 0x7f, "{}", !sample);
            }
        }
    }
}
