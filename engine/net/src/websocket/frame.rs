/// A frame: FIN and opcode, mask and length, longer length, masking key, payload (RFC 6455 §5.2).
const LONGEST_HEADER: usize = 14;
/// RFC 6455 §5.5: a control frame fits in one short frame.
const LONGEST_CONTROL: usize = 125;
/// Fragments of one message. SIP in a browser comes in one; a stranger must not keep us joining crumbs.
const MOST_FRAGMENTS: usize = 64;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Cuts a client's octets into WebSocket messages and control frames (RFC 6455 §5). Pure and bounded, and empty-handed between
/// messages: ten thousand silent browsers hold no buffer.
#[derive(Debug)]
pub struct FrameReader {
    longest: usize,
    /// Octets not cut yet, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// The message that is being joined.
    message: Option<Joining>,
    failed: Option<FrameError>,
}

#[derive(Debug)]
struct Joining {
    text: bool,
    payload: Vec<u8>,
    fragments: usize,
}

/// One message or control frame of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole text or binary message, its fragments joined.
    Message(Vec<u8>),
    /// To be answered with a pong of the same octets.
    Ping(Vec<u8>),
    /// The answer to our ping.
    Pong,
    /// The far end closes.
    Close,
}

/// What the far end did wrong. After it nothing more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Not masked, reserved bits (we agreed to no extension), an unknown opcode, fragments out of order.
    Protocol,
    /// A text message that is not UTF-8.
    NotText,
    /// Longer than the limit.
    TooLong,
}

impl FrameError {
    /// The status of our close frame (RFC 6455 §7.4.1).
    pub const fn status(self) -> u16 {
        match self {
            FrameError::Protocol => 1002,
            FrameError::NotText => 1007,
            FrameError::TooLong => 1009,
        }
    }
}

/// What the first octets of a frame say.
struct Header {
    last: bool,
    opcode: u8,
    key: [u8; 4],
    payload: std::ops::Range<usize>,
}

impl FrameReader {
    /// For messages of up to `longest` octets.
    pub fn new(longest: usize) -> Self {
        Self {
            longest,
            buffer: Vec::new(),
            start: 0,
            message: None,
            failed: None,
        }
    }

    /// Takes octets as they came. Drain [`FrameReader::next`] after each push, then no more than one message is ever held.
    pub fn push(&mut self, octets: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// Whether a message or a frame has begun and its end is not here yet.
    pub fn is_midway(&self) -> bool {
        self.message.is_some() || self.start < self.buffer.len()
    }

    /// The next whole message or control frame; `None`: more octets are needed.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let cut = self.cut();
        match cut {
            Ok(Some(_)) => {}
            Ok(None) => self.compact(),
            Err(error) => {
                self.failed = Some(error);
                self.buffer = Vec::new();
                self.message = None;
                self.start = 0;
            }
        }
        cut
    }

    fn cut(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            let pending = self.buffer.get(self.start..).unwrap_or_default();
            let Some(header) = header(pending, self.longest)? else {
                return Ok(None);
            };
            let Some(masked) = pending.get(header.payload.clone()) else {
                return Ok(None);
            };
            let payload: Vec<u8> = masked
                .iter()
                .zip(header.key.iter().cycle())
                .map(|(octet, key)| octet ^ key)
                .collect();
            self.start = self.start.saturating_add(header.payload.end);
            match header.opcode {
                CLOSE => return Ok(Some(Frame::Close)),
                PING => return Ok(Some(Frame::Ping(payload))),
                PONG => return Ok(Some(Frame::Pong)),
                opcode => {
                    if let Some(message) = self.join(opcode, header.last, payload)? {
                        return Ok(Some(Frame::Message(message)));
                    }
                }
            }
        }
    }

    /// RFC 6455 §5.4: the first fragment names the kind, the others continue, the last one says so.
    fn join(
        &mut self,
        opcode: u8,
        last: bool,
        payload: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, FrameError> {
        let joined = match (self.message.take(), opcode) {
            (None, TEXT | BINARY) => Joining {
                text: opcode == TEXT,
                payload,
                fragments: 1,
            },
            (Some(mut message), CONTINUATION) => {
                message.fragments = message.fragments.saturating_add(1);
                if message.fragments > MOST_FRAGMENTS
                    || message.payload.len().saturating_add(payload.len()) > self.longest
                {
                    return Err(FrameError::TooLong);
                }
                message.payload.extend_from_slice(&payload);
                message
            }
            _ => return Err(FrameError::Protocol),
        };
        if !last {
            self.message = Some(joined);
            return Ok(None);
        }
        if joined.text && std::str::from_utf8(&joined.payload).is_err() {
            return Err(FrameError::NotText);
        }
        Ok(Some(joined.payload))
    }

    fn compact(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer = Vec::new();
        } else {
            self.buffer.drain(..self.start);
        }
        self.start = 0;
    }
}

