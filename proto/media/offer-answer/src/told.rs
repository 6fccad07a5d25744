use crate::codec::{self, Codec};
use crate::layout::{Layout, bundle_of};
use control_command::{Candidate, Direction, Dress, Refusal, RemoteIce};
use media_sdp::{Connection, Crypto, Fingerprint, Media, Section, SessionDescription, Setup};
use std::net::{IpAddr, SocketAddr};

/// Candidates handed to the worker; a full agent checks them. A browser with two interfaces, both families and a relay has ten.
pub(crate) const CANDIDATES: usize = 16;

/// Fingerprints of one leg. Browsers tell one.
const FINGERPRINTS: usize = 8;

/// Keys of one leg, of which one is taken. Telephones tell one for each suite, some two.
const KEYS: usize = 16;

/// What a far end's description says of the call's audio, read in the dress it must have.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) layout: Layout,
    pub(crate) transport: Transport,
    /// The author's.
    pub(crate) direction: Direction,
    pub(crate) codecs: Vec<Codec>,
    /// Usable keys, in the author's order; none where the dress has none.
    pub(crate) keys: Vec<Crypto>,
    /// The milliseconds of sound that its author would like in a packet, within its own bound.
    pub(crate) ptime: Option<u8>,
}

/// How it is reached.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    WebRtc(WebRtc),
    /// `None`: `0.0.0.0`, which means that it wants nothing now.
    Rtp(Option<Rtp>),
}

/// A browser's transport.
#[derive(Clone, Debug)]
pub(crate) struct WebRtc {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) ice: RemoteIce,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Option<Setup>,
    pub(crate) tls_id: Option<String>,
}

/// A telephone's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rtp {
    pub(crate) rtp: SocketAddr,
    pub(crate) rtcp: SocketAddr,
}

/// What the reader knows beforehand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) dress: Dress,
    /// Instead of a name in `c=`, which we do not resolve.
    pub(crate) signalled_from: Option<IpAddr>,
    /// Our own address on the leg: a telephone must be reachable from it, so in the same family.
    pub(crate) local: IpAddr,
}

/// Reads an offer: the audio line used before if it still can be, otherwise the first that can.
pub(crate) fn offer(
    description: &SessionDescription,
    expected: Expected,
    before: Option<usize>,
) -> Result<Told, Refusal> {
    let usable = |index: &usize| {
        let section = description.section(*index);
        section.is_some_and(|section| is_usable(section.media(), expected.dress))
    };
    let all = 0..description.media.len();
    let audio = before.into_iter().chain(all).find(usable);
    audio
        .and_then(|audio| read(description, audio, expected))
        .ok_or(Refusal::NotAcceptable)
}

/// What the author of a description speaks, by its first audio line that is open.
pub(crate) fn dress(body: &[u8]) -> Result<Dress, Refusal> {
    let description = SessionDescription::parse(body).map_err(|_| Refusal::Malformed)?;
    let spoken = |section: Section<'_>| {
        let media = section.media();
        let is = |protocol: &str| media.protocol.eq_ignore_ascii_case(protocol);
        let dress = if is("RTP/SAVPF") && !section.fingerprints().is_empty() {
            Dress::WebRtc
        } else if is("RTP/SAVPF") {
            Dress::SrtpFeedback
        } else if is("RTP/SAVP") {
            Dress::Srtp
        } else if is("RTP/AVP") && media.attributes.crypto().next().is_some() {
            Dress::BestEffort
        } else if is("RTP/AVP") {
            Dress::Rtp
        } else if is("RTP/AVPF") {
            Dress::RtpFeedback
        } else {
            Dress::WebRtc
        };
        is_usable(media, dress).then_some(dress)
    };
    let mut dresses = description.sections().filter_map(spoken);
    dresses.next().ok_or(Refusal::NotAcceptable)
}

/// Reads an answer, whose audio line stands where the offer's stood.
pub(crate) fn answer(
    description: &SessionDescription,
    expected: Expected,
    audio: usize,
) -> Result<Told, Refusal> {
    let section = description.section(audio).ok_or(Refusal::NotAcceptable)?;
    if !is_usable(section.media(), expected.dress) {
        return Err(Refusal::NotAcceptable);
    }
    read(description, audio, expected).ok_or(Refusal::NotAcceptable)
}

fn is_usable(media: &Media, dress: Dress) -> bool {
    let speaks = |protocols: &[&str]| {
        let mut protocols = protocols.iter();
        protocols.any(|protocol| media.protocol.eq_ignore_ascii_case(protocol))
    };
    let has_key = || media.attributes.crypto().next().is_some();
    let spoken = match dress {
        Dress::WebRtc => speaks(&["UDP/TLS/RTP/SAVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP"]),
        Dress::Rtp | Dress::RtpFeedback => speaks(&["RTP/AVP", "RTP/AVPF"]),
        // Whoever offers keys beside the plain profile (RFC 8643) has them taken.
        Dress::Srtp | Dress::SrtpFeedback => {
            speaks(&["RTP/SAVP", "RTP/SAVPF", "RTP/AVP", "RTP/AVPF"]) && has_key()
        }
        Dress::BestEffort => {
            speaks(&["RTP/AVP", "RTP/AVPF"]) || (speaks(&["RTP/SAVP", "RTP/SAVPF"]) && has_key())
        }
    };
    // RFC 9143 §6: a bundled line may have no port of its own.
    let open = media.port != 0 || (dress == Dress::WebRtc && media.attributes.bundle_only());
    open && spoken && media.kind.eq_ignore_ascii_case("audio")
}

