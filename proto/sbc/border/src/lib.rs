//! The SBC as one value: given inputs and times, its outputs are determined.

mod border;
mod wire;
pub use border::Border;
pub use wire::{Arrival, CallRecord, Input, Output, Reason, Target, Tell};
