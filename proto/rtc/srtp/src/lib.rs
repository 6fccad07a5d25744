//! SRTP and SRTCP contexts (RFC 3711, RFC 7714) as values.
//!
//! A [`SendContext`] protects and a [`ReceiveContext`] unprotects, both in place. Nothing in a context changes before a
//! packet has authenticated. What must survive a restart (master keys, rollover counters, replay windows) is written
//! down by serde; key schedules are rebuilt from it. No packet costs an allocation.

mod counter_mode;
mod derive;
mod gcm;
mod hmac;
mod keys;
mod packet;
mod receive;
mod refused;
mod send;
mod streams;
mod transform;
mod window;

#[cfg(test)]
mod tests;

pub use keys::{MasterKey, Profile, SrtpKeys};
pub use receive::ReceiveContext;
pub use refused::Refused;
pub use send::SendContext;
pub use streams::MAX_STREAMS;

/// The most octets that protection adds: SRTCP under GCM, a tag of 16 and the index word (RFC 7714 §9.2).
pub const MAX_GROWTH: usize = 20;
