//! Words that every storey shares: time, chance, networks.
//!
//! Nothing under `proto/` reads a clock or a random device. Both come in as arguments: [`Time`] with every input, and
//! [`Random`] seeded once by the shell, so that any history can be replayed and any value written down.

mod network;
mod random;
mod time;

pub use network::{Flow, NetworkId, SocketId, Transport};
pub use random::Random;
pub use time::Time;
