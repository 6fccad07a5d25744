//! STUN (RFC 8489) and ICE lite (RFC 8445) as values.
//!
//! [`Message`] reads a STUN datagram without copying it and [`Builder`] writes one. [`Lite`] is our side of one leg: it never
//! sends a check, it answers those that carry our password, and remembers which addresses they came from. [`check`] is the
//! other side, what a browser sends: for tests.
//!
//! A stranger gets no answer at all: nothing changes and nothing is sent before MESSAGE-INTEGRITY has been verified.

mod address;
mod build;
pub mod check;
mod credentials;
mod integrity;
mod lite;
mod message;
mod pair;
mod parse;

pub use build::Builder;
pub use credentials::Credentials;
pub use lite::{CONSENT, FIRST_CHECK_WAIT, Failure, INITIAL_WAIT, Lite, Refused};
pub use message::{Class, IceRole, Message, TransactionId, looks_like_stun};
pub use pair::MAX_PAIRS;
pub use parse::Malformed;
