//! SIP text to values and back (RFC 3261 §7, §19, §20, §25).

mod header;
mod headers;
mod message;
mod method;
mod name_addr;
mod params;
mod parse;
mod print;
mod status;
mod stream;
mod uri;
mod via;

pub use header::{CSeq, HeaderName};
pub use headers::{Header, HeaderError, Headers};
pub use message::{Message, Request, Response};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::{Malformed, ParseError, parse};
pub use status::StatusCode;
pub use stream::{Framed, FramingError, StreamFramer};
pub use uri::{Host, Scheme, Uri};
pub use via::Via;
