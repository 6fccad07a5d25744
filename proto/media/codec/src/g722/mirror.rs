//! The quadrature mirror filters: one signal at 16 kHz to two at 8 kHz, and back (clauses 3.1 and 4.4).

use super::tables::MIRROR;

/// Twelve pairs of samples, the oldest first.
type Pairs = [[i32; 2]; 12];

fn push(pairs: &mut Pairs, pair: [i32; 2]) {
    pairs.rotate_left(1);
    if let Some(last) = pairs.last_mut() {
        *last = pair;
    }
}

/// The sums over the first and over the second of each pair.
fn sums(pairs: &Pairs) -> (i32, i32) {
    let forward = MIRROR.iter();
    let backward = MIRROR.iter().rev();
    pairs.iter().zip(forward.zip(backward)).fold(
        (0, 0),
        |(first, second), ([one, other], (ahead, back))| {
            (first + one * ahead, second + other * back)
        },
    )
}

/// The sender's.
#[derive(Clone, Debug, Default)]
pub(super) struct Split(Pairs);

impl Split {
    /// Two samples become one of each band.
    pub(super) fn pair(&mut self, samples: [i16; 2]) -> (i32, i32) {
        push(&mut self.0, samples.map(i32::from));
        let (odd, even) = sums(&self.0);
        ((even + odd) >> 14, (even - odd) >> 14)
    }
}

/// The receiver's.
#[derive(Clone, Debug, Default)]
pub(super) struct Join(Pairs);

impl Join {
    /// One of each band become two samples.
    pub(super) fn pair(&mut self, low: i32, high: i32) -> [i16; 2] {
        push(&mut self.0, [low + high, low - high]);
        let (second, first) = sums(&self.0);
        [first, second].map(|sum| (sum >> 11).clamp(-32_768, 32_767) as i16)
    }
}
