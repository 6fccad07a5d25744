use crate::Port;
use crate::leg::{Leg, Rule};
use crate::transport::Transport;
use control_command::LegId;
use proto_base::Time;
use rtc_rtp::{Outgoing, RtpHeader, rtp_units};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::ops::Range;

/// Where the timestamp goes on at least when the source changes: one frame of 20 ms.
const FRAMES_A_SECOND: u32 = 50;
/// For so many packets after a switch, late ones of before it are told apart by their number, and dropped. RFC 3550 A.1 holds
/// packets that are later than 100 for others' anyway.
const GUARDED: u16 = 128;

/// One outgoing stream: our SSRC, sequence and timestamp, continuous whatever stands behind them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Departures {
    pub(crate) packets: u64,
    pub(crate) octets: u64,
    /// The highest sequence number sent; before the first packet: the one before it.
    sequence: u16,
    /// A timestamp sent and when, to go on from and for sender reports.
    timestamp: u32,
    at: Option<Time>,
    clock_rate: u32,
    source: Option<Source>,
}

/// Who stands behind the stream now, and how his numbers become ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    leg: LegId,
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// Our number of his first packet, while packets from before it may still come.
    first: Option<u16>,
}

/// A packet that is to leave.
pub(crate) struct Departing<'a> {
    pub(crate) from: LegId,
    pub(crate) header: &'a RtpHeader,
    /// What it is, by its payload type where it comes from.
    pub(crate) rule: Rule,
    /// The sender began anew with another sequence.
    pub(crate) restarted: bool,
    /// Its payload type here.
    pub(crate) payload_type: u8,
}

impl Departures {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            packets: 0,
            octets: 0,
            // The first wrap is far away, so a receiver that misses the first packets has no doubt of the rollover counter.
            sequence: (seed >> 48) as u16 & 0x3fff,
            timestamp: (seed >> 8) as u32,
            at: None,
            clock_rate: 0,
            source: None,
        }
    }

    /// What stood behind the stream does so no longer: the next packet goes on where this ends, without a gap.
    pub(crate) fn detach(&mut self) {
        self.source = None;
    }

    /// Whether anything was sent.
    fn has_begun(&self) -> bool {
        self.packets > 0
    }

    /// Begins with the source's own numbers.
    fn begin_as(&mut self, header: &RtpHeader) {
        self.sequence = header.sequence.wrapping_sub(1);
        self.timestamp = header.timestamp;
    }

    /// The timestamp of this moment.
    pub(crate) fn timestamp_at(&self, now: Time) -> Option<u32> {
        let at = self.at?;
        let passed = Time::from_micros(u64::try_from(now.since(at).as_micros()).unwrap_or(0));
        Some(
            self.timestamp
                .wrapping_add(rtp_units(passed, self.clock_rate)),
        )
    }

    fn source(&self, now: Time, departing: &Departing<'_>) -> (Source, bool) {
        let header = departing.header;
        if let Some(source) = self.source
            && source.leg == departing.from
            && source.ssrc == header.ssrc
            && !departing.restarted
        {
            return (source, false);
        }
        let sequence = self.sequence.wrapping_add(1);
        let timestamp = match self.timestamp_at(now) {
            Some(timestamp) => {
                let passed = timestamp.wrapping_sub(self.timestamp);
                let least = departing.rule.clock_rate / FRAMES_A_SECOND;
                self.timestamp.wrapping_add(passed.max(least))
            }
            None => self.timestamp,
        };
        let source = Source {
            leg: departing.from,
            ssrc: header.ssrc,
            sequence_offset: sequence.wrapping_sub(header.sequence),
            timestamp_offset: timestamp.wrapping_sub(header.timestamp),
            first: Some(sequence),
        };
        (source, true)
    }

    /// Our header for this packet, and who stands behind it. `None` for one of before the last switch.
    fn word(&self, now: Time, ssrc: u32, departing: &Departing<'_>) -> Option<(Outgoing, Source)> {
        let header = departing.header;
        let (mut source, switched) = self.source(now, departing);
        let sequence = header.sequence.wrapping_add(source.sequence_offset);
        if let Some(first) = source.first {
            let beyond = sequence.wrapping_sub(first) as i16;
            if beyond < 0 {
                return None;
            }
            if beyond.unsigned_abs() > GUARDED {
                source.first = None;
            }
        }
        let outgoing = Outgoing {
            marker: header.marker || switched,
            payload_type: departing.payload_type,
            sequence,
            timestamp: header.timestamp.wrapping_add(source.timestamp_offset),
            ssrc,
        };
        Some((outgoing, source))
    }

    /// The packet has left.
    fn count(&mut self, now: Time, departing: &Departing<'_>, outgoing: Outgoing, source: Source) {
        let newest = outgoing.sequence.wrapping_sub(self.sequence) as i16 > 0;
        if newest {
            self.sequence = outgoing.sequence;
        }
        if self.at.is_none() || (newest && !departing.rule.event) {
            self.timestamp = outgoing.timestamp;
            self.at = Some(now);
            self.clock_rate = departing.rule.clock_rate;
        }
        self.source = Some(source);
        self.packets = self.packets.saturating_add(1);
        self.octets = self
            .octets
            .saturating_add(departing.header.payload.len() as u64);
    }
}

impl Leg {
    /// Rewrites the packet in `buffer` for this leg and protects it; where it goes. `None` if it cannot leave here now.
    pub(crate) fn depart(
        &mut self,
        now: Time,
        departing: &Departing<'_>,
        buffer: &mut [u8],
    ) -> Option<(Port, SocketAddr, Range<usize>)> {
        if !self.direction.sends() {
            return None;
        }
        let (port, to) = self.transport.rtp_destination()?;
        if self.adopts && !self.departures.has_begun() {
            self.ssrc = departing.header.ssrc;
            self.departures.begin_as(departing.header);
        }
        let (outgoing, source) = self.departures.word(now, self.ssrc, departing)?;
        let place = departing.header.rewrite(buffer, outgoing)?;
        let range = match &mut self.transport {
            Transport::WebRtc { keyed, .. } | Transport::Srtp { keyed, .. } => {
                let send = &mut keyed.as_mut()?.send;
                let packet = buffer.get_mut(place.start..)?;
                let length = send.protect_rtp(packet, place.len()).ok()?;
                place.start..place.start.checked_add(length)?
            }
            Transport::Rtp(_) => place,
        };
        self.departures.count(now, departing, outgoing, source);
        Some((port, to, range))
    }
}
