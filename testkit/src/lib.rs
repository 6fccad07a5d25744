//! Phones, browsers, networks and a virtual clock, as a library.

pub mod web_peer;
