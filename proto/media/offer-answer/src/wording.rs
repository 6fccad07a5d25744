use crate::association::Half;
use crate::codec::Codec;
use crate::layout::LayoutLine;
use crate::session::{Body, Identity, Leg, Local, Worded};
use crate::{IceMode, MediaNetwork, RtpRange};
use control_command::Direction;
use media_sdp::{
    Candidate, Connection, Fingerprint, Group, Media, Origin, RtpMap, SessionDescription, Setup,
    fingerprint_text,
};
use std::net::{IpAddr, Ipv4Addr};

/// Milliseconds of speech in a packet: what browsers send, and what every telephone takes (P62).
const PTIME: &str = "20";

/// What is to be told on a leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording<'a> {
    pub(crate) leg: &'a Leg,
    pub(crate) network: &'a MediaNetwork,
    pub(crate) fingerprint: &'a Fingerprint,
    pub(crate) codecs: &'a [Codec],
    pub(crate) direction: Direction,
    pub(crate) setup: Setup,
    /// See [`crate::MediaPlan::adopts`].
    pub(crate) adopts: bool,
}

impl Wording<'_> {
    /// Only an offer leaves the roles of DTLS open.
    fn half(&self) -> Half {
        match self.setup {
            Setup::ActPass => Half::Offer,
            _ => Half::Answer,
        }
    }
}

impl Identity {
    /// The description as text. Its version grows by one if it differs from the one told last, and only then
    /// (RFC 3264 §8).
    pub(crate) fn tell(&mut self, wording: Wording<'_>) -> Body {
        let version = self.told.as_ref().map_or(1, |told| told.version);
        let sdp = self.describe(wording, version).to_text();
        let (version, sdp) = match &self.told {
            Some(told) if *told.sdp.0 != *sdp => {
                let next = version.saturating_add(1);
                (next, self.describe(wording, next).to_text())
            }
            _ => (version, sdp),
        };
        let sdp = Body(sdp.into());
        self.told = Some(Worded {
            version,
            sdp: sdp.clone(),
        });
        sdp
    }

    fn describe(&self, wording: Wording<'_>, version: u64) -> SessionDescription {
        match &wording.leg.local {
            Local::Rtp(lease) => self.for_telephone(wording, version, lease.rtp),
            Local::WebRtc(_) => self.for_browser(wording, version),
        }
    }

    /// As lean as can be: no more lines than a telephone needs (T6).
    fn for_telephone(&self, wording: Wording<'_>, version: u64, port: u16) -> SessionDescription {
        let address = wording
            .network
            .rtp
            .map_or(UNSPECIFIED, |range: RtpRange| range.advertised);
        let origin = Origin::new(self.session_id, version, address);
        let mut description = SessionDescription::new(origin);
        description.connection = Some(Connection::new(address));
        let layout = &wording.leg.layout;
        for (index, line) in layout.lines.iter().enumerate() {
            description.media.push(if index == layout.audio {
                let mut media = Media::new(&line.kind, port, &line.protocol);
                push_mid(&mut media, line);
                push_codecs(&mut media, wording.codecs);
                media.attributes.push_direction(wording.direction);
                for crypto in wording.leg.keys.told(wording.half()) {
                    media.attributes.push("crypto", &crypto.to_string());
                }
                media.attributes.push("ptime", PTIME);
                media
            } else {
                rejected(line)
            });
        }
        description
    }

