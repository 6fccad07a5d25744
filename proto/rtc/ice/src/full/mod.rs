//! A full agent (RFC 8445): it pairs its candidates with the far end's, checks the pairs, and nominates one or has one nominated.
//!
//! One stream with one component (RTP and RTCP share a port), so there is one checklist. [`Full`] is a value: what is due is done
//! by `handle_timeout`, and what it wants sent comes out of `poll_transmit`. Its candidates are host candidates with the address
//! that is told: behind a router's port forward the socket is the base, and the router's address the candidate.

mod agent;
mod candidate;
mod check;
mod checklist;
mod consent;
mod form;
mod nominate;
mod pair;
mod receive;
mod respond;
mod schedule;

pub use agent::{Full, Transmit};
pub use candidate::{LocalCandidate, MAX_LOCALS, MAX_REMOTES, RemoteCandidate, RemoteDescription};
pub use check::TRANSACTION_PREFIX;
pub use consent::CONSENT_INTERVAL;
pub use form::MAX_PAIRS;
pub use nominate::NOMINATION_WAIT;
pub use schedule::TA;
