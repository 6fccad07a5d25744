use control_command::Fingerprint;
use proto_base::NetworkId;
use std::net::{IpAddr, SocketAddr};
/// What the configuration means for negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlan {
    pub networks: Vec<MediaNetwork>,
    /// Of our DTLS certificate.
    pub fingerprint: Fingerprint,
    /// How many media workers there are; a session's worker is chosen by its id.
    pub workers: u16,
}
/// Where media lives in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaNetwork {
    pub id: NetworkId,
    /// What browsers of this network are told as our only host candidates (usually one).
    pub webrtc: Vec<WebRtcAddress>,
    /// Where phones' legs get their port pairs; `None`: no phone may live here.
    pub rtp: Option<RtpRange>,
}
/// The one public port, as browsers of a network reach it (a router may forward another number).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebRtcAddress {
    pub advertised: SocketAddr,
}
/// A range of even/odd port pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpRange {
    pub bind: IpAddr,
    pub advertised: IpAddr,
    pub first: u16,
    pub last: u16,
}
