//! SDP text to values and back (RFC 8866).
//!
//! [`SessionDescription::parse`] reads what browsers and telephones really send (bare LF, lines out of order, missing
//! `s=` or `t=`), within the bounds of [`limits`]; `Display` prints in the order that the RFC demands. Attributes stay
//! in an ordered list, [`Attributes`], and are read through typed accessors; one that is not well-formed reads as absent.
//! [`Section`] is a media description together with its session, for what may stand at either level.
//!
//! The crate knows no offer and no answer: that is `media-offer-answer`.

mod attribute;
mod connection;
mod description;
mod error;
mod fragment;
pub mod limits;
mod media;
mod number;
mod origin;
mod parse;
mod print;
mod section;

pub use attribute::{
    Attribute, Attributes, Candidate, Crypto, Extmap, Group, Msid, Rtcp, RtpMap, Setup, Ssrc,
    fingerprint_text,
};
pub use connection::Connection;
pub use control_command::{Direction, Fingerprint, Suite};
pub use description::{Line, SessionDescription};
pub use error::{Fault, ParseError};
pub use fragment::{IceFragment, IcePart};
pub use media::Media;
pub use origin::Origin;
pub use section::Section;
