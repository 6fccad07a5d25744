use control_command::Dress;
use media_sdp::RtpMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What each payload type of a leg means. Once told it means that for the session's life (RFC 3264 §8.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PayloadTypes(BTreeMap<u8, RtpMap>);

impl PayloadTypes {
    /// The far end offered it; should that be another meaning than before, it is the far end that breaks the rule, and
    /// its word holds.
    pub(crate) fn record(&mut self, map: &RtpMap) {
        self.0.insert(map.payload_type, map.clone());
    }

    /// The far end answered under a number of its own.
    pub(crate) fn record_answered(&mut self, codec: &RtpMap, answered: u8) {
        self.0.entry(answered).or_insert_with(|| RtpMap {
            payload_type: answered,
            ..codec.clone()
        });
    }

    /// Whether a codec's number on this leg is beyond choice: it has one, or is assigned one (RFC 3551 §6).
    pub(crate) fn has(&self, codec: &RtpMap) -> bool {
        self.0.values().any(|map| map.same_codec(codec)) || codec.assignment().is_some()
    }

    /// The number for a codec on this leg: the one it has, otherwise the assigned one, otherwise `wished` if it is free,
    /// otherwise a free one. `None` if there is none left.
    pub(crate) fn choose(&mut self, codec: &RtpMap, dress: Dress) -> Option<u8> {
        let wished = codec.payload_type;
        let has = |(_, map): &(&u8, &RtpMap)| map.same_codec(codec);
        let number = match self.0.get(&wished) {
            Some(map) if map.same_codec(codec) => wished,
            _ => match self.0.iter().find(has) {
                Some((number, _)) => *number,
                None => self.free(codec, dress)?,
            },
        };
        self.0.entry(number).or_insert_with(|| RtpMap {
            payload_type: number,
            ..codec.clone()
        });
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
            .find(|number| !self.0.contains_key(number))
    }
}
