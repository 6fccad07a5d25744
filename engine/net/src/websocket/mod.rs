//! WebSocket (RFC 6455, RFC 7118).

mod frame;

pub use frame::{Frame, FrameError, FrameReader};
