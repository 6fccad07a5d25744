use engine_hook::HookSettings;
use engine_net::{Block, Proxies};
use engine_telemetry::{Format, Redaction};
use media_offer_answer::{IceMode, MediaNetwork, MediaPlan, RtpRange, WebRtcAddress};
use proto_base::{NetworkId, SocketId, Transport};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The company's own network: where the server and its phones are.
pub(crate) const INSIDE: NetworkId = NetworkId(0);
/// Everybody else.
pub(crate) const OUTSIDE: NetworkId = NetworkId(1);

/// Media threads. One, for now, as `engine-media` says.
pub(crate) const WORKERS: u16 = 1;

/// What the file means: addresses resolved, defaults filled, contradictions gone.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// For the border.
    pub(crate) signalling: sbc_policy::Plan,
    /// Whose connections belong to the inside although they come to the shared listener.
    pub(crate) members: Vec<Block>,
    /// Ours on the inside.
    pub(crate) inside: IpAddr,
    /// Where phones' legs live.
    pub(crate) rtp: RtpRange,
    /// Where trunks' legs live, if there are any on the outside.
    pub(crate) outside_rtp: Option<RtpRange>,
    /// Who is asked over HTTP.
    pub(crate) hook: Option<HookSettings>,
    /// Which part of ICE we play on the outside.
    pub(crate) ice: IceMode,
    /// Where browsers connect, bound.
    pub(crate) ws: Option<SocketAddr>,
    /// Where browsers connect over TLS, bound.
    pub(crate) wss: Option<(SocketAddr, Certificate)>,
    /// The one media port, on the outside address.
    pub(crate) media: SocketAddr,
    /// A file of authorities in PEM, believed besides the system's.
    pub(crate) authorities: Option<PathBuf>,
    /// Networks where nobody is taken over TLS without a certificate that is vouched for.
    pub(crate) mutual: Vec<NetworkId>,
    /// What the outside is told.
    pub(crate) advertised: Advertised,
    /// Other pages than our own that may connect.
    pub(crate) allowed_origins: Vec<String>,
    /// Who may say whose connection it brings.
    pub(crate) proxies: Proxies,
    /// Most connections at once, and of one address.
    pub(crate) connections: (usize, usize),
    /// Most connections of peers at once.
    pub(crate) peer_connections: usize,
    /// What is logged.
    pub(crate) log_level: String,
    /// How.
    pub(crate) log_format: Format,
    /// Whether log lines hide who calls whom from where.
    pub(crate) redaction: Redaction,
    /// Possible, but probably not what was wanted.
    pub(crate) warnings: Vec<String>,
}

/// What browsers in the Internet are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advertised {
    /// The router's address, or ours.
    pub(crate) address: IpAddr,
    /// The TCP port that leads to the WebSocket listener.
    pub(crate) tcp: u16,
    /// The UDP port that leads to the media port.
    pub(crate) udp: u16,
}

/// The files of the WSS listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// Chain in PEM, ours first.
    pub(crate) chain: PathBuf,
    /// Private key in PEM.
    pub(crate) key: PathBuf,
}

impl Plan {
    /// The SIP server's address, and how it is spoken to.
    pub(crate) fn server(&self) -> Option<(SocketAddr, Transport)> {
        let server = self.signalling.registrars().next()?;
        let address = server.at_start.or(server.addresses.first().copied())?;
        Some((address, server.transport))
    }

    /// Where a port for browsers is bound. A browser in the LAN is told the inside address, so it must be there too, as a socket of
    /// its own: an answer has to leave from the address that was asked.
    pub(crate) fn sockets(&self, outside: SocketAddr) -> Vec<SocketAddr> {
        let inside = SocketAddr::new(self.inside, outside.port());
        if outside.ip().is_unspecified() || inside == outside {
            vec![outside]
        } else {
            vec![outside, inside]
        }
    }

    /// Where the media port is bound.
    pub(crate) fn media_sockets(&self) -> Vec<SocketAddr> {
        self.sockets(self.media)
    }

    /// The media socket that a browser in the LAN reaches, by its place among those bound.
    fn inside_socket(&self) -> SocketId {
        let sockets = self.media_sockets();
        SocketId(u32::from(sockets.len() > 1))
    }

    /// What it means for negotiation, once there is a DTLS certificate.
    pub(crate) fn media_plan(&self, fingerprint: control_command::Fingerprint) -> MediaPlan {
        MediaPlan {
            networks: vec![
                MediaNetwork {
                    ice: IceMode::Lite,
                    id: INSIDE,
                    webrtc: vec![WebRtcAddress {
                        socket: self.inside_socket(),
                        advertised: SocketAddr::new(self.inside, self.media.port()),
                    }],
                    rtp: Some(self.rtp),
                },
                MediaNetwork {
                    ice: self.ice,
                    id: OUTSIDE,
                    webrtc: vec![WebRtcAddress {
                        socket: SocketId(0),
                        advertised: SocketAddr::new(self.advertised.address, self.advertised.udp),
                    }],
                    rtp: self.outside_rtp,
                },
            ],
            fingerprint,
            adopts: false,
            workers: WORKERS,
        }
    }
}
