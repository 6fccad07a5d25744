/// Cuts a client's octets into WebSocket messages and control frames (RFC 6455 §5). Pure and bounded.
#[derive(Debug)]
pub struct FrameReader {}
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
/// What the far end did wrong; the connection is closed with this status (RFC 6455 §7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// 1002.
    Protocol,
    /// 1009.
    TooLong,
}
