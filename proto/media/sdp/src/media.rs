use crate::{Attributes, Connection, Line, RtpMap};
use serde::{Deserialize, Serialize};

/// A media description: an `m=` line and what belongs to it (RFC 8866 §5.14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// `audio`, `video`, `application`, ...
    pub kind: String,
    /// 0: rejected, or bundled without a port of its own.
    pub port: u16,
    /// `/2` after the port: how many ports.
    pub ports: Option<u16>,
    /// `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, ...
    pub protocol: String,
    /// Payload types, or what the protocol says.
    pub formats: Vec<String>,
    /// `c=` of its own.
    pub connection: Option<Connection>,
    /// `i=`, `b=`, `k=` as they were.
    pub lines: Vec<Line>,
    /// `a=`
    pub attributes: Attributes,
}

impl Media {
    /// Without formats and attributes.
    pub fn new(kind: &str, port: u16, protocol: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            port,
            ports: None,
            protocol: protocol.to_owned(),
            formats: Vec::new(),
            connection: None,
            lines: Vec::new(),
            attributes: Attributes::default(),
        }
    }

    /// Adds an RTP format: its payload type to the `m=` line, its `a=rtpmap`, its `a=fmtp`.
    pub fn push_format(&mut self, format: &RtpMap, parameters: Option<&str>) {
        let payload_type = format.payload_type.to_string();
        self.attributes.push_made("rtpmap", format.to_text());
        if let Some(parameters) = parameters {
            let value = [&payload_type, " ", parameters].concat();
            self.attributes.push_made("fmtp", value);
        }
        self.formats.push(payload_type);
    }

    /// The RTP formats in the order of the `m=` line, each once. A static payload type needs no `a=rtpmap` (RFC 3551 §6);
    /// a dynamic one without is left out.
    pub fn rtp_formats(&self) -> Vec<RtpMap> {
        let mut told: Vec<Option<RtpMap>> = self.attributes.rtpmaps().map(Some).collect();
        let mut seen = 0_u128;
        let mut formats = Vec::new();
        for payload_type in self.payload_types() {
            let bit = 1_u128 << payload_type;
            if seen & bit != 0 {
                continue;
            }
            seen |= bit;
            let is_meant = |map: &&mut Option<RtpMap>| {
                map.as_ref().map(|map| map.payload_type) == Some(payload_type)
            };
            let map = told.iter_mut().find(is_meant).and_then(Option::take);
            formats.extend(map.or_else(|| RtpMap::assigned(payload_type)));
        }
        formats
    }

    /// The payload types of the `m=` line, as far as they are such.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats
            .iter()
            .filter_map(|format| format.parse::<u8>().ok())
            .filter(|payload_type| *payload_type < 128)
    }
}
