//! TLS: what we show (an identity that can be renewed while connections live), whom we believe (authorities), and which names a
//! certificate proves (RFC 5922).

mod authorities;
mod credentials;
mod names;
mod present;
mod verify;

pub(crate) use credentials::Credentials;
pub(crate) use names::proved;
use present::Present;
use verify::{client, server, web};

pub use authorities::Authorities;
