//! Attributes: the ordered list, and a file for each family of typed ones.

mod base64;
mod candidate;
mod crypto;
mod dtls;
mod grouping;
mod list;
mod rtp;
mod source;

pub use candidate::Candidate;
pub use crypto::Crypto;
pub use dtls::{Setup, fingerprint_text};
pub use grouping::{Group, Msid};
pub use list::{Attribute, Attributes};
pub use rtp::{Extmap, Rtcp, RtpMap};
pub use source::Ssrc;
