use super::Attributes;
use crate::Connection;
use crate::number::push_number;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a payload type means: `a=rtpmap:111 opus/48000/2` (RFC 8866 §6.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtpMap {
    /// 0 to 127.
    pub payload_type: u8,
    /// As registered: `PCMU`, `opus`, `telephone-event`. Case does not matter.
    pub encoding: String,
    /// RTP clock in Hz.
    pub clock_rate: u32,
    /// Channels; 1 is not written.
    pub channels: u8,
}

/// What RFC 3551 §6 (tables 4 and 5) says of payload types that need no rtpmap.
const ASSIGNED: [(u8, &str, u32, u8); 24] = [
    (0, "PCMU", 8000, 1),
    (3, "GSM", 8000, 1),
    (4, "G723", 8000, 1),
    (5, "DVI4", 8000, 1),
    (6, "DVI4", 16000, 1),
    (7, "LPC", 8000, 1),
    (8, "PCMA", 8000, 1),
    (9, "G722", 8000, 1),
    (10, "L16", 44100, 2),
    (11, "L16", 44100, 1),
    (12, "QCELP", 8000, 1),
    (13, "CN", 8000, 1),
    (14, "MPA", 90000, 1),
    (15, "G728", 8000, 1),
    (16, "DVI4", 11025, 1),
    (17, "DVI4", 22050, 1),
    (18, "G729", 8000, 1),
    (25, "CelB", 90000, 1),
    (26, "JPEG", 90000, 1),
    (28, "nv", 90000, 1),
    (31, "H261", 90000, 1),
    (32, "MPV", 90000, 1),
    (33, "MP2T", 90000, 1),
    (34, "H263", 90000, 1),
];

/// For the numbers of an rtpmap, and what stands between them.
const ROOM: usize = 16;

impl RtpMap {
    /// One channel.
    pub fn new(payload_type: u8, encoding: &str, clock_rate: u32) -> Self {
        Self {
            payload_type,
            encoding: encoding.to_owned(),
            clock_rate,
            channels: 1,
        }
    }

    /// What a payload type means without being told (RFC 3551 §6).
    pub fn assigned(payload_type: u8) -> Option<Self> {
        let (_, encoding, clock_rate, channels) = ASSIGNED
            .iter()
            .find(|(assigned, ..)| *assigned == payload_type)?;
        Some(Self {
            payload_type,
            encoding: (*encoding).to_owned(),
            clock_rate: *clock_rate,
            channels: *channels,
        })
    }

    /// The first payload type that means this codec without being told.
    pub fn assignment(&self) -> Option<u8> {
        let mut assigned = ASSIGNED.iter();
        let (payload_type, ..) = assigned.find(|(_, encoding, clock_rate, channels)| {
            self.clock_rate == *clock_rate
                && self.channels == *channels
                && self.encoding.eq_ignore_ascii_case(encoding)
        })?;
        Some(*payload_type)
    }

    /// Whether both mean the same, whatever their payload types.
    pub fn same_codec(&self, other: &Self) -> bool {
        self.clock_rate == other.clock_rate
            && self.channels == other.channels
            && self.encoding.eq_ignore_ascii_case(&other.encoding)
    }

    /// `opus/48000/2`: without the payload type.
    pub fn name(&self) -> String {
        self.named(String::new())
    }

    /// As [`fmt::Display`] writes it.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.encoding.len().saturating_add(ROOM));
        push_number(&mut text, self.payload_type.into());
        text.push(' ');
        self.named(text)
    }

    fn named(&self, mut text: String) -> String {
        text.reserve(self.encoding.len().saturating_add(ROOM));
        text.push_str(&self.encoding);
        text.push('/');
        push_number(&mut text, self.clock_rate);
        if self.channels > 1 {
            text.push('/');
            push_number(&mut text, self.channels.into());
        }
        text
    }

    /// Whether it carries named telephone events (RFC 4733).
    pub fn is_telephone_event(&self) -> bool {
        self.encoding.eq_ignore_ascii_case("telephone-event")
    }

    fn read(value: &str) -> Option<Self> {
        let blank = value.bytes().position(|octet| octet == b' ')?;
        let (payload_type, rest) = value.split_at_checked(blank)?;
        let mut parts = rest.trim_ascii().split('/');
        let encoding = parts.next()?.trim_ascii();
        let clock_rate = parts.next()?.trim_ascii().parse().ok()?;
        let channels = match parts.next() {
            // For audio the third part is the number of channels; nothing sensible there means one.
            Some(text) => text.trim_ascii().parse().ok().filter(|it| *it > 0)?,
            None => 1,
        };
        let payload_type = payload_type.parse().ok().filter(|it| *it < 128)?;
        let token = !encoding.is_empty() && encoding.bytes().all(|it| it.is_ascii_graphic());
        (token && clock_rate > 0).then(|| Self {
            payload_type,
            encoding: encoding.to_owned(),
            clock_rate,
            channels,
        })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_text())
    }
}

/// `a=rtcp:53020 IN IP4 192.0.2.1` (RFC 3605).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rtcp {
    /// Where RTCP is received.
    pub port: u16,
    /// At which address, if not that of `c=`.
    pub address: Option<Connection>,
}

/// `a=extmap:1/sendonly urn:…` (RFC 8285 §8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extmap {
    /// The number in the packets.
    pub id: u16,
    /// What it names.
    pub uri: String,
}

impl Attributes {
    /// `a=rtpmap`
    pub fn rtpmaps(&self) -> impl Iterator<Item = RtpMap> {
        self.all("rtpmap").filter_map(RtpMap::read)
    }

    /// `a=fmtp` of a payload type (RFC 8866 §6.15)
    pub fn fmtp(&self, payload_type: u8) -> Option<&str> {
        self.all("fmtp").find_map(|value| {
            let (format, parameters) = value.split_once(' ')?;
            (format.parse() == Ok(payload_type)).then(|| parameters.trim_ascii())
        })
    }

    /// `a=ptime`, in milliseconds (RFC 8866 §6.4). Some write a fraction; it is dropped.
    pub fn ptime(&self) -> Option<u16> {
        milliseconds(self.first("ptime")?)
    }

    /// `a=maxptime`, in milliseconds (RFC 8866 §6.5)
    pub fn maxptime(&self) -> Option<u16> {
        milliseconds(self.first("maxptime")?)
    }

    /// `a=rtcp`
    pub fn rtcp(&self) -> Option<Rtcp> {
        let value = self.first("rtcp")?;
        let (port, address) = match value.split_once(' ') {
            Some((port, address)) => (port, Some(Connection::read(address)?)),
            None => (value, None),
        };
        Some(Rtcp {
            port: port.parse().ok()?,
            address,
        })
    }

    /// `a=rtcp-mux` (RFC 5761)
    pub fn rtcp_mux(&self) -> bool {
        self.has("rtcp-mux")
    }

    /// `a=rtcp-rsize` (RFC 5506)
    pub fn rtcp_rsize(&self) -> bool {
        self.has("rtcp-rsize")
    }

    /// `a=extmap`
    pub fn extmaps(&self) -> impl Iterator<Item = Extmap> {
        self.all("extmap").filter_map(|value| {
            let mut words = value.split_ascii_whitespace();
            let id = words.next()?;
            let id = id.split_once('/').map_or(id, |(id, _)| id);
            Some(Extmap {
                id: id.parse().ok()?,
                uri: words.next()?.to_owned(),
            })
        })
    }
}

fn milliseconds(text: &str) -> Option<u16> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}
