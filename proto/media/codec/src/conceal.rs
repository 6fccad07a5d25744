use crate::pitch::{best_lag, correlate};

/// So much is remembered: two of the longest periods and a window to compare them by.
const MEMORY_MS: usize = 50;
/// For so long the guess is as loud as what was heard; then it fades.
const STEADY_MS: usize = 20;
/// After so long there is silence: a guess that goes on sounds like a machine.
const LONGEST_MS: usize = 80;
/// The guess and what is heard again are blended for so long.
const BLEND_MS: usize = 5;

/// Fills gaps in speech by going on with its last period, fading (the idea of G.711 Appendix I, without its delay).
#[derive(Clone, Debug)]
pub struct Concealer {
    /// Samples in a millisecond.
    grain: usize,
    heard: Vec<i16>,
    /// While there is a gap: the period that is repeated, and how many samples were made of it.
    guess: Option<(Vec<i16>, usize)>,
}

impl Concealer {
    /// For sound at this rate.
    pub fn new(rate: u32) -> Self {
        Self {
            grain: (rate / 1000).max(1) as usize,
            heard: Vec::new(),
            guess: None,
        }
    }

    /// What was heard. After a gap its beginning is blended with the guess.
    pub fn hear(&mut self, pcm: &mut [i16]) {
        if let Some((period, mut made)) = self.guess.take() {
            let length = (BLEND_MS * self.grain).min(pcm.len()).max(1);
            for (place, sample) in pcm.iter_mut().take(length).enumerate() {
                let guessed = i32::from(self.guessed(&period, made));
                made += 1;
                let (part, whole) = (place as i32, length as i32);
                let mixed = (i32::from(*sample) * part + guessed * (whole - part)) / whole;
                *sample = mixed.clamp(-32_768, 32_767) as i16;
            }
        }
        self.remember(pcm);
    }

    /// So many samples of a guess, behind `pcm`.
    pub fn guess(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        let (period, mut made) = match self.guess.take() {
            Some(guess) => guess,
            None => (self.period(), 0),
        };
        let start = pcm.len();
        for _ in 0..samples {
            pcm.push(self.guessed(&period, made));
            made = made.saturating_add(1);
        }
        let made_now = pcm.get(start..).unwrap_or_default().to_vec();
        self.remember(&made_now);
        self.guess = Some((period, made));
    }

    fn remember(&mut self, pcm: &[i16]) {
        self.heard.extend_from_slice(pcm);
        let most = MEMORY_MS * self.grain;
        let above = self.heard.len().saturating_sub(most);
        self.heard.drain(..above);
    }

    /// The last period heard, its end made to lead into its beginning.
    fn period(&self) -> Vec<i16> {
        let Some(lag) = best_lag(&self.heard, self.grain) else {
            return Vec::new();
        };
        let Some(start) = self.heard.len().checked_sub(lag) else {
            return Vec::new();
        };
        let mut period = self.heard.get(start..).unwrap_or_default().to_vec();
        let quarter = lag / 4;
        let lead = start.checked_sub(quarter);
        let lead = lead.and_then(|from| self.heard.get(from..start));
        let tail = period.len().saturating_sub(quarter);
        if let (Some(lead), Some(tail)) = (lead, period.get_mut(tail..)) {
            for (place, (sample, lead)) in tail.iter_mut().zip(lead).enumerate() {
                let (part, whole) = (place as i32 + 1, quarter as i32 + 1);
                let mixed = i32::from(*lead) * part + i32::from(*sample) * (whole - part);
                *sample = (mixed / whole) as i16;
            }
        }
        period
    }

    fn guessed(&self, period: &[i16], made: usize) -> i16 {
        let Some(place) = made.checked_rem(period.len()) else {
            return 0;
        };
        let sample = i32::from(period.get(place).copied().unwrap_or(0));
        let (steady, longest) = (STEADY_MS * self.grain, LONGEST_MS * self.grain);
        let left = longest.saturating_sub(made.max(steady)) as i32;
        let whole = longest.saturating_sub(steady).max(1) as i32;
        (sample * left / whole) as i16
    }
}

/// Takes up to one period out of speech, where two in a row are alike enough or where it is quiet: how much was taken.
pub fn shorten(pcm: &mut Vec<i16>, rate: u32, most: usize, anyhow: bool) -> usize {
    /// Quieter than this a join is not heard: 40 dB below a normal voice.
    const QUIET: i64 = 40 * 40;
    /// Alike enough that nobody hears that one of them is gone.
    const ALIKE: f64 = 0.7;
    let grain = (rate / 1000).max(1) as usize;
    let Some(lag) = best_lag(pcm, grain).filter(|lag| *lag <= most) else {
        return 0;
    };
    let Some(start) = pcm.len().checked_sub(2 * lag) else {
        return 0;
    };
    let energy: i64 = pcm.iter().map(|it| i64::from(*it) * i64::from(*it)).sum();
    let quiet = energy / pcm.len().max(1) as i64 <= QUIET;
    if !quiet && !anyhow && correlate(pcm, lag, lag) < ALIKE {
        return 0;
    }
    let (first, second) = pcm.split_at_mut(start + lag);
    let first = first.get_mut(start..).unwrap_or_default();
    for (place, (one, other)) in first.iter_mut().zip(&*second).enumerate() {
        let (part, whole) = (place as i32, lag as i32);
        let mixed = i32::from(*one) * (whole - part) + i32::from(*other) * part;
        *one = (mixed / whole.max(1)) as i16;
    }
    pcm.truncate(start + lag);
    lag
}

#[cfg(test)]
mod tests {
    use super::{Concealer, shorten};
    use crate::sound::{sine, snr_of_sine};

    #[test]
    fn a_lost_frame_of_a_tone_is_hardly_heard() {
        for rate in [8000, 16_000] {
            let frame = rate as usize / 50;
            let mut concealer = Concealer::new(rate);
            let mut out = Vec::new();
            for (number, part) in sine(200, 8000.0, rate, rate as usize)
                .chunks(frame)
                .enumerate()
            {
                // Every tenth is lost.
                if number % 10 == 9 {
                    concealer.guess(frame, &mut out);
                } else {
                    let mut part = part.to_vec();
                    concealer.hear(&mut part);
                    out.extend(part);
                }
            }
            let (level, snr) = snr_of_sine(&out, 200, rate);
            assert!(level > 7800.0, "{level}");
            assert!(snr > 25.0, "{snr} dB at {rate}");
        }
    }

    #[test]
    fn a_long_gap_falls_silent() {
        let mut concealer = Concealer::new(8000);
        concealer.hear(&mut sine(200, 8000.0, 8000, 400));
        let mut out = Vec::new();
        (0..10).for_each(|_| concealer.guess(160, &mut out));
        assert!(out[..160].iter().any(|sample| *sample > 7000));
        assert!(out[800..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn a_gap_at_the_very_beginning_is_silence() {
        let mut out = Vec::new();
        Concealer::new(8000).guess(160, &mut out);
        assert_eq!(out, vec![0; 160]);
    }

    #[test]
    fn a_period_is_taken_out_without_a_seam() {
        let mut pcm = sine(200, 8000.0, 8000, 400);
        let taken = shorten(&mut pcm, 8000, 160, false);
        assert!(taken >= 20 && taken.is_multiple_of(40), "{taken}");
        assert_eq!(pcm.len(), 400 - taken);
        let (_, snr) = snr_of_sine(&pcm, 200, 8000);
        assert!(snr > 40.0, "{snr}");
        assert_eq!(shorten(&mut vec![1; 10], 8000, 160, true), 0);
    }
}
