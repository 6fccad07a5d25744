//! How a thread of the shell waits: for any of its sockets, for another thread that rings its bell, or for a moment in time; and how
//! it reads and sends datagrams in batches.
//!
//! A thread owns a [`Sleeper`] and hands its [`Bell`] to whoever gives it work: first the work is put where the thread finds it, then the bell
//! is rung. While the thread is awake ringing costs no system call, for it looks once more before it sleeps.

mod bell;
mod island;
mod sleeper;

pub use bell::Bell;
pub use island::batch::{BATCH, Batch, GROWTH, Packet, Sent};
pub use island::errors::{hear_of_errors, unreachable};
pub use sleeper::{Sleeper, TOLD};
