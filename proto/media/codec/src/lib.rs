//! G.711 and tones: linear 16-bit samples at [`SAMPLE_RATE`].
//!
//! [`mu_law`] and [`a_law`] are the two halves of ITU-T G.711, [`Tone`] makes a sine and [`Ear`] hears whether one is there.

pub mod a_law;
mod ear;
pub mod mu_law;
mod tone;

pub use ear::Ear;
pub use tone::Tone;

/// Samples a second of all that this crate makes and hears.
pub const SAMPLE_RATE: u32 = 8000;
