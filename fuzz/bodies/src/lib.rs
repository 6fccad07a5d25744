//! What the fuzz targets run, also replayed as tests.

pub mod sdp;
pub mod sip_auth;
pub mod sip_message;
pub mod sip_stream;
pub mod sip_transaction;
