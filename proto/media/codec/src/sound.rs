//! Golden tones for the tests of this crate.

/// A sine.
pub(crate) fn sine(frequency: u32, amplitude: f64, rate: u32, samples: usize) -> Vec<i16> {
    let step = std::f64::consts::TAU * f64::from(frequency) / f64::from(rate);
    (0..samples)
        .map(|place| (amplitude * (step * place as f64).sin()).round() as i16)
        .collect()
}

/// The amplitude of the sine of this frequency that fits best, and how far everything else is below it, in dB.
pub(crate) fn snr_of_sine(pcm: &[i16], frequency: u32, rate: u32) -> (f64, f64) {
    let step = std::f64::consts::TAU * f64::from(frequency) / f64::from(rate);
    let (mut real, mut imaginary, mut energy) = (0.0, 0.0, 0.0);
    for (place, sample) in pcm.iter().enumerate() {
        let (sample, turn) = (f64::from(*sample), step * place as f64);
        real += sample * turn.cos();
        imaginary += sample * turn.sin();
        energy += sample * sample;
    }
    let count = pcm.len() as f64;
    let amplitude = 2.0 * real.hypot(imaginary) / count;
    let tone = amplitude * amplitude / 2.0;
    let rest = (energy / count - tone).max(1e-9);
    (amplitude, 10.0 * (tone / rest).log10())
}
