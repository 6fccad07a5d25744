//! Events of the border as log lines and counters.
//!
//! [`init`] once, at the start of the program; then every [`sbc_border::Tell`] goes through one [`Telemetry`], which the signalling
//! thread owns: one line for each registration and call, refusals and noise once a minute and source, everything counted.

mod clean;
mod counters;
mod init;
mod redact;
mod sources;
mod tell;

pub use clean::Clean;
pub use counters::Counters;
pub use init::{Format, InitError, init};
pub use redact::{Redact, Redaction};
pub use tell::Telemetry;
