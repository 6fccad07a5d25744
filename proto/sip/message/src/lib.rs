//! SIP text to values and back (RFC 3261 §7, §19, §20, §25).
//!
//! [`parse`] reads one message, [`Message::to_bytes`] writes one, [`StreamFramer`] cuts a byte stream into messages. What
//! [`parse`] accepts is normalised: headers under their long names, unfolded, lists split, no control characters, no
//! Content-Length (it is computed when printing). Printing a parsed message and parsing it again gives the same value.

mod answer;
mod equivalence;
mod header;
mod headers;
mod host;
pub mod limits;
mod lines;
mod list;
mod message;
mod method;
mod name_addr;
mod params;
mod parse;
mod print;
mod rack;
mod replaces;
mod session_expires;
mod status;
mod stream;
mod syntax;
mod text;
mod uri;
mod uri_headers;
mod via;

pub use header::{CSeq, HeaderName};
pub use headers::{Header, HeaderError, Headers};
pub use host::Host;
pub use message::{Message, Request, Response};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::{Malformed, ParseError, parse};
pub use rack::RAck;
pub use replaces::Replaces;
pub use session_expires::{Refresher, SessionExpires};
pub use status::StatusCode;
pub use stream::{Framed, FramingError, StreamFramer};
pub use text::Text;
pub use uri::{Scheme, Uri};
pub use via::{TopVia, Via};
