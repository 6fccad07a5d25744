//! The four transaction machines of RFC 3261 §17 with RFC 6026, and the table that holds them.

mod layer;
pub use layer::{ClientKey, Event, ServerKey, Transactions, Transmit};
