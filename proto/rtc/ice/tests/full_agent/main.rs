//! A full agent against another, against a lite one, through NATs and over a bad way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod world;

mod attacks;
mod consent;
mod finding;
mod nominating;
mod properties;
mod restarting;
