//! The protocol as a proxy sees it, with the real negotiator behind it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod calls;
mod encodings;
mod mishaps;
mod proxy;
mod requests;
