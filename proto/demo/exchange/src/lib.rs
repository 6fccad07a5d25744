//! A small telephone exchange for the demo and the tests: registrar, proxy, echo and tone.
//!
//! [`Exchange`] is one value: [`Input`]s and the time go in, [`Output`]s come out, and it names its next deadline. It speaks
//! SIP over datagrams.

mod board;
mod call;
mod calls;
mod exchange;
mod forward;
mod location;
mod ports;
mod register;
mod service;
mod session;
mod settings;
mod stream;
mod wire;

pub use exchange::Exchange;
pub use settings::{Settings, User};
pub use wire::{Input, MediaId, Output};
