use crate::Port;
use crate::leg::{Leg, Rule};
use crate::police::{Police, RTCP_RATE, RTP_RATE};
use crate::transport::Transport;
use proto_base::Time;
use rtc_rtp::{Compound, Place, Reception, RtpHeader, is_rtcp};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What came in on a leg so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arrivals {
    pub(crate) packets: u64,
    pub(crate) octets: u64,
    pub(crate) refused: u64,
    /// The source that speaks now.
    pub(crate) reception: Option<Reception>,
    /// Lost by the sources before it.
    lost_before: i64,
    /// Jitter of the source before it.
    jitter_before: u32,
    rtp_police: Police,
    rtcp_police: Police,
    /// When the last packet was accepted, RTP or RTCP.
    pub(crate) heard: Option<Time>,
    /// The start of this far end's media was told.
    told: bool,
}

impl Arrivals {
    /// Another far end: its start is to be told again.
    pub(crate) fn renewed(&mut self) {
        self.told = false;
    }

    pub(crate) fn lost(&self) -> i64 {
        let here = self.reception.as_ref().map_or(0, Reception::lost);
        self.lost_before.saturating_add(here)
    }

    pub(crate) fn jitter(&self) -> u32 {
        self.reception
            .as_ref()
            .map_or(self.jitter_before, Reception::jitter)
    }

    /// The source that spoke does so no longer: what it sends unheard is not lost.
    fn source_ended(&mut self) {
        self.jitter_before = self.jitter();
        self.lost_before = self.lost();
        self.reception = None;
    }

    fn count(&mut self, now: Time, header: &RtpHeader, rule: Rule) -> Place {
        let known = self
            .reception
            .as_ref()
            .is_some_and(|reception| reception.ssrc() == header.ssrc);
        if !known {
            self.source_ended();
        }
        let reception = self
            .reception
            .get_or_insert_with(|| Reception::new(header.ssrc, header.sequence));
        let timing = (!rule.event).then_some((header.timestamp, rule.clock_rate));
        let place = reception.packet(now, header.sequence, timing);
        if place != Place::Doubtful {
            self.packets = self.packets.saturating_add(1);
            self.octets = self.octets.saturating_add(header.payload.len() as u64);
            self.heard = Some(now);
        }
        place
    }
}

/// What a datagram turned out to be.
pub(crate) enum Arrival {
    /// Media that belongs here, in the clear.
    Media {
        header: RtpHeader,
        rule: Rule,
        /// The sender began anew with another sequence.
        restarted: bool,
        /// It is the first of this far end.
        first: bool,
    },
    /// RTCP; it was taken in.
    Report,
    /// Nothing to be done with it: media while the far end is not to send.
    Idle,
    /// Not authentic, replayed, strange, unknown, malformed or too much. To be counted.
    Refused,
}

impl Leg {
    /// Takes in a datagram. Nothing is learned of it before it has proved itself.
    pub(crate) fn arrive(
        &mut self,
        now: Time,
        port: Port,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
    ) -> Arrival {
        let Some(packet) = buffer.get(..length) else {
            return Arrival::Refused;
        };
        let arrival = match (&self.transport, port, is_rtcp(packet)) {
            (Transport::WebRtc { .. }, Port::Mux, false)
            | (Transport::Rtp(_) | Transport::Srtp { .. }, Port::Rtp, false) => {
                self.arrive_rtp(now, from, buffer, length)
            }
            (Transport::WebRtc { .. }, Port::Mux, true)
            | (Transport::Rtp(_) | Transport::Srtp { .. }, Port::Rtcp, true) => {
                self.arrive_rtcp(now, from, buffer, length)
            }
            _ => None,
        };
        let arrival = arrival.unwrap_or(Arrival::Refused);
        if matches!(arrival, Arrival::Refused) {
            self.refuse();
        }
        arrival
    }

    /// Counts a packet refused.
    pub(crate) fn refuse(&mut self) {
        self.arrivals.refused = self.arrivals.refused.saturating_add(1);
    }

    fn arrive_rtp(
        &mut self,
        now: Time,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
    ) -> Option<Arrival> {
        let mut believed = None;
        let length = match &mut self.transport {
            // Also while the far end is on hold: the rollover counter must not miss a wrap (PITFALL P40).
            Transport::WebRtc { keyed, .. } => {
                let keyed = keyed.as_mut()?;
                keyed.receive.unprotect_rtp(buffer, length).ok()?
            }
            Transport::Rtp(latches) => {
                believed = Some(latches.as_ref()?.rtp.judge(now, from)?);
                length
            }
            Transport::Srtp { latches, keyed } => {
                believed = Some(latches.as_ref()?.rtp.judge(now, from)?);
                let receive = &mut keyed.as_mut()?.receive;
                receive.unprotect_rtp(buffer, length).ok()?
            }
        };
        let header = RtpHeader::parse(buffer.get(..length)?)?;
        let rule = self.rule(header.payload_type)?;
        if !self.direction.receives() {
            self.arrivals.source_ended();
            return Some(Arrival::Idle);
        }
        if !self.arrivals.rtp_police.admits(now, RTP_RATE) {
            return None;
        }
        let place = self.arrivals.count(now, &header, rule);
        if place == Place::Doubtful {
            return None;
        }
        if let Transport::Rtp(Some(latches))
        | Transport::Srtp {
            latches: Some(latches),
            ..
        } = &mut self.transport
            && let Some(believed) = &believed
        {
            latches.rtp.learn(now, believed);
        }
        let first = !std::mem::replace(&mut self.arrivals.told, true);
        Some(Arrival::Media {
            header,
            rule,
            restarted: place == Place::Restarted,
            first,
        })
    }

    fn arrive_rtcp(
        &mut self,
        now: Time,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
    ) -> Option<Arrival> {
        let length = self.transport.open_rtcp(now, from, buffer, length)?;
        if !self.arrivals.rtcp_police.admits(now, RTCP_RATE) {
            return None;
        }
        let compound = Compound::parse(buffer.get(..length)?)?;
        self.arrivals.heard = Some(now);
        self.take_report(now, compound);
        Some(Arrival::Report)
    }
}
