//! Sound: codecs, tones, rates, gaps. Linear 16-bit samples in one channel.
//!
//! A [`Decoder`] takes sound out of a payload, an [`Encoder`] puts it in; [`Coding`] names them as SDP does. G.711 ([`mu_law`], [`a_law`],
//! [`G711`]), [`L16`], G.722 and G.726 are written here from their Recommendations; Opus stands beside in `media-opus`. [`Resampler`]
//! changes the rate, [`Concealer`] fills gaps and [`shorten`] makes up for lost time. [`KeyTone`] and [`KeyEar`] are the keys of a telephone as tones. [`Tone`] makes a sine at [`SAMPLE_RATE`] and [`Ear`]
//! hears whether one is there.

pub mod a_law;
mod codec;
mod coding;
mod conceal;
mod ear;
mod g711;
mod g722;
mod g726;
mod keypad;
mod l16;
pub mod mu_law;
mod pitch;
mod resample;
#[cfg(test)]
mod sound;
mod tone;

pub use codec::{Broken, Decoder, Encoder, LONGEST_MS};
pub use coding::Coding;
pub use conceal::{Concealer, shorten};
pub use ear::Ear;
pub use g711::G711;
pub use g722::{G722Decoder, G722Encoder};
pub use g726::{G726Decoder, G726Encoder};
pub use keypad::{KeyEar, KeyTone};
pub use l16::L16;
pub use resample::Resampler;
pub use tone::Tone;

/// Samples a second of telephony: G.711's, and of the tones that this crate makes and hears.
pub const SAMPLE_RATE: u32 = 8000;
