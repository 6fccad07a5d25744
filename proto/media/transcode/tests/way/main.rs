//! One way of a call in virtual time: what goes in as a tone comes out as it, out of every codec into every other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod bench;
mod events;
mod network;
mod pairs;
