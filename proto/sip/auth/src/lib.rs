//! Digest authentication, both ends (RFC 7616, RFC 8760, RFC 3261 §22).
//!
//! [`Server`] challenges and checks, [`Client`] answers. MD5, SHA-256 and SHA-512-256 with `qop=auth`; a client also answers
//! the older challenge without `qop`. Not done on purpose: `auth-int`, `-sess` and `userhash`, which no telephone needs.

mod algorithm;
mod auth_params;
mod challenge;
mod client;
mod credentials;
mod hex;
mod nonce;
mod response;
mod server;

pub use algorithm::Algorithm;
pub use auth_params::AuthError;
pub use challenge::Challenge;
pub use client::{Client, Unanswerable};
pub use credentials::{Counted, Credentials};
pub use server::{Asker, Denied, NONCE_LIFETIME, NONCES_REMEMBERED, Server, Verified};
