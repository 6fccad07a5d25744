//! SRTP and SRTCP contexts (RFC 3711, RFC 7714) as values.
//!
//! A context protects or unprotects packets in place. Nothing in it changes before a packet has authenticated. What must
//! survive a restart (keys, rollover counters, replay windows) is written down; key schedules are rebuilt from it.

mod keys;

pub use keys::{MasterKey, Profile, SrtpKeys};