fn read(description: &SessionDescription, audio: usize, expected: Expected) -> Option<Told> {
    let section = description.section(audio)?;
    let direction = section.direction();
    let (transport, direction) = match expected.dress {
        Dress::WebRtc => (Transport::WebRtc(webrtc(description, section)?), direction),
        _ => {
            let rtp = rtp(section, expected)?;
            // RFC 3264 §8.4: the old way to hold is to receive at 0.0.0.0. In an ICE offer it means nothing (T3).
            let receives = direction.receives() && rtp.is_some();
            let direction = Direction::of(direction.sends(), receives);
            (Transport::Rtp(rtp), direction)
        }
    };
    Some(Told {
        layout: Layout::of(description, audio),
        transport,
        direction,
        codecs: codec::offered(section.media()),
        keys: match expected.dress.tells_keys() {
            true => section.media().attributes.crypto().take(KEYS).collect(),
            false => Vec::new(),
        },
        ptime: ptime(section.media()),
    })
}

/// RFC 8866 §6.4: what is wished, and what is the most. A wish beyond a byte of milliseconds is none.
fn ptime(media: &Media) -> Option<u8> {
    let (wished, most) = (media.attributes.ptime(), media.attributes.maxptime());
    let bounded = match (wished, most) {
        (Some(wished), Some(most)) => Some(wished.min(most)),
        // Only a bound below the usual 20 ms says anything.
        (None, Some(most)) => (most < 20).then_some(most),
        (wished, None) => wished,
    };
    bounded
        .and_then(|it| u8::try_from(it).ok())
        .filter(|it| *it > 0)
}

fn webrtc(description: &SessionDescription, section: Section<'_>) -> Option<WebRtc> {
    // RFC 9143 §9: a bundled line leaves its transport to the first of its group.
    let tagged = section
        .media()
        .attributes
        .mid()
        .and_then(|mid| bundle_of(description, mid))
        .and_then(|mids| mids.into_iter().next())
        .and_then(|tag| {
            description
                .sections()
                .find(|other| other.media().attributes.mid() == Some(tag.as_str()))
        })
        .unwrap_or(section);
    let own = section.media().attributes.ice_ufrag().is_some();
    let transport = if own { section } else { tagged };
    let attributes = &transport.media().attributes;
    let ice_chars = |it: u8| it.is_ascii_alphanumeric() || it == b'+' || it == b'/';
    // RFC 8839 §5.4
    let ufrag = transport
        .ice_ufrag()
        .filter(|it| (4..=256).contains(&it.len()))?;
    let pwd = transport
        .ice_pwd()
        .filter(|it| (22..=256).contains(&it.len()))?;
    let legible = ufrag.bytes().chain(pwd.bytes()).all(ice_chars);
    let mut fingerprints = transport.fingerprints();
    fingerprints.truncate(FINGERPRINTS);
    let setup = transport.setup();
    // We have one port for a browser, so RTCP must share it (RFC 8834 §4.5, P18).
    let carried = attributes.rtcp_mux() && setup != Some(Setup::HoldConn);
    (legible && carried && !fingerprints.is_empty()).then(|| WebRtc {
        ufrag: ufrag.to_owned(),
        pwd: pwd.to_owned(),
        candidates: candidates(transport.media()),
        ice: ice(description, transport.media()),
        fingerprints,
        setup,
        tls_id: transport.first("tls-id").map(str::to_owned),
    })
}

fn candidates(media: &Media) -> Vec<Candidate> {
    let candidates = media.attributes.candidates().filter_map(usable_candidate);
    candidates.take(CANDIDATES).collect()
}

fn ice(description: &SessionDescription, media: &Media) -> RemoteIce {
    let both = [&description.attributes, &media.attributes];
    let trickles = both
        .iter()
        .flat_map(|it| it.ice_options())
        .any(|option| option == "trickle");
    RemoteIce {
        lite: both.iter().any(|it| it.ice_lite()),
        candidates_ended: !trickles || both.iter().any(|it| it.end_of_candidates()),
    }
}

/// FNV-1a: a number for a text of at most 32 characters.
fn foundation(text: &str) -> u32 {
    let fold = |hash: u32, octet: u8| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811C_9DC5, fold)
}

/// A candidate that packets can be sent to.
pub(crate) fn usable_candidate(candidate: media_sdp::Candidate) -> Option<Candidate> {
    let kind = candidate.kind.to_ascii_lowercase();
    let known = matches!(kind.as_str(), "host" | "srflx" | "prflx" | "relay");
    let address = candidate.socket_address()?;
    let sendable = candidate.is_udp() && candidate.component == 1 && address.port() != 0;
    (known && sendable).then_some(Candidate {
        address,
        priority: candidate.priority,
        foundation: foundation(&candidate.foundation),
        kind,
    })
}

/// `None`: not usable at all. `Some(None)`: nothing is wanted now.
fn rtp(section: Section<'_>, expected: Expected) -> Option<Option<Rtp>> {
    let connection = section.connection()?;
    let address = connection.ip().or(expected.signalled_from)?;
    if address.is_unspecified() {
        return Some(None);
    }
    if !is_reachable(address, expected.local) {
        return None;
    }
    let rtp = SocketAddr::new(address, section.media().port);
    let above = SocketAddr::new(address, rtp.port().saturating_add(1));
    let rtcp = match section.media().attributes.rtcp() {
        Some(told) if told.port != 0 => {
            let address = told.address.as_ref().and_then(Connection::ip);
            let address = address.filter(|it| is_reachable(*it, expected.local));
            SocketAddr::new(address.unwrap_or(rtp.ip()), told.port)
        }
        _ => above,
    };
    Some(Some(Rtp { rtp, rtcp }))
}

fn is_reachable(address: IpAddr, local: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    let unicast = !address.is_multicast() && !address.is_unspecified() && !broadcast;
    unicast && address.is_ipv4() == local.is_ipv4()
}
