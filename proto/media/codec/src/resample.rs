use crate::Broken;

/// Taps of the low-pass filter for each sample of the slower side: steep enough that what would fold back into speech is 60 dB down.
const TAPS: usize = 24;
/// Kaiser's parameter for that.
const SHAPE: f64 = 6.0;
/// The pass band ends at this part of the slower side's half rate.
const EDGE: f64 = 0.92;

/// From one rate to another where one is a multiple of the other: 8, 16 and 48 kHz. Polyphase: only what is heard is computed.
#[derive(Clone, Debug)]
pub struct Resampler {
    up: usize,
    down: usize,
    /// The filter, by phase: `up` times the taps of one phase, the newest sample's first.
    phases: Vec<Vec<f32>>,
    /// The last samples that came, the newest last.
    history: Vec<f32>,
    /// Samples that came since the last one that went out.
    skipped: usize,
}

impl Resampler {
    /// From `from` to `to` samples a second. Neither more than sixfold, nor in broken parts.
    pub fn new(from: u32, to: u32) -> Result<Self, Broken> {
        let (up, down) = match (to.checked_rem(from), from.checked_rem(to)) {
            (Some(0), _) => (to.checked_div(from).ok_or(Broken)?, 1),
            (_, Some(0)) => (1, from.checked_div(to).ok_or(Broken)?),
            _ => return Err(Broken),
        };
        if from == 0 || to == 0 || up > 6 || down > 6 {
            return Err(Broken);
        }
        let (up, down) = (up as usize, down as usize);
        let ratio = up.max(down);
        let filter = low_pass(TAPS * ratio, ratio);
        let phases: Vec<Vec<f32>> = (0..up)
            .map(|phase| {
                let taps = filter.iter().skip(phase).step_by(up);
                taps.map(|tap| (tap * up as f64) as f32).collect()
            })
            .collect();
        let length = phases.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self {
            up,
            down,
            phases,
            history: vec![0.0; length],
            skipped: 0,
        })
    }

    /// Puts what `pcm` becomes behind `out`. Frames join without a seam.
    pub fn process(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        let length = self.history.len();
        let mut line = std::mem::take(&mut self.history);
        line.extend(pcm.iter().map(|sample| f32::from(*sample)));
        for newest in length..line.len() {
            self.skipped += 1;
            if self.skipped < self.down {
                continue;
            }
            self.skipped = 0;
            for phase in &self.phases {
                let start = (newest + 1).saturating_sub(phase.len());
                let window = line.get(start..=newest).unwrap_or_default();
                let sum: f32 = window
                    .iter()
                    .rev()
                    .zip(phase)
                    .map(|(sample, tap)| sample * tap)
                    .sum();
                out.push(sum.round().clamp(-32_768.0, 32_767.0) as i16);
            }
        }
        line.drain(..line.len().saturating_sub(length));
        self.history = line;
    }

    /// How many samples go out for one that comes, as a fraction.
    pub fn ratio(&self) -> (usize, usize) {
        (self.up, self.down)
    }
}

/// A windowed sinc that ends its pass band below the half rate of the slower of two rates.
fn low_pass(taps: usize, ratio: usize) -> Vec<f64> {
    let middle = (taps as f64 - 1.0) / 2.0;
    let cut = EDGE / ratio as f64;
    let filter: Vec<f64> = (0..taps)
        .map(|tap| {
            let place = tap as f64 - middle;
            let turn = std::f64::consts::PI * place * cut;
            let sinc = if place == 0.0 { 1.0 } else { turn.sin() / turn };
            let part = place / middle;
            cut * sinc * bessel(SHAPE * (1.0 - part * part).max(0.0).sqrt()) / bessel(SHAPE)
        })
        .collect();
    let sum: f64 = filter.iter().sum();
    filter.into_iter().map(|tap| tap / sum).collect()
}

/// The modified Bessel function of order nought, for Kaiser's window.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for order in 1..32 {
        let factor = x / (2.0 * f64::from(order));
        term *= factor * factor;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::Resampler;
    use crate::sound::{sine, snr_of_sine};

    #[test]
    fn a_tone_is_the_same_at_every_rate() {
        for from in [8000, 16_000, 48_000] {
            for to in [8000, 16_000, 48_000] {
                let mut resampler = Resampler::new(from, to).expect("a fixed ratio");
                let mut out = Vec::new();
                // In uneven frames, to see that they join.
                for frame in sine(1000, 10_000.0, from, from as usize / 2).chunks(157) {
                    resampler.process(frame, &mut out);
                }
                assert_eq!(out.len(), to as usize / 2, "{from} to {to}");
                let settled = &out[to as usize / 20..];
                let (level, snr) = snr_of_sine(settled, 1000, to);
                assert!(
                    (9900.0..10_100.0).contains(&level),
                    "{from} to {to}: {level}"
                );
                assert!(snr > 55.0, "{from} to {to}: {snr} dB");
            }
        }
    }

    #[test]
    fn what_does_not_fit_in_is_left_out() {
        let mut resampler = Resampler::new(48_000, 8000).expect("a fixed ratio");
        let mut out = Vec::new();
        resampler.process(&sine(5000, 10_000.0, 48_000, 24_000), &mut out);
        let loudest = out[400..].iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest < Some(40), "{loudest:?}");
    }

    #[test]
    fn broken_ratios_are_refused() {
        for (from, to) in [(8000, 44_100), (0, 8000), (8000, 0), (8000, 96_000)] {
            assert!(Resampler::new(from, to).is_err(), "{from} to {to}");
        }
    }
}
