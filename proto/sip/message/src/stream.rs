use crate::limits::{MAX_HEAD, MAX_MESSAGE};
use crate::lines::{Lines, name_and_value};
use crate::{HeaderName, Malformed, Response, answer, parse};

/// Cuts a TCP or TLS byte stream into messages by Content-Length (RFC 3261 §18.3). Pure; bounded.
///
/// After every `push`, call `next` until it says `Ok(None)`: then what is held is one unfinished message, within
/// [`MAX_MESSAGE`].
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: Vec<u8>,
    /// Bytes of `buffer` already given out.
    start: usize,
    /// Bytes after `start` known to hold no end of the head: each byte is looked at once, however slowly they come.
    searched: usize,
    /// Length of the message at `start`, once its head is complete.
    message: Option<usize>,
    /// Keep-alive CRLFs since the last message.
    empty_lines: u8,
    failed: Option<FramingError>,
    refusal: Option<Box<Response>>,
}

/// What came.
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
    /// The head or the whole message is beyond [`crate::limits`].
    TooLong,
    /// Content-Length is no number, or there are two that differ, or a line before it cannot be read.
    BadContentLength,
    /// RFC 3261 §20.14: it is mandatory on streams.
    NoContentLength,
}

impl std::fmt::Display for FramingError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            FramingError::TooLong => "message too long",
            FramingError::BadContentLength => "Content-Length cannot be read",
            FramingError::NoContentLength => "no Content-Length",
        })
    }
}

impl std::error::Error for FramingError {}

impl From<FramingError> for Malformed {
    fn from(error: FramingError) -> Self {
        match error {
            FramingError::TooLong => Malformed::TooLong,
            FramingError::BadContentLength => Malformed::Header("Content-Length"),
            FramingError::NoContentLength => Malformed::MissingHeader("Content-Length"),
        }
    }
}

impl StreamFramer {
    /// At the beginning of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes as they come. After an error they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a message has begun and is not complete: what a deadline against slow senders watches.
    pub fn is_amid_message(&self) -> bool {
        self.failed.is_none() && self.start < self.buffer.len()
    }

    /// `Ok(None)`: more bytes are needed. After an error, always the same error.
    #[allow(clippy::should_implement_trait, reason = "more may come after None")]
    pub fn next(&mut self) -> Result<Option<Framed>, FramingError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let framed = self.cut();
        if let Err(error) = framed {
            self.failed = Some(error);
            let held = self.buffer.get(self.start..).unwrap_or_default();
            self.refusal = answer::to_malformed(held, error.into());
            self.buffer = Vec::new();
            self.start = 0;
        }
        framed
    }

    /// After an error: the response to send before closing, where the request at fault could be read far enough. Once.
    pub fn take_refusal(&mut self) -> Option<Box<Response>> {
        self.refusal.take()
    }

    fn cut(&mut self) -> Result<Option<Framed>, FramingError> {
        if let Some(keep_alive) = self.keep_alive() {
            return Ok(Some(keep_alive));
        }
        let held = self.buffer.get(self.start..).unwrap_or_default();
        let length = match self.message {
            Some(length) => length,
            None => {
                let from = self.searched.saturating_sub(3);
                let end = held
                    .get(from..)
                    .and_then(|bytes| bytes.windows(4).position(|four| four == b"\r\n\r\n"))
                    .map(|at| at.saturating_add(from).saturating_add(4));
                self.searched = held.len();
                let Some(head) = end else {
                    return if held.len() > MAX_HEAD {
                        Err(FramingError::TooLong)
                    } else {
                        Ok(None)
                    };
                };
                if head > MAX_HEAD {
                    return Err(FramingError::TooLong);
                }
                let body = content_length(held.get(..head).unwrap_or_default())?;
                let length = head.checked_add(body).ok_or(FramingError::TooLong)?;
                if length > MAX_MESSAGE {
                    return Err(FramingError::TooLong);
                }
                self.message = Some(length);
                length
            }
        };
        let Some(message) = held.get(..length) else {
            return Ok(None);
        };
        let message = message.to_vec();
        self.start = self.start.saturating_add(length);
        self.searched = 0;
        self.message = None;
        self.empty_lines = 0;
        Ok(Some(Framed::Message(message)))
    }

    /// CRLFs between messages. A lone CRLF at the end of what has come is given out as a pong at once, for nothing may ever follow
    /// it; if it turns out to be the first half of a ping, the ping follows.
    fn keep_alive(&mut self) -> Option<Framed> {
        if self.message.is_some() {
            return None;
        }
        while let Some([b'\r', b'\n', rest @ ..]) = self.buffer.get(self.start..) {
            let more = matches!(rest, [b'\r', b'\n', ..]);
            self.start = self.start.saturating_add(2);
            self.searched = 0;
            self.empty_lines ^= 1;
            if self.empty_lines == 0 {
                return Some(Framed::Ping);
            }
            if !more {
                return Some(Framed::Pong);
            }
        }
        None
    }
}

