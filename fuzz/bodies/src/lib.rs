//! What the fuzz targets run, also replayed as tests.
#![allow(clippy::panic)] // a finding is a panic

pub mod border;
pub mod dtls;
pub mod ice_agent;
pub mod locate;
pub mod ng;
pub mod offer_answer;
pub mod proxy;
pub mod references;
pub mod routing;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod sdp_fragment;
pub mod sip_auth;
pub mod sip_message;
pub mod sip_stream;
pub mod sip_transaction;
pub mod srtp;
pub mod stream;
pub mod stun;
pub mod transcode;
pub mod trunk;
pub mod web_socket;
pub mod worker_datagrams;
