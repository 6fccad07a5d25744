//! One leg's ICE and DTLS as one value, ending in SRTP keys.
//!
//! A [`Handshake`] is told a [`control_command::WebRtcPlan`] and given the leg's STUN and DTLS datagrams, already told apart
//! (RFC 7983); what it wants of the world comes out of [`Handshake::poll_output`]. It knows no RTP.
//!
//! What never happens: an answer to a check without our password; DTLS from or to an address that no authentic check has
//! validated; keys from a certificate that the description does not name, or before there is a description; a change of
//! DTLS role within an association.

mod agent;
mod dtls;
mod handshake;
mod output;

pub use handshake::Handshake;
pub use output::Output;
