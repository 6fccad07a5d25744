//! What the fuzz targets run, also replayed as tests.

pub mod sdp;
pub mod sip_transaction;
