//! Our side of a SIP server or trunk that we are a customer of: we register with it, ask whether it is there, answer its
//! challenges and do not call it more often than was agreed.
//!
//! A [`Trunk`] is a value with deadlines; whoever composes it sends its requests and brings back what was answered.
//!
//! ```text
//!             due        2xx
//!   waiting ──────▶ asking ──▶ registered ── renewal due ──▶ asking
//!      ▲              │ refusal, silence
//!      └── back-off ──┘
//! ```

mod account;
mod backoff;
mod probe;
mod rate;
mod registration;
mod trunk;

pub use account::Account;
pub use backoff::Backoff;
pub use probe::Probe;
pub use rate::Rate;
pub use registration::{Registration, Standing};
pub use trunk::{Due, Place, Settings, Trunk};

#[cfg(test)]
mod tests;
