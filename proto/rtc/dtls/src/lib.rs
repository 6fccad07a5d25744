//! A face over the DTLS library `dimpl`: records in, records and SRTP keying material out (RFC 6347, RFC 5764).
//!
//! An [`Association`] is one DTLS 1.2 association in either role. It is not a value that can be written down: what outlives
//! it are the SRTP keys, and a handshake under way is begun again.
//!
//! Chance: key exchange, signatures and randoms are drawn by the library from the system, not from `proto_base::Random`;
//! they cannot be replayed. Time is ours, turned into the library's `Instant` with the start that the shell names.
//!
//! What we found in `dimpl` 0.9 and live with:
//! - As server it prefers `SRTP_AEAD_AES_256_GCM`, then `SRTP_AEAD_AES_128_GCM`, then `SRTP_AES128_CM_HMAC_SHA1_80`, and
//!   as client it offers all three; neither can be configured. So all three must be carried.
//! - A ClientHello in fragments, in any order, is put together. Handshake records that come twice answer themselves.
//! - A plaintext alert or a wrong record during the handshake is fatal to it; afterwards both are ignored. See
//!   `media-handshake` for how often a handshake is begun again.
//! - It asserts that a peer's certificate fits into the buffer that it is polled with: [`Association`] sizes that buffer
//!   by what was received, and bounds what it receives.
//! - It speaks ECDSA only. Browsers offer ECDSA certificates; an RSA-only peer cannot connect.

mod association;
mod certificate;
mod clock;
mod identity;

pub use association::{Association, HANDSHAKE_TIMEOUT, KeyingMaterial, Output, Role, SrtpProfile};
pub use certificate::PeerCertificate;
pub use identity::{Identity, Unusable, generate_certificate};
