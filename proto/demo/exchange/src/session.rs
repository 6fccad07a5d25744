//! What a service and its caller agree upon: RFC 3264, with one audio stream of G.711.

use media_sdp::{Direction, Media, Origin, RtpMap, Section, SessionDescription};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A service's side of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    id: u64,
    version: u64,
    local: SocketAddr,
    /// The last description we gave.
    told: String,
    pub(crate) agreed: Option<Agreed>,
}

/// What holds after offer and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// Where the caller hears; none while it is on hold in the old way (`c=0.0.0.0`).
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) law: Law,
    pub(crate) payload_type: u8,
    pub(crate) telephone_event: Option<u8>,
    /// Seen from us.
    pub(crate) direction: Direction,
}

/// The two halves of G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Law {
    Mu,
    A,
}

/// Nothing in the description that we can speak, or no description at all: 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAcceptable;

const PCMU: u8 = 0;
const PCMA: u8 = 8;
/// What everybody offers for telephone-event.
const TELEPHONE_EVENT: u8 = 101;

impl Session {
    pub(crate) fn new(id: u64, local: SocketAddr) -> Self {
        Self {
            id,
            version: 0,
            local,
            told: String::new(),
            agreed: None,
        }
    }

    /// The answer to an offer: the same media lines, all refused but one.
    pub(crate) fn answer(&mut self, offer: &[u8]) -> Result<String, NotAcceptable> {
        let offer = SessionDescription::parse(offer).map_err(|_| NotAcceptable)?;
        let chosen = offer
            .sections()
            .enumerate()
            .find_map(|(at, section)| Some((at, agree(section)?)));
        let (at, agreed) = chosen.ok_or(NotAcceptable)?;
        let media = offer.media.iter().enumerate().map(|(index, offered)| {
            if index == at {
                self.audio(agreed)
            } else {
                refused(offered)
            }
        });
        let media = media.collect();
        self.agreed = Some(agreed);
        Ok(self.describe(media))
    }

    /// An offer, to a caller who made none.
    pub(crate) fn offer(&mut self) -> String {
        let mut audio = Media::new("audio", self.local.port(), "RTP/AVP");
        audio.push_format(&RtpMap::new(PCMU, "PCMU", 8000), None);
        audio.push_format(&RtpMap::new(PCMA, "PCMA", 8000), None);
        push_event(&mut audio, TELEPHONE_EVENT);
        audio.attributes.push("ptime", "20");
        audio.attributes.push_direction(Direction::SendRecv);
        self.describe(vec![audio])
    }

    /// The answer to our offer.
    pub(crate) fn accept(&mut self, answer: &[u8]) -> Result<(), NotAcceptable> {
        let answer = SessionDescription::parse(answer).map_err(|_| NotAcceptable)?;
        let first = answer.section(0).ok_or(NotAcceptable)?;
        self.agreed = Some(agree(first).ok_or(NotAcceptable)?);
        Ok(())
    }

    fn audio(&self, agreed: Agreed) -> Media {
        let mut audio = Media::new("audio", self.local.port(), "RTP/AVP");
        let encoding = match agreed.law {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        };
        audio.push_format(&RtpMap::new(agreed.payload_type, encoding, 8000), None);
        if let Some(payload_type) = agreed.telephone_event {
            push_event(&mut audio, payload_type);
        }
        audio.attributes.push("ptime", "20");
        audio.attributes.push_direction(agreed.direction);
        audio
    }

    /// The whole description; its version grows only when something changed (RFC 3264 §8).
    fn describe(&mut self, media: Vec<Media>) -> String {
        let address = self.local.ip();
        let mut whole = SessionDescription::new(Origin::new(self.id, self.version, address));
        whole.connection = Some(media_sdp::Connection::new(address));
        whole.media = media;
        if whole.to_string() != self.told {
            self.version = self.version.saturating_add(1);
            whole.origin = Origin::new(self.id, self.version, address);
            self.told = whole.to_string();
        }
        self.told.clone()
    }
}

fn push_event(audio: &mut Media, payload_type: u8) {
    let event = RtpMap::new(payload_type, "telephone-event", 8000);
    audio.push_format(&event, Some("0-16"));
}

fn refused(offered: &Media) -> Media {
    let mut media = Media::new(&offered.kind, 0, &offered.protocol);
    media.formats = offered.formats.clone();
    media
}

/// What the other side's audio line allows.
fn agree(section: Section<'_>) -> Option<Agreed> {
    let media = section.media();
    if media.kind != "audio" || media.protocol != "RTP/AVP" || media.port == 0 {
        return None;
    }
    let formats = media.rtp_formats();
    let (law, payload_type) = formats.iter().find_map(|format| {
        let law = [("PCMU", Law::Mu), ("PCMA", Law::A)]
            .into_iter()
            .find(|(name, _)| format.encoding.eq_ignore_ascii_case(name))?
            .1;
        (format.clock_rate == 8000).then_some((law, format.payload_type))
    })?;
    let telephone_event = formats
        .iter()
        .find(|format| format.is_telephone_event() && format.clock_rate == 8000)
        .map(|format| format.payload_type);
    let remote = section.rtp_address()?;
    Some(Agreed {
        remote: (!remote.ip().is_unspecified()).then_some(remote),
        law,
        payload_type,
        telephone_event,
        direction: section.direction().reversed(),
    })
}
