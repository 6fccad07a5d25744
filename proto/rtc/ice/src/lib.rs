//! STUN (RFC 8489) and both kinds of ICE agent (RFC 8445) as values.
//!
//! [`Message`] reads a STUN datagram without copying it and [`Builder`] writes one. [`Lite`] is our side of one leg where we stand
//! on an address that can be reached: it never sends a check, it answers those that carry our password, and remembers which
//! addresses they came from. [`Full`] checks as well. [`check`] is the least that a browser sends: for tests.
//!
//! A stranger gets no answer at all: nothing changes and nothing is sent before MESSAGE-INTEGRITY has been verified.

mod address;
mod build;
pub mod check;
mod credentials;
pub mod full;
mod integrity;
mod lite;
mod message;
mod pair;
mod parse;
mod request;
mod seen;

pub use build::Builder;
pub use credentials::Credentials;
pub use full::Full;
pub use lite::{CONSENT, FIRST_CHECK_WAIT, Failure, INITIAL_WAIT, Lite, Refused};
pub use message::{Class, IceRole, Message, TransactionId, looks_like_stun};
pub use pair::MAX_PAIRS;
pub use parse::Malformed;
