//! One worker of the media side as one value: the demultiplexer of the public port and its sessions.
//!
//! A [`Worker`] owns its sessions alone. It is given commands, datagrams and times; what it wants of the world comes out of
//! [`Worker::poll_output`]. On the public port a packet finds its leg by the first octet (RFC 7983): STUN by the ufrag that it
//! names, DTLS and SRTP by the address that it comes from, and only if an authentic check has validated that address. On the
//! other sockets a packet belongs to the leg that the socket is for.
//!
//! A packet that is relayed costs no allocation, no lock and no copy. A session whose invariants break is ended alone.
#![forbid(unsafe_code)]

mod apply;
mod close;
mod counters;
mod datagram;
mod entry;
mod output;
mod plan;
mod sessions;
mod settle;
mod snapshot;
mod tables;
mod worker;

#[cfg(test)]
mod tests;

pub use counters::Counters;
pub use output::{Output, Slot, Verdict};
pub use plan::WorkerPlan;
pub use sessions::MAX_SESSIONS;
pub use worker::{PUBLIC, PUBLIC_SOCKETS, Worker};
