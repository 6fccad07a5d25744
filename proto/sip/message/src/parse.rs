use crate::{Message, Response};
/// Why bytes are no SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub why: Malformed,
    /// Where Via, From, To, Call-ID and CSeq of a request could be read all the same: the 4xx/5xx (400, 505, 513, ...) to send back. Never for ACK.
    pub answer: Option<Box<Response>>,
}
/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    TooLong,
    StartLine,
    Version,
    Header(&'static str),
    MissingHeader(&'static str),
    Body,
}
/// One whole message in one datagram or WebSocket frame. Mandatory headers (Via, From, To, Call-ID, CSeq) are present and readable when it succeeds.
pub fn parse(_bytes: &[u8]) -> Result<Message, ParseError> {
    todo!()
}
