//! The packets of one session: latching, relay, RTCP.
//!
//! A [`Session`] is told a [`control_command::SessionPlan`], given SRTP keys and packets, and returns a [`Verdict`] on
//! each; what it sends of its own accord (RTCP) and tells (events) comes out of [`Session::poll_output`]. It knows
//! no SIP, SDP, ICE or DTLS. All of it is a value that can be written down in mid-call.
//!
//! A packet's way: [`Session::handle`] → `arrival` (authentic? a source and payload type that belong here?) → `reception` →
//! the route → `departure` (our SSRC, sequence and timestamp) → protected → [`Verdict::Forward`]. RTCP ends here
//! (`report`). What is to be transcoded leaves this path at the route, for `translate`, and comes out of [`Session::poll_output`].

#![forbid(unsafe_code)]

mod arrival;
mod departure;
mod latch;
mod leg;
mod police;
mod report;
mod session;
mod translate;
mod transport;
mod verdict;

pub use rtc_srtp::{MasterKey, Profile, SrtpKeys};
pub use session::Session;
pub use verdict::{Output, Port, Verdict};
