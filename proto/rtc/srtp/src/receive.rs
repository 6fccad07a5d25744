use crate::streams::Streams;
use crate::transform::Transform;
use crate::{MasterKey, Profile, Refused, packet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The flag in SRTCP's index word that says "encrypted" (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// What the far end protects with: the other direction of one leg.
pub struct ReceiveContext {
    state: State,
    transform: Transform,
}

#[derive(Clone, Serialize, Deserialize)]
struct State {
    profile: Profile,
    master: MasterKey,
    streams: Streams,
}

impl ReceiveContext {
    /// A fresh context: it has seen no packet.
    pub fn new(profile: Profile, master: &MasterKey) -> Self {
        Self::from_state(State {
            profile,
            master: master.clone(),
            streams: Streams::default(),
        })
    }

    fn from_state(state: State) -> Self {
        Self {
            transform: Transform::new(state.profile, &state.master),
            state,
        }
    }

    /// Authenticates and decrypts the SRTP packet `buffer[..length]` in place and gives its new length. If it is refused
    /// the context is unchanged, and the octets after its header are no longer worth anything.
    pub fn unprotect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Refused> {
        let facts = buffer
            .get(..length)
            .and_then(packet::rtp)
            .ok_or(Refused::Malformed)?;
        let room = length.checked_sub(self.transform.rtp_growth());
        if room.is_none_or(|end| end < facts.header) {
            return Err(Refused::Malformed);
        }
        let mut stream = self.state.streams.look_up(facts.ssrc)?;
        let index = stream.rtp.estimate(facts.sequence)?;
        stream.rtp.check(index)?;
        let end = self
            .transform
            .open_rtp(buffer, (facts.header, length), (facts.ssrc, index))
            .ok_or(Refused::NotAuthentic)?;
        stream.rtp.mark(index);
        self.state.streams.store(stream);
        Ok(end)
    }

    /// The same for an SRTCP packet. One that is authenticated but not encrypted is refused: none of our profiles has it.
    pub fn unprotect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Refused> {
        let packet = buffer.get(..length).ok_or(Refused::Malformed)?;
        let ssrc = packet::rtcp_ssrc(packet).ok_or(Refused::Malformed)?;
        let room = length.checked_sub(self.transform.rtcp_growth());
        if room.is_none_or(|end| end < packet::RTCP_CLEAR) {
            return Err(Refused::Malformed);
        }
        let word = length
            .checked_sub(self.transform.after_index_word())
            .and_then(|end| packet.get(..end)?.last_chunk())
            .map(|word| u32::from_be_bytes(*word))
            .ok_or(Refused::Malformed)?;
        if word & ENCRYPTED == 0 {
            return Err(Refused::NotAuthentic);
        }
        let index = word & !ENCRYPTED;
        let mut stream = self.state.streams.look_up(ssrc)?;
        stream.rtcp.check(index.into())?;
        let end = self
            .transform
            .open_rtcp(buffer, length, (ssrc, index))
            .ok_or(Refused::NotAuthentic)?;
        stream.rtcp.mark(index.into());
        self.state.streams.store(stream);
        Ok(end)
    }
}

impl Clone for ReceiveContext {
    fn clone(&self) -> Self {
        Self::from_state(self.state.clone())
    }
}

impl fmt::Debug for ReceiveContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReceiveContext")
            .field("profile", &self.state.profile)
            .field("streams", &self.state.streams)
            .finish_non_exhaustive()
    }
}

/// Equal in all that decides: keys and what was seen.
impl PartialEq for ReceiveContext {
    fn eq(&self, other: &Self) -> bool {
        self.state.profile == other.state.profile
            && self.state.master == other.state.master
            && self.state.streams == other.state.streams
    }
}

impl Serialize for ReceiveContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.state.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ReceiveContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        State::deserialize(deserializer).map(Self::from_state)
    }
}