/// Reads a frame's header; `None`: more octets are needed. The length is judged before a single octet of payload is waited for.
fn header(octets: &[u8], longest: usize) -> Result<Option<Header>, FrameError> {
    let (Some(first), Some(second)) = (octets.first(), octets.get(1)) else {
        return Ok(None);
    };
    let (last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
    let (masked, short) = (second & 0x80 != 0, second & 0x7F);
    let control = opcode & 0x8 != 0;
    // RFC 6455 §5.1: a client masks every frame.
    if reserved != 0 || !masked || (control && !last) {
        return Err(FrameError::Protocol);
    }
    if !matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG) {
        return Err(FrameError::Protocol);
    }
    let (length, at) = match short {
        126 => {
            let Some(octets) = octets.get(2..).and_then(<[u8]>::first_chunk::<2>) else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(*octets)), 4)
        }
        127 => {
            let Some(octets) = octets.get(2..).and_then(<[u8]>::first_chunk::<8>) else {
                return Ok(None);
            };
            (u64::from_be_bytes(*octets), 10)
        }
        short => (u64::from(short), 2),
    };
    // The shortest form of a length is the only one.
    let minimal = match short {
        126 => length > 125,
        127 => length > u64::from(u16::MAX),
        _ => true,
    };
    if !minimal {
        return Err(FrameError::Protocol);
    }
    let length = usize::try_from(length).map_err(|_| FrameError::TooLong)?;
    if control && length > LONGEST_CONTROL {
        return Err(FrameError::Protocol);
    }
    if length > longest {
        return Err(FrameError::TooLong);
    }
    let Some(key) = octets.get(at..).and_then(<[u8]>::first_chunk::<4>) else {
        return Ok(None);
    };
    let payload = at.saturating_add(4);
    Ok(Some(Header {
        last,
        opcode,
        key: *key,
        payload: payload..payload.saturating_add(length),
    }))
}

