#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
//! Telephones, an exchange and the time between them.

mod calls;
mod registration;
mod services;
mod town;
