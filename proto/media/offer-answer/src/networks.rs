use control_command::{Dress, Fingerprint, Refusal};
use proto_base::{NetworkId, SocketId};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// What the configuration means for negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlan {
    /// Every network in which legs may live.
    pub networks: Vec<MediaNetwork>,
    /// Of our DTLS certificate.
    pub fingerprint: Fingerprint,
    /// Streams keep the SSRC, sequence and timestamps of their first source instead of having ours: for legs of which others speak
    /// in SIP. And nothing is offered that was not: what is to be translated is theirs to say.
    pub adopts: bool,
    /// How many media workers there are; a session's worker is chosen by its id.
    pub workers: u16,
}

/// Where media lives in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaNetwork {
    /// Which network.
    pub id: NetworkId,
    /// Which part of ICE we play on legs of this network.
    pub ice: IceMode,
    /// What browsers of this network are told as our only host candidates (usually one).
    pub webrtc: Vec<WebRtcAddress>,
    /// Where phones' legs get their port pairs; `None`: no phone may live here.
    pub rtp: Option<RtpRange>,
}

/// The one public port, as browsers of a network reach it (a router may forward another number).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebRtcAddress {
    /// Told in SDP.
    pub advertised: SocketAddr,
    /// The worker's public socket that it leads to.
    pub socket: SocketId,
}

/// Which part of ICE is played on a network's legs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IceMode {
    /// Our address can be reached from everywhere in the network, so the browser's checks find it (RFC 8445 §2.5).
    #[default]
    Lite,
    /// We check as well: where far ends' checks do not all reach us.
    Full,
}

/// A range of even/odd port pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpRange {
    /// Bound by the worker.
    pub bind: IpAddr,
    /// Told in SDP.
    pub advertised: IpAddr,
    /// The lowest port; an odd one is left out.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

impl MediaPlan {
    /// The network, if a leg in that dress may live there. Signalling chose it, so otherwise the fault is ours.
    pub(crate) fn network(&self, id: NetworkId, dress: Dress) -> Result<&MediaNetwork, Refusal> {
        let network = self.networks.iter().find(|network| network.id == id);
        let fits = |network: &&MediaNetwork| match dress {
            Dress::WebRtc => !network.webrtc.is_empty(),
            _ => network.rtp.is_some(),
        };
        network.filter(fits).ok_or(Refusal::Unknown)
    }
}
