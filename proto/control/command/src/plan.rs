use crate::{LegId, SessionId};
use proto_base::{NetworkId, SocketId};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Legs of one session at once: the caller, the 32 INVITEs that a call may have under way, of which the last ones linger until
/// their transactions end, and three for transfers. What is released makes room, but its number is not used again, so a call has
/// 256 legs in its life at most.
pub const MAX_LEGS: usize = 36;

/// Instead of an SSRC of our own: the first source's, with its sequence numbers and timestamps, kept for the leg's life all the same.
/// So it is behind a SIP proxy, where others tell SSRCs for us.
pub const ADOPTED: u32 = 0;

/// What a media worker is told. The shell carries it from the signalling thread to the worker that owns the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkerCommand {
    /// Open the session, or bring it from the plan it has to this one: what is the same goes on undisturbed.
    Apply(SessionPlan),
    /// End it: free its sockets and tell [`crate::What::Ended`].
    Close(SessionId),
    /// Tell [`crate::What::Counted`].
    Count(SessionId),
}

/// All that a worker must know of a session: complete each time, never a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPlan {
    /// Which session.
    pub session: SessionId,
    /// The worker that owns it; the local ICE ufrag says the same.
    pub worker: u16,
    /// Its legs, by [`LegId`].
    pub legs: Vec<LegPlan>,
    /// What is relayed from where to where.
    pub routes: Vec<Route>,
}

/// One leg: how its packets travel and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegPlan {
    /// Which leg.
    pub leg: LegId,
    /// Its network.
    pub network: NetworkId,
    /// Addresses and credentials.
    pub transport: TransportPlan,
    /// What we may do on this leg: `SendOnly` means that we send and do not receive.
    pub direction: Direction,
    /// The formats that the far end may send to us and we to it; both by the payload types of this leg.
    pub formats: Vec<Format>,
    /// The SSRC that we send with on this leg, told in the SDP and constant for the leg's life (PITFALL P40); or [`ADOPTED`].
    pub ssrc: u32,
    /// The CNAME of our RTCP on this leg (RFC 7022).
    pub cname: String,
}

/// How a leg's packets travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransportPlan {
    /// On the shared public port: ICE, DTLS, SRTP.
    WebRtc(WebRtcPlan),
    /// On a port pair of its own: RTP, or SRTP with keys from the SDP.
    Rtp(RtpPlan),
}

/// A browser's leg.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebRtcPlan {
    /// Our ICE ufrag. Its first four characters are the worker in hexadecimal, the rest is chance.
    pub local_ufrag: String,
    /// Our ICE password.
    pub local_pwd: String,
    /// The part that we play in ICE. It changes at most once, when a far end that was told of a lite one turns out to be lite too.
    pub ice: IcePlan,
    /// What the browser told; `None` until its SDP is here.
    pub remote: Option<RemoteWebRtc>,
}

/// Our part in a leg's ICE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IcePlan {
    /// We answer checks, send none, and are controlled (RFC 8445 §2.5).
    #[default]
    Lite,
    /// We send checks as well.
    Full {
        /// The role that we begin with (RFC 8445 §6.1.1): true for whoever offers, and towards a lite far end.
        controlling: bool,
        /// Our candidates, as they are told.
        candidates: Vec<LocalCandidate>,
    },
}

/// A host candidate of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalCandidate {
    /// As told in the SDP; behind a router's port forward it is the router's.
    pub address: SocketAddr,
    /// The public socket that it leads to, and from which checks are sent.
    pub socket: SocketId,
    /// RFC 8445 §5.1.2.1: 65535 for the only address, less for each further one.
    pub preference: u16,
}

/// What a far end says of the part that it plays in ICE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteIce {
    /// It sends no checks (`a=ice-lite`).
    pub lite: bool,
    /// No more candidates will come: it said so, or does not trickle (RFC 8838 §14).
    pub candidates_ended: bool,
}

/// What a browser's SDP tells of its transport.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteWebRtc {
    /// Its ICE ufrag.
    pub ufrag: String,
    /// Its ICE password.
    pub pwd: String,
    /// Its candidates, as far as they have addresses (mDNS names are left out; such peers are learned from checks).
    pub candidates: Vec<Candidate>,
    /// The part that it plays in ICE.
    pub ice: RemoteIce,
    /// Any of these certificates will do (RFC 8122 §5); never empty.
    pub fingerprints: Vec<Fingerprint>,
    /// Our part in DTLS (RFC 5763 §5). It stays what it is for the life of the association.
    pub dtls_role: DtlsRole,
}

/// A UDP candidate with an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Transport address.
    pub address: SocketAddr,
    /// Priority (RFC 8445 §5.1.2).
    pub priority: u32,
    /// Its foundation (RFC 8445 §5.1.1.3), as a number that is the same for the same text: only whether two are equal matters.
    pub foundation: u32,
    /// `host`, `srflx`, `prflx` or `relay`.
    pub kind: String,
}

/// A certificate's hash (RFC 8122 §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The hash function in lower case: `sha-256`.
    pub algorithm: String,
    /// The hash.
    pub digest: Vec<u8>,
}

/// Who sends the ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DtlsRole {
    /// We do (`setup:active`).
    Client,
    /// The browser does (`setup:passive` on our side).
    Server,
}

