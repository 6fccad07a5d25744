//! Stories of the border with a browser, a server and a media side that only nods.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod admission;
mod attacks;
mod calls;
mod chaos;
mod consults;
mod destinations;
mod endings;
mod modes;
mod mtu;
mod newcomers;
mod offers;
mod proved;
mod push;
mod registrations;
mod sessions;
mod snapshots;
mod standing;
mod stories;
mod subscriptions;
mod survival;
mod town;
mod transfers;
mod trunks;