/// What a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending<'a> {
    /// A SIP message: text, unless it is not UTF-8 (RFC 7118 §5).
    Message(&'a [u8]),
    Ping,
    Pong(&'a [u8]),
    Close(u16),
}

impl Sending<'_> {
    /// Appends the frame to `out`. A server does not mask.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let status;
        let (opcode, payload): (u8, &[u8]) = match self {
            Sending::Message(message) if std::str::from_utf8(message).is_ok() => (TEXT, message),
            Sending::Message(message) => (BINARY, message),
            Sending::Ping => (PING, &[]),
            Sending::Pong(payload) => (PONG, payload),
            Sending::Close(code) => {
                status = code.to_be_bytes();
                (CLOSE, &status)
            }
        };
        out.reserve(LONGEST_HEADER.saturating_add(payload.len()));
        out.push(0x80 | opcode);
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(length @ 0..=125), _) => out.push(length),
            (_, Ok(length)) => {
                out.push(126);
                out.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                out.push(127);
                out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, FrameError, FrameReader, Sending};

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..=125 => frame.push(0x80 | short as u8),
            middle @ 126..=0xFFFF => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(middle as u16).to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        let key = [0x37, 0xfa, 0x21, 0x3d];
        frame.extend_from_slice(&key);
        frame.extend(payload.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b));
        frame
    }

    fn all(reader: &mut FrameReader) -> Result<Vec<Frame>, FrameError> {
        let mut frames = Vec::new();
        while let Some(frame) = reader.next()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    #[test]
    fn the_masked_hello_of_rfc_6455_section_5_7_is_read() {
        let mut reader = FrameReader::new(1000);
        reader.push(&[
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ]);
        assert_eq!(
            all(&mut reader),
            Ok(vec![Frame::Message(b"Hello".to_vec())])
        );
        assert!(!reader.is_midway());
    }

    #[test]
    fn frames_come_out_the_same_however_the_stream_is_cut() {
        let mut stream = masked(0x81, &[b'a'; 300]);
        stream.extend(masked(0x89, b"ping"));
        stream.extend(masked(0x02, b"fir"));
        stream.extend(masked(0x8A, b""));
        stream.extend(masked(0x80, b"st"));
        stream.extend(masked(0x82, &[0xFF; 70_000]));
        stream.extend(masked(0x88, &1000u16.to_be_bytes()));
        let expected = vec![
            Frame::Message(vec![b'a'; 300]),
            Frame::Ping(b"ping".to_vec()),
            Frame::Pong,
            Frame::Message(b"first".to_vec()),
            Frame::Message(vec![0xFF; 70_000]),
            Frame::Close,
        ];
        for size in [1, 2, 3, 7, 1000, stream.len()] {
            let mut reader = FrameReader::new(100_000);
            let mut frames = Vec::new();
            for piece in stream.chunks(size) {
                reader.push(piece);
                frames.extend(all(&mut reader).expect("well-formed"));
            }
            assert_eq!(frames, expected, "in pieces of {size}");
            assert!(!reader.is_midway());
        }
    }

    #[test]
    fn what_breaks_the_rules_is_refused_for_good() {
        let cases: [(&str, Vec<u8>, FrameError); 9] = [
            ("not masked", vec![0x81, 0x01, b'a'], FrameError::Protocol),
            ("reserved bit", masked(0xC1, b"a"), FrameError::Protocol),
            ("unknown opcode", masked(0x83, b"a"), FrameError::Protocol),
            ("fragmented ping", masked(0x09, b"a"), FrameError::Protocol),
            ("long ping", masked(0x89, &[0; 126]), FrameError::Protocol),
            (
                "continues nothing",
                masked(0x80, b"a"),
                FrameError::Protocol,
            ),
            (
                "length in too long a form",
                vec![0x81, 0xFE, 0, 5, 0, 0, 0, 0],
                FrameError::Protocol,
            ),
            ("not UTF-8", masked(0x81, &[0xFF]), FrameError::NotText),
            (
                "a length nobody could hold",
                vec![0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
                FrameError::TooLong,
            ),
        ];
        for (case, octets, error) in cases {
            let mut reader = FrameReader::new(1000);
            reader.push(&octets);
            assert_eq!(all(&mut reader), Err(error), "{case}");
            reader.push(&masked(0x81, b"again"));
            assert_eq!(all(&mut reader), Err(error), "{case}: never resynchronises");
        }
    }

    #[test]
    fn a_message_in_fragments_is_no_longer_than_one_in_a_frame() {
        let mut reader = FrameReader::new(100);
        reader.push(&masked(0x01, &[b'a'; 60]));
        assert_eq!(all(&mut reader), Ok(vec![]));
        assert!(reader.is_midway());
        reader.push(&masked(0x80, &[b'a'; 60]));
        assert_eq!(all(&mut reader), Err(FrameError::TooLong));
    }

    #[test]
    fn crumbs_without_end_are_refused() {
        let mut reader = FrameReader::new(1000);
        reader.push(&masked(0x01, b""));
        let mut outcome = Ok(vec![]);
        for _ in 0..100 {
            reader.push(&masked(0x00, b""));
            outcome = all(&mut reader);
        }
        assert_eq!(outcome, Err(FrameError::TooLong));
    }

    #[test]
    fn a_new_message_may_not_begin_inside_another() {
        let mut reader = FrameReader::new(1000);
        reader.push(&masked(0x01, b"a"));
        reader.push(&masked(0x81, b"b"));
        assert_eq!(all(&mut reader), Err(FrameError::Protocol));
    }

    #[test]
    fn a_server_sends_text_where_it_can_and_never_masks() {
        let mut out = Vec::new();
        Sending::Message(b"Hello").write(&mut out);
        assert_eq!(out, b"\x81\x05Hello");
        out.clear();
        Sending::Message(&[0xFF]).write(&mut out);
        assert_eq!(out, b"\x82\x01\xFF");
        out.clear();
        Sending::Message(&[b'a'; 126]).write(&mut out);
        assert_eq!(out.get(..4), Some(&[0x81, 126, 0, 126][..]));
        out.clear();
        Sending::Message(&[b'a'; 65_536]).write(&mut out);
        assert_eq!(
            out.get(..10),
            Some(&[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0][..])
        );
        out.clear();
        Sending::Close(1001).write(&mut out);
        assert_eq!(out, b"\x88\x02\x03\xE9");
    }
}
