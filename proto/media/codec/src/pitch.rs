//! Where speech repeats itself.

/// The shortest period looked for, in half milliseconds: 400 Hz.
const SHORTEST: usize = 5;
/// The longest: 66 Hz.
const LONGEST: usize = 30;
/// Speech is compared over so long at least, in milliseconds.
const WINDOW: usize = 10;

/// The lag at which the end of `pcm` is most like what was before it, at so many samples a millisecond. `None`: too little to tell.
pub(crate) fn best_lag(pcm: &[i16], grain: usize) -> Option<usize> {
    let (shortest, longest) = (SHORTEST * grain / 2, LONGEST * grain / 2);
    let window = WINDOW * grain;
    // First in steps of a millisecond's eighth, then finely about the best.
    let step = (grain / 8).max(1);
    let most = longest.min(pcm.len() / 2);
    let rough = best(pcm, window, (shortest..=most).step_by(step))?;
    let fine = rough.saturating_sub(step).max(shortest)..=(rough + step).min(most);
    best(pcm, window, fine)
}

fn best(pcm: &[i16], window: usize, lags: impl Iterator<Item = usize>) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for lag in lags {
        let alike = correlate(pcm, lag, window);
        if best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, lag));
        }
    }
    best.map(|(_, lag)| lag)
}

/// How alike the last `window` samples are to those `lag` before: 1 the same, 0 strangers.
pub(crate) fn correlate(pcm: &[i16], lag: usize, window: usize) -> f64 {
    let window = window.min(pcm.len().saturating_sub(lag));
    let late = pcm.len().saturating_sub(window);
    let early = late.saturating_sub(lag);
    let late = pcm.get(late..).unwrap_or_default();
    let early = pcm
        .get(early..early.saturating_add(window))
        .unwrap_or_default();
    let (mut product, mut here, mut there) = (0_i64, 0_i64, 0_i64);
    for (one, other) in late.iter().zip(early) {
        let (one, other) = (i64::from(*one), i64::from(*other));
        product += one * other;
        here += one * one;
        there += other * other;
    }
    let size = (here as f64 * there as f64).sqrt();
    if size > 0.0 {
        product as f64 / size
    } else {
        0.0
    }
}
