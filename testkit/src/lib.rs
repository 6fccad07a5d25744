//! Phones, browsers, networks and a virtual clock, as a library.

pub mod agent;
mod exchange;
mod identity;
pub mod sound;
pub mod story;
pub mod town;
pub mod web_peer;
