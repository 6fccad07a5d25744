//! The only place that calls libopus.
//!
//! Each value owns one of the library's states: made by `create`, given back by `destroy` when it is dropped, never shared and
//! never copied. The library keeps no pointer of ours after a call, and no state outside the one that a call is given. All lengths that it is
//! told are those of slices that are borrowed for the call.

mod coder;
mod reader;

pub(crate) use coder::Coder;
pub(crate) use reader::Reader;
