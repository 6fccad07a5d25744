//! One way of a call, out of one codec into another: beside the packet path, not in it.
//!
//! A [`Transcoder`] takes the packets of one leg that the plan's [`Transcode`](control_command::Transcode)s name, as they come, and gives
//! packets for another, as the clock goes: `buffer` puts them in order and waits for the late, `source` takes the sound out and
//! fills the gaps, `sink` puts it into the other codec, `events` carries telephone events over to the other clock, beside which no sound is
//! sent, and `keys` makes tones of them or them of tones where only one leg knows events. What it gives is one stream with one sequence and one clock, whatever became of what it took.
//!
//! It is not written down with the call: codecs hold no more than some hundredths of a second of the past, and are made anew at the next
//! packet.

#![forbid(unsafe_code)]

mod buffer;
mod events;
mod keys;
mod ready;
mod sink;
mod source;
mod transcoder;

pub use ready::Ready;
pub use transcoder::{Heard, Transcoder};
