use control_command::Dress;
use media_sdp::RtpMap;
use serde::{Deserialize, Serialize};

/// What each payload type of a leg means. Once told it means that for the session's life (RFC 3264 §8.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PayloadTypes(
    /// By their numbers: a handful, kept for as long as the call.
    Vec<RtpMap>,
);

impl PayloadTypes {
    /// The far end offered it; should that be another meaning than before, it is the far end that breaks the rule, and
    /// its word holds.
    pub(crate) fn record(&mut self, map: &RtpMap) {
        match self.place(map.payload_type) {
            Ok(at) => {
                if let Some(known) = self.0.get_mut(at) {
                    known.clone_from(map);
                }
            }
            Err(at) => self.0.insert(at, map.clone()),
        }
    }

    /// The far end answered under a number of its own.
    pub(crate) fn record_answered(&mut self, codec: &RtpMap, answered: u8) {
        self.note(answered, codec);
    }

    /// Where a number stands, or would stand.
    fn place(&self, number: u8) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |map| map.payload_type)
    }

    /// A number that means nothing yet means this.
    fn note(&mut self, number: u8, codec: &RtpMap) {
        if let Err(at) = self.place(number) {
            let map = RtpMap {
                payload_type: number,
                ..codec.clone()
            };
            self.0.insert(at, map);
        }
    }

    /// Whether a codec's number on this leg is beyond choice: it has one, or is assigned one (RFC 3551 §6).
    pub(crate) fn has(&self, codec: &RtpMap) -> bool {
        self.0.iter().any(|map| map.same_codec(codec)) || codec.assignment().is_some()
    }

    /// The number for a codec on this leg: the one it has, otherwise the assigned one, otherwise `wished` if it is free,
    /// otherwise a free one. `None` if there is none left.
    pub(crate) fn choose(&mut self, codec: &RtpMap, dress: Dress) -> Option<u8> {
        let wished = codec.payload_type;
        let meant = self.place(wished).ok().and_then(|at| self.0.get(at));
        let number = match meant {
            Some(map) if map.same_codec(codec) => wished,
            _ => match self.0.iter().find(|map| map.same_codec(codec)) {
                Some(map) => map.payload_type,
                None => self.free(codec, dress)?,
            },
        };
        self.note(number, codec);
        Some(number)
    }

    fn free(&self, codec: &RtpMap, dress: Dress) -> Option<u8> {
        /// RFC 3551 §3: the dynamic range first; RFC 5761 §4: then what no RTCP packet type can be mistaken for.
        const DYNAMIC: [std::ops::RangeInclusive<u8>; 2] = [96..=127, 35..=63];
        let dynamic = |number: &u8| match dress {
            Dress::WebRtc => DYNAMIC.iter().any(|range| range.contains(number)),
            _ => *number >= 35,
        };
        let wished = Some(codec.payload_type).filter(dynamic);
        let others = DYNAMIC.into_iter().flatten();
        codec
            .assignment()
            .into_iter()
            .chain(wished)
            .chain(others)
            .find(|number| self.place(*number).is_err())
    }
}
