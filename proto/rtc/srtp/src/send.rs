use crate::streams::Streams;
use crate::transform::Transform;
use crate::{MasterKey, Profile, Refused, packet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// SRTCP's index has 31 bits (RFC 3711 §3.4).
const LAST_RTCP_INDEX: u32 = (1 << 31) - 1;

/// What we protect with: one direction of one leg.
pub struct SendContext {
    state: State,
    transform: Transform,
}

#[derive(Clone, Serialize, Deserialize)]
struct State {
    profile: Profile,
    master: MasterKey,
    streams: Streams,
    /// Of the last SRTCP packet sent; zero before the first. One count for all SSRCs, which §3.4 allows.
    rtcp_index: u32,
}

impl SendContext {
    /// A fresh context: rollover counters and SRTCP index at zero.
    pub fn new(profile: Profile, master: &MasterKey) -> Self {
        Self::from_state(State {
            profile,
            master: master.clone(),
            streams: Streams::default(),
            rtcp_index: 0,
        })
    }

    fn from_state(state: State) -> Self {
        Self {
            transform: Transform::new(state.profile, &state.master),
            state,
        }
    }

    /// Protects the RTP packet `buffer[..length]` in place and gives its new length. A sequence number is protected once:
    /// a second packet under it would betray both.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Refused> {
        let facts = buffer
            .get(..length)
            .and_then(packet::rtp)
            .ok_or(Refused::Malformed)?;
        room(buffer, length, self.transform.rtp_growth())?;
        let mut stream = self.state.streams.look_up(facts.ssrc)?;
        let index = stream.rtp.estimate(facts.sequence)?;
        stream.rtp.check(index)?;
        let end = self
            .transform
            .seal_rtp(buffer, (facts.header, length), (facts.ssrc, index))
            .ok_or(Refused::NoRoom)?;
        stream.rtp.mark(index);
        self.state.streams.store(stream);
        Ok(end)
    }

    /// Protects the compound RTCP packet `buffer[..length]` in place and gives its new length.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Refused> {
        let ssrc = buffer
            .get(..length)
            .and_then(packet::rtcp_ssrc)
            .ok_or(Refused::Malformed)?;
        room(buffer, length, self.transform.rtcp_growth())?;
        if self.state.rtcp_index >= LAST_RTCP_INDEX {
            return Err(Refused::KeyExhausted);
        }
        let index = self.state.rtcp_index + 1;
        let end = self
            .transform
            .seal_rtcp(buffer, length, (ssrc, index))
            .ok_or(Refused::NoRoom)?;
        self.state.rtcp_index = index;
        Ok(end)
    }
}

fn room(buffer: &[u8], length: usize, growth: usize) -> Result<(), Refused> {
    match length.checked_add(growth) {
        Some(end) if end <= buffer.len() => Ok(()),
        _ => Err(Refused::NoRoom),
    }
}

impl Clone for SendContext {
    fn clone(&self) -> Self {
        Self::from_state(self.state.clone())
    }
}

impl fmt::Debug for SendContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SendContext")
            .field("profile", &self.state.profile)
            .field("streams", &self.state.streams)
            .field("rtcp_index", &self.state.rtcp_index)
            .finish_non_exhaustive()
    }
}

impl Serialize for SendContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.state.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SendContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        State::deserialize(deserializer).map(Self::from_state)
    }
}
