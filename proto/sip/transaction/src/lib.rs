//! The four transaction machines of RFC 3261 §17 with RFC 6026, and the table that holds them.
//!
//! [`Transactions`] takes messages, wishes and the time, and is drained through [`Transactions::poll_transmit`] and
//! [`Transactions::poll_event`] until [`Transactions::poll_timeout`] names the next deadline. It opens nothing and asks
//! no clock. The whole table can be written down and read back.
//!
//! What is done here, so that no one above needs to: retransmissions both ways, the 100 to an INVITE, the ACK to a
//! non-2xx (made and absorbed), the answers to CANCEL, CANCEL's wait for a provisional response, and `received` and
//! `rport` in a datagram's top Via (RFC 3581).

mod ack_and_cancel;
mod event;
mod invite_client;
mod invite_server;
mod layer;
mod matching;
mod non_invite_client;
mod non_invite_server;
mod outbox;
mod path;
mod reroute;
mod stateless;
mod timers;

pub use event::{Event, Transmit};
pub use layer::{DEFAULT_LIMIT, Transactions};
pub use matching::{ClientKey, ServerKey};
pub use timers::{T1, T2, T4, TIMER_C, TRANSACTION_TIMEOUT};

#[cfg(test)]
mod tests;
