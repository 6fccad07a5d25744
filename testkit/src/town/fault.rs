/// One unkindness of the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The datagram of SIP with this number (from 0) is lost.
    Lost(usize),
    /// It arrives twice.
    Doubled(usize),
    /// It arrives more than a second late, after what was sent behind it.
    Late(usize),
    /// After the WebSocket message with this number its connection breaks.
    Broken(usize),
    /// After the message with this number on it, the TCP connection between border and exchange breaks.
    Severed(usize),
}
