//! The SBC as one value: given inputs and times, its outputs are determined.
//!
//! [`Border`] composes what does not know each other: transactions, bindings (`sbc-registrar`), calls (`sbc-call`) and the
//! rules (`sbc-policy`). It is told what arrives and what time it is, and drained until it names its next deadline.
//!
//! A message's way in: `receive` (who speaks, is it SIP) → the transaction layer → `events` → `admit` (may he, may it)
//! → a file for each verb: `register`, `invite`, `message`, `options`, `in_dialog`. What calls want done goes through
//! `calls`, and leaves dressed by `dress`.

mod admit;
mod again;
mod answer;
mod ask;
mod border;
mod budget;
mod calls;
mod client;
mod consult;
mod destinations;
mod dress;
mod events;
mod flows;
mod follow;
mod in_dialog;
mod invite;
mod leaving;
mod locate;
mod meant;
mod message;
mod mtu;
mod options;
mod overload;
mod patience;
mod places;
mod proved;
mod receive;
mod redirect;
mod refer;
mod register;
mod replaces;
mod retry;
mod route;
mod session;
mod snapshot;
mod state;
mod subscribe;
mod subscriptions;
mod timeout;
mod trunks;
mod turn;
mod wake;
mod wire;

pub use border::Border;
pub use consult::{Consult, Verdict};
pub use overload::is_new_work;
pub use wake::Wake;
pub use wire::{Arrival, CallRecord, Input, Output, Reason, Target, Tell};

#[cfg(test)]
mod tests;
