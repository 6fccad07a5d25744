//! Opus (RFC 6716) by libopus: one channel, at the rate that the other side of the call needs.
//!
//! Opus carries its sound at every rate from 8 to 48 kHz, and libopus codes and decodes at any of them, so a telephone's 8 kHz cost no
//! resampler and a third of the work. Both halves are functions of what they were given: no clock, no chance, no thread. They are not
//! written down with a call but made anew.
//!
//! `island` alone calls the C library, and argues there why that is sound.

mod decoder;
mod encoder;
#[allow(
    unsafe_code,
    reason = "calls libopus; each call carries its argument, and nothing of it leaves the module"
)]
mod island;
mod settings;

pub use decoder::OpusDecoder;
pub use encoder::OpusEncoder;
pub use settings::OpusSettings;

/// The rates that Opus codes and decodes at.
pub const RATES: [u32; 5] = [8000, 12_000, 16_000, 24_000, 48_000];

/// The longest sound in one packet (RFC 6716 §2.1.4).
pub const LONGEST_MS: u32 = 120;
