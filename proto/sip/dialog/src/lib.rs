//! Dialogs and the INVITE usage (RFC 3261 §12 to §15).
//!
//! [`Dialog`] is what two user agents agree on: tags, sequence numbers, targets, routes. It builds the requests inside
//! it and judges the order of those that arrive. [`Accepted`] is the 2xx to an INVITE, sent again until its ACK comes;
//! [`ReliableSender`] and [`ReliableReceiver`] are provisional responses that must arrive (RFC 3262); [`SessionTimer`] finds a
//! far end that is gone (RFC 4028). All are plain values; none sends anything.

mod accepted;
mod dialog;
mod error;
mod notified;
mod reliable_receiver;
mod reliable_sender;
mod request;
mod sequence;
mod session_timer;
mod target;
mod uac;
mod uas;

pub use accepted::{ACK_WAIT, Accepted, Due};
pub use dialog::{Dialog, DialogState};
pub use error::DialogError;
pub use reliable_receiver::{Provisional, ReliableReceiver};
pub use reliable_sender::{Acknowledged, ReliableDue, ReliableSender};
pub use sequence::OutOfOrder;
pub use session_timer::{SessionTimer, TimerDue, TimerPolicy, TooSmall, supports_timer};

#[cfg(test)]
mod tests;
