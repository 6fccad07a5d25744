use crate::{Message, ParseError};
/// Cuts a TCP or TLS byte stream into messages by Content-Length (RFC 3261 §18.3). Pure; bounded.
#[derive(Debug, Default)]
pub struct StreamFramer {}
#[derive(Debug)]
pub enum Framed {
    /// The raw bytes of one whole message; hand them to `parse`.
    Message(Vec<u8>),
    /// CRLF CRLF (RFC 5626 §4.4.1): answer with CRLF.
    Ping,
    /// A single CRLF.
    Pong,
}
/// The stream cannot be trusted any more: close the connection. Never resynchronise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FramingError {
    TooLong,
    BadContentLength,
    NoContentLength,
}
impl StreamFramer {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn push(&mut self, _bytes: &[u8]) {
        todo!()
    }
    /// `Ok(None)`: more bytes are needed.
    pub fn next(&mut self) -> Result<Option<Framed>, FramingError> {
        todo!()
    }
}
#[allow(unused)]
fn _t(_: Message, _: ParseError) {}