/// A telephone's leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtpPlan {
    /// Where we receive RTP: an even port, to be bound by the worker.
    pub local_rtp: SocketAddr,
    /// Where we receive RTCP: the port above it.
    pub local_rtcp: SocketAddr,
    /// Where the far end says it receives; `None` until its SDP is here.
    pub remote: Option<RemoteRtp>,
    /// How its packets are protected.
    pub protection: Protection,
}

/// What protects a telephone's packets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protection {
    /// Nothing.
    #[default]
    Plain,
    /// Keys that are not known yet: nothing is sent and nothing taken.
    Awaited,
    /// Keys from the SDP.
    Keyed(Box<Sdes>),
}

/// What two descriptions tell of keys (RFC 4568). Those of each direction and of each leg are keys of their own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sdes {
    /// The suite agreed.
    pub suite: Suite,
    /// What we protect with: master key and salt, as they stand in our `a=crypto`.
    pub local: Vec<u8>,
    /// What the far end protects with.
    pub remote: Vec<u8>,
}

/// A crypto suite of SDES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Suite {
    /// RFC 7714 §14.1
    AeadAes256Gcm,
    /// RFC 7714 §14.1
    AeadAes128Gcm,
    /// RFC 6188 §2
    AesCm256HmacSha1_80,
    /// RFC 6188 §2
    AesCm256HmacSha1_32,
    /// RFC 4568 §6.2
    AesCm128HmacSha1_80,
    /// RFC 4568 §6.2
    AesCm128HmacSha1_32,
}

impl Suite {
    /// All of them, the strongest first.
    pub const ALL: [Suite; 6] = [
        Suite::AeadAes256Gcm,
        Suite::AeadAes128Gcm,
        Suite::AesCm256HmacSha1_80,
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AesCm128HmacSha1_32,
    ];

    /// As in `a=crypto`.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Suite::ALL.into_iter();
        all.find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Octets of its master key.
    pub const fn key_length(self) -> usize {
        match self {
            Suite::AeadAes256Gcm | Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 => 32,
            Suite::AeadAes128Gcm | Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => 16,
        }
    }

    /// Octets of master key and salt together.
    pub const fn material_length(self) -> usize {
        let salt = match self {
            Suite::AeadAes256Gcm | Suite::AeadAes128Gcm => 12,
            _ => 14,
        };
        self.key_length() + salt
    }
}

/// A telephone's description of where it receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteRtp {
    /// RTP, from `c=` and `m=`.
    pub rtp: SocketAddr,
    /// RTCP: `a=rtcp` or the port above (RFC 3605).
    pub rtcp: SocketAddr,
    /// Where the leg's signalling comes from: the other plausible source when the far end sits behind a NAT.
    pub signalled_from: Option<IpAddr>,
    /// Grows with each description whose address or port differs: the learning window opens again.
    pub generation: u32,
}

/// Which way media may flow, seen from whoever says it (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// Sends only.
    SendOnly,
    /// Receives only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// From the two halves.
    pub const fn of(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether the one who says it sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the one who says it receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same, seen from the other end.
    pub const fn reversed(self) -> Self {
        Direction::of(self.receives(), self.sends())
    }
}

/// A payload type of a leg and what it means there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// Encoding name as registered: `PCMU`, `opus`, `telephone-event`.
    pub encoding: String,
    /// RTP clock in Hz.
    pub clock_rate: u32,
    /// Channels.
    pub channels: u8,
}

/// What arrives on `from` is sent on `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where packets come from.
    pub from: LegId,
    /// Where they go.
    pub to: LegId,
    /// How payload types change where the sound stays as it is.
    pub payload_types: Vec<PayloadMap>,
    /// What is taken out of one codec and put into another. What is in neither list goes nowhere.
    pub transcodes: Vec<Transcode>,
    /// Whether anything is relayed now: false while held.
    pub open: bool,
}

/// One payload type's way through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadMap {
    /// On the leg it comes from.
    pub from: u8,
    /// On the leg it goes to.
    pub to: u8,
}

/// One codec's way into another, or telephone events' way to another clock. Nothing is decoded before a packet of it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcode {
    /// As it comes.
    pub from: Format,
    /// As it goes.
    pub to: Format,
    /// What the receiver's `a=fmtp` says of `to`: bit rate, FEC, DTX.
    pub parameters: Option<String>,
    /// Milliseconds of sound in each packet that goes: what the receiver's `a=ptime` asks for.
    pub ptime: u8,
}

mod redacted {
    use super::{RemoteWebRtc, Sdes, WebRtcPlan};
    use std::fmt;

    /// Keys are not for logs.
    impl fmt::Debug for Sdes {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter
                .debug_struct("Sdes")
                .field("suite", &self.suite)
                .finish_non_exhaustive()
        }
    }

    /// Passwords are not for logs.
    impl fmt::Debug for WebRtcPlan {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter
                .debug_struct("WebRtcPlan")
                .field("local_ufrag", &self.local_ufrag)
                .field("remote", &self.remote)
                .finish_non_exhaustive()
        }
    }

    /// Passwords are not for logs.
    impl fmt::Debug for RemoteWebRtc {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter
                .debug_struct("RemoteWebRtc")
                .field("ufrag", &self.ufrag)
                .field("candidates", &self.candidates)
                .field("fingerprints", &self.fingerprints)
                .field("dtls_role", &self.dtls_role)
                .finish_non_exhaustive()
        }
    }
}
