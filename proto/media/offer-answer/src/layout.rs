use media_sdp::{Media, SessionDescription};
use serde::{Deserialize, Serialize};

/// The media descriptions of a leg, in an order that never changes (RFC 3264 §8): an answer mirrors them, and so does
/// every later offer of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub(crate) lines: Vec<LayoutLine>,
    /// Which one carries the call.
    pub(crate) audio: usize,
    /// Whether `audio` is in a BUNDLE group.
    pub(crate) bundle: bool,
}

/// What must be said again of a media description that we reject, and of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LayoutLine {
    pub(crate) kind: String,
    pub(crate) protocol: String,
    pub(crate) mid: Option<String>,
    /// Its first format, because an `m=` line needs one, and what we reject has none of ours.
    pub(crate) format: Option<String>,
    /// The `a=rtpmap` of that format.
    pub(crate) rtpmap: Option<String>,
}

impl Layout {
    /// A lone audio line, as we offer it first.
    pub(crate) fn ours(protocol: &str, mid: Option<&str>) -> Self {
        Self {
            lines: vec![LayoutLine {
                kind: "audio".to_owned(),
                protocol: protocol.to_owned(),
                mid: mid.map(str::to_owned),
                format: None,
                rtpmap: None,
            }],
            audio: 0,
            bundle: mid.is_some(),
        }
    }

    /// As somebody offered it.
    pub(crate) fn of(description: &SessionDescription, audio: usize) -> Self {
        let lines = description.media.iter().enumerate();
        let lines: Vec<LayoutLine> = lines
            .map(|(index, media)| LayoutLine::of(media, index == audio))
            .collect();
        let mid = lines.get(audio).and_then(|line| line.mid.as_deref());
        let bundle = mid.is_some_and(|mid| bundle_of(description, mid).is_some());
        Self {
            lines,
            audio,
            bundle,
        }
    }
}

impl LayoutLine {
    fn of(media: &Media, is_ours: bool) -> Self {
        let mut line = Self {
            kind: media.kind.clone(),
            protocol: media.protocol.clone(),
            mid: media.attributes.mid().map(str::to_owned),
            format: None,
            rtpmap: None,
        };
        if !is_ours {
            let payload_type = media.payload_types().next();
            let rtpmap = media
                .attributes
                .rtpmaps()
                .find(|map| Some(map.payload_type) == payload_type);
            line.format = media.formats.first().cloned();
            line.rtpmap = rtpmap.map(|map| map.to_text());
        }
        line
    }
}

/// The members of the BUNDLE group in which `mid` is (RFC 9143 §5).
pub(crate) fn bundle_of(description: &SessionDescription, mid: &str) -> Option<Vec<String>> {
    description
        .attributes
        .groups()
        .filter(|group| group.semantics.eq_ignore_ascii_case("BUNDLE"))
        .map(|group| group.mids)
        .find(|mids| mids.iter().any(|member| member == mid))
}