    fn for_browser(&self, wording: Wording<'_>, version: u64) -> SessionDescription {
        let addresses = &wording.network.webrtc;
        let address = addresses.first().map(|it| it.advertised);
        let ip = address.map_or(UNSPECIFIED, |address| address.ip());
        let port = address.map_or(0, |address| address.port());
        let layout = &wording.leg.layout;
        let mut description = SessionDescription::new(Origin::new(self.session_id, version, ip));
        let mid = layout
            .lines
            .get(layout.audio)
            .and_then(|line| line.mid.as_ref());
        if let Some(mid) = mid.filter(|_| layout.bundle) {
            // RFC 9143 §7.3.3: what is rejected is in no group (P36).
            let group = Group {
                semantics: "BUNDLE".to_owned(),
                mids: vec![mid.clone()],
            };
            description.attributes.push("group", &group.to_string());
        }
        if wording.leg.ice.told == IceMode::Lite {
            description.attributes.push_flag("ice-lite");
        }
        // RFC 8445 §10 and RFC 8838 §3: whoever keeps to them says so.
        description.attributes.push("ice-options", "ice2 trickle");
        for (index, line) in layout.lines.iter().enumerate() {
            description.media.push(if index == layout.audio {
                let mut media = Media::new(&line.kind, port, &line.protocol);
                media.connection = Some(Connection::new(ip));
                push_mid(&mut media, line);
                self.push_transport(&mut media, wording);
                media.attributes.push_direction(wording.direction);
                push_codecs(&mut media, wording.codecs);
                media.attributes.push("ptime", PTIME);
                self.push_source(&mut media, wording.adopts);
                media
            } else {
                let mut media = rejected(line);
                media.connection = Some(Connection::new(UNSPECIFIED));
                media
            });
        }
        description
    }

    fn push_transport(&self, media: &mut Media, wording: Wording<'_>) {
        let attributes = &mut media.attributes;
        if let Local::WebRtc(credentials) = &wording.leg.local {
            attributes.push("ice-ufrag", &credentials.ufrag);
            attributes.push("ice-pwd", &credentials.pwd);
        }
        // RFC 8445 §5.1.2.1: 65535 for the only address, less for each further one.
        let preferences = (0..=u16::MAX).rev();
        let foundations = 1_u32..;
        let addresses = wording.network.webrtc.iter();
        for ((address, preference), foundation) in addresses.zip(preferences).zip(foundations) {
            let foundation = foundation.to_string();
            let candidate = Candidate::host(&foundation, address.advertised, preference);
            attributes.push("candidate", &candidate.to_string());
        }
        attributes.push_flag("end-of-candidates");
        attributes.push("fingerprint", &fingerprint_text(wording.fingerprint));
        attributes.push("setup", &wording.setup.to_string());
        attributes.push_flag("rtcp-mux");
    }

    /// The stream's names, and the source that we really send with (T2).
    fn push_source(&self, media: &mut Media, adopts: bool) {
        let (cname, track) = (&self.cname, &self.track);
        media.attributes.push("msid", &format!("{cname} {track}"));
        // One that will be adopted is not known yet.
        if !adopts {
            let source = format!("{} cname:{cname}", self.ssrc);
            media.attributes.push("ssrc", &source);
        }
    }
}

const UNSPECIFIED: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

fn push_codecs(media: &mut Media, codecs: &[Codec]) {
    for codec in codecs {
        media.push_format(&codec.map, codec.parameters.as_deref());
    }
}

fn push_mid(media: &mut Media, line: &LayoutLine) {
    if let Some(mid) = &line.mid {
        media.attributes.push("mid", mid);
    }
}

/// RFC 3264 §6: port 0 and one of the formats that were offered.
fn rejected(line: &LayoutLine) -> Media {
    let mut media = Media::new(&line.kind, 0, &line.protocol);
    media
        .formats
        .push(line.format.clone().unwrap_or_else(|| "0".to_owned()));
    push_mid(&mut media, line);
    if let Some(rtpmap) = &line.rtpmap {
        media.attributes.push("rtpmap", rtpmap);
    }
    media
}

/// A codec under a leg's payload type.
pub(crate) fn renumbered(codec: &Codec, payload_type: u8) -> Codec {
    Codec {
        map: RtpMap {
            payload_type,
            ..codec.map.clone()
        },
        parameters: codec.parameters.clone(),
    }
}
