//! A browser's frames: what is read must not depend on how the stream was cut.

use engine_net::{Frame, FrameError, FrameReader};

const LONGEST: usize = 4096;

/// The first octet says how the rest is cut into pieces.
pub fn web_socket(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let whole = read(stream, stream.len().max(1));
    let pieces = read(stream, usize::from(*size).max(1));
    assert_eq!(whole, pieces);
    for frame in &whole.0 {
        match frame {
            Frame::Message(message) => assert!(message.len() <= LONGEST),
            Frame::Ping(payload) => assert!(payload.len() <= 125),
            Frame::Pong | Frame::Close => {}
        }
    }
}

fn read(stream: &[u8], size: usize) -> (Vec<Frame>, Option<FrameError>) {
    let mut reader = FrameReader::new(LONGEST);
    let mut frames = Vec::new();
    for piece in stream.chunks(size) {
        reader.push(piece);
        loop {
            match reader.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.next(), Err(error));
                    assert!(!reader.is_midway());
                    return (frames, Some(error));
                }
            }
        }
    }
    (frames, None)
}
