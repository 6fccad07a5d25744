//! A small telephone exchange for the demo and the tests: registrar, proxy, echo and tone.
//!
//! [`Exchange`] is one value: [`Input`]s and the time go in, [`Output`]s come out, and it names its next deadline. It speaks
//! SIP over datagrams.

mod exchange;
mod settings;
mod wire;

pub use exchange::Exchange;
pub use settings::{Settings, User};
pub use wire::{Input, MediaId, Output};
