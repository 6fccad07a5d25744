//! What happens to packets, told from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod hold;
mod mid_call;
mod relay;
mod reports;
mod sdes;
mod source;
mod translate;
mod world;
