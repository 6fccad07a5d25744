//! WebSocket (RFC 6455), for SIP (RFC 7118). Our own frames and sessions and no library's, for the sake of memory: the libraries
//! at hand keep 8 kB or more of buffer for each silent browser, this keeps none.

mod frame;
mod handshake;
mod session;

pub(crate) use handshake::{Refused, handshake};
pub(crate) use session::serve;

pub use frame::{Frame, FrameError, FrameReader};
