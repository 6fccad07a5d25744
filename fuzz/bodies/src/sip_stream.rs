//! SIP over a byte stream: the cuts of the network make no difference.

use sip_message::{Framed, FramingError, StreamFramer};

/// The first bytes say how to cut the rest. However it is cut, the same messages come out, the same pings, the same error, and the
/// framer never holds more than one message.
pub fn sip_stream(bytes: &[u8]) {
    let (cuts, stream) = bytes.split_at(bytes.len().min(8));
    let whole = play(std::iter::once(stream));
    let mut rest = stream;
    let mut sizes = cuts.iter().cycle();
    let pieces = std::iter::from_fn(|| {
        if rest.is_empty() {
            return None;
        }
        let size = sizes.next().map_or(1, |size| usize::from(*size).max(1));
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        Some(piece)
    });
    assert_eq!(whole, play(pieces));
}

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    messages: Vec<Vec<u8>>,
    pings: usize,
    error: Option<FramingError>,
}

fn play<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut framer = StreamFramer::new();
    let mut outcome = Outcome::default();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Framed::Message(message))) => {
                    assert!(message.len() <= sip_message::limits::MAX_MESSAGE);
                    outcome.messages.push(message);
                }
                Ok(Some(Framed::Ping)) => outcome.pings += 1,
                // A pong is told early when the stream pauses after one CRLF, so their number depends on the cuts.
                Ok(Some(Framed::Pong)) => {}
                Ok(None) => break,
                Err(error) => {
                    outcome.error = Some(error);
                    return outcome;
                }
            }
        }
    }
    outcome
}
