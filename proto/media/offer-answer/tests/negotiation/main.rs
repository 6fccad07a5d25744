//! Offers and answers through the door, as browsers and telephones word them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod desk;
mod early;
mod forks;
mod ice;
mod leaks;
mod leg_to_leg;
mod properties;
mod proposals;
mod refusals;
mod renegotiation;
mod sdes;
mod trickle;
mod verbs;