/// RFC 3261 §20.14, read exactly as the parser reads it.
fn content_length(head: &[u8]) -> Result<usize, FramingError> {
    const BAD: FramingError = FramingError::BadContentLength;
    let mut lines = Lines::new(head);
    let mut found = None;
    // The start line is no header, whatever it looks like.
    lines.next_line().map_err(|_| BAD)?;
    while let Some(line) = lines.next_line().map_err(|_| BAD)? {
        let text = line.text();
        let Ok((HeaderName::ContentLength, value)) = name_and_value(&text) else {
            continue;
        };
        let length = parse::content_length(value).map_err(|_| BAD)?;
        if found.replace(length).is_some_and(|other| other != length) {
            return Err(BAD);
        }
    }
    found.ok_or(FramingError::NoContentLength)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const BYE: &str = "BYE sip:bob@example.com SIP/2.0\r\n\
        v: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n\
        f: <sip:alice@example.com>;tag=1\r\n\
        t: <sip:bob@example.com>;tag=2\r\n\
        i: 1@example.com\r\n\
        CSeq: 2 BYE\r\n";

    fn all(framer: &mut StreamFramer) -> Vec<String> {
        let mut out = Vec::new();
        loop {
            out.push(match framer.next() {
                Ok(Some(Framed::Message(bytes))) => format!("{} bytes", bytes.len()),
                Ok(Some(Framed::Ping)) => "ping".to_owned(),
                Ok(Some(Framed::Pong)) => "pong".to_owned(),
                Ok(None) => return out,
                Err(error) => {
                    out.push(error.to_string());
                    return out;
                }
            });
        }
    }

    #[test]
    fn a_body_is_waited_for() {
        let mut framer = StreamFramer::new();
        framer.push(format!("{BYE}L\t:\r\n 5\r\n\r\nab").as_bytes());
        assert!(all(&mut framer).is_empty());
        assert!(framer.is_amid_message());
        framer.push(b"cde\r\n\r\n");
        let length = BYE.len() + "L\t:\r\n 5\r\n\r\nabcde".len();
        assert_eq!(
            all(&mut framer),
            [format!("{length} bytes"), "ping".to_owned()]
        );
        assert!(!framer.is_amid_message());
    }

    #[test]
    fn a_lone_line_end_is_a_pong_at_once_and_a_ping_when_its_twin_comes() {
        let mut framer = StreamFramer::new();
        framer.push(b"\r\n");
        assert_eq!(all(&mut framer), ["pong"]);
        framer.push(b"\r");
        assert!(all(&mut framer).is_empty());
        framer.push(b"\n");
        assert_eq!(all(&mut framer), ["ping"]);
        framer.push(format!("\r\n{BYE}l:0\r\n\r\n").as_bytes());
        assert_eq!(all(&mut framer).len(), 2);
        framer.push(b"\r\n");
        assert_eq!(
            all(&mut framer),
            ["pong"],
            "a message in between parts the twins"
        );
    }

    #[test]
    fn a_head_that_never_ends_is_refused_however_slowly_it_grows() {
        let mut framer = StreamFramer::new();
        for _ in 0..=MAX_HEAD {
            assert!(matches!(framer.next(), Ok(None)));
            framer.push(b"x");
        }
        assert_eq!(framer.next().unwrap_err(), FramingError::TooLong);
        framer.push(format!("{BYE}l:0\r\n\r\n").as_bytes());
        assert_eq!(framer.next().unwrap_err(), FramingError::TooLong);
        assert!(framer.buffer.is_empty(), "nothing more is kept");
    }

    #[test]
    fn a_body_beyond_the_limit_is_refused_before_it_comes() {
        for length in [
            "65536",
            "4294967295",
            "18446744073709551616",
            "-1",
            "5,5",
            "",
        ] {
            let mut framer = StreamFramer::new();
            framer.push(format!("{BYE}l: {length}\r\n\r\n").as_bytes());
            assert!(framer.next().is_err(), "{length}");
        }
    }

    #[test]
    fn a_content_length_is_found_only_where_the_parser_finds_it() {
        for (lines, fine) in [
            ("l: 0\r\nContent-Length: 0\r\n", true),
            ("l: 0\r\nContent-Length : 1\r\n", false),
            ("X: Content-Length: 7\r\nl:0\r\n", true),
            ("X: a\r\n l: 7\r\nl:0\r\n", true),
            ("X: a\nl: 7\r\nl:0\r\n", false),
            ("X: a\r\n", false),
        ] {
            let mut framer = StreamFramer::new();
            framer.push(format!("{BYE}{lines}\r\n").as_bytes());
            assert_eq!(framer.next().is_ok(), fine, "{lines:?}");
        }
    }

    #[test]
    fn the_sender_is_told_before_the_connection_is_closed() {
        let mut framer = StreamFramer::new();
        framer.push(format!("{BYE}l: -1\r\n\r\n").as_bytes());
        assert!(framer.take_refusal().is_none());
        assert!(framer.next().is_err());
        assert_eq!(
            framer.take_refusal().expect("a response").status.code(),
            400
        );
        assert!(framer.take_refusal().is_none());
    }
}
