//! Dialogs and the INVITE usage (RFC 3261 §12 to §15).
//!
//! [`Dialog`] is what two user agents agree on: tags, sequence numbers, targets, routes. It builds the requests inside
//! it and judges the order of those that arrive. [`Accepted`] is the 2xx to an INVITE, sent again until its ACK comes. Both
//! are plain values; neither sends anything.

mod accepted;
mod dialog;
mod error;
mod request;
mod sequence;
mod target;
mod uac;
mod uas;

pub use accepted::{ACK_WAIT, Accepted, Due};
pub use dialog::{Dialog, DialogState};
pub use error::DialogError;
pub use sequence::OutOfOrder;

#[cfg(test)]
mod tests;
