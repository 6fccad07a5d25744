//! The sound of a service, packet by packet.

use crate::session::{Agreed, Law};
use media_codec::{Tone, a_law, mu_law};
use proto_base::{Random, Time};
use rtc_rtp::{Outgoing, RtpHeader};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// One packet's worth.
const FRAME: Duration = Duration::from_millis(20);
/// 20 ms at 8000 Hz.
const SAMPLES: usize = 160;
const SAMPLES_RTP: u32 = 160;
/// The A of the tuning fork, at a third of full scale: loud and without clipping.
const FREQUENCY: u32 = 440;
const AMPLITUDE: i16 = 10_000;
/// When the shell was late, so many packets are made up for; the rest of the time is left out.
const CATCH_UP: usize = 5;

/// What is heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Sound {
    /// What was said.
    Echo,
    /// A tone without end, and when its next packet is due.
    Tone { tone: Tone, due: Time },
}

/// One service's outgoing RTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    sound: Sound,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The next packet begins a talkspurt (RFC 3551 §4.1).
    marker: bool,
}

impl Stream {
    pub(crate) fn echo(random: &mut Random) -> Self {
        Self::of(Sound::Echo, random)
    }

    pub(crate) fn tone(now: Time, random: &mut Random) -> Self {
        let tone = Tone::new(FREQUENCY, AMPLITUDE);
        Self::of(Sound::Tone { tone, due: now }, random)
    }

    fn of(sound: Sound, random: &mut Random) -> Self {
        Self {
            sound,
            ssrc: random.u32(),
            sequence: (random.u32() >> 16) as u16,
            timestamp: random.u32(),
            marker: true,
        }
    }

    /// When the next packet is due.
    pub(crate) fn due(&self) -> Option<Time> {
        match self.sound {
            Sound::Echo => None,
            Sound::Tone { due, .. } => Some(due),
        }
    }

    /// What is due now, and where to. On hold the tone goes on unheard.
    pub(crate) fn play(&mut self, now: Time, agreed: Option<Agreed>) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut packets = Vec::new();
        while self.due().is_some_and(|due| due <= now) {
            let heard = agreed.filter(|agreed| agreed.direction.sends());
            let to = heard.and_then(|agreed| agreed.remote.map(|remote| (agreed, remote)));
            match to {
                Some((agreed, remote)) if packets.len() < CATCH_UP => {
                    packets.push((remote, self.packet(agreed)));
                }
                _ => self.marker = true,
            }
            self.timestamp = self.timestamp.wrapping_add(SAMPLES_RTP);
            if let Sound::Tone { due, .. } = &mut self.sound {
                *due = *due + FRAME;
                // Far behind, as after a suspended machine: not one round for each 20 ms.
                if now.since(*due) > FRAME * 50 {
                    *due = now + FRAME;
                }
            }
        }
        packets
    }

    fn packet(&mut self, agreed: Agreed) -> Vec<u8> {
        let header = Outgoing {
            marker: std::mem::take(&mut self.marker),
            payload_type: agreed.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = header.to_bytes().to_vec();
        let mut samples = [0; SAMPLES];
        if let Sound::Tone { tone, .. } = &mut self.sound {
            tone.fill(&mut samples);
        }
        packet.extend(samples.iter().map(|&sample| match agreed.law {
            Law::Mu => mu_law::encode(sample),
            Law::A => a_law::encode(sample),
        }));
        packet
    }

    /// What an echo answers to a packet: the same under our own source. Only what was agreed, and only from where it was
    /// agreed, so that nobody else can make us speak.
    pub(crate) fn hear(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        agreed: Option<Agreed>,
    ) -> Option<(SocketAddr, Vec<u8>)> {
        if self.sound != Sound::Echo {
            return None;
        }
        let agreed = agreed.filter(|agreed| agreed.direction.sends())?;
        let remote = agreed.remote.filter(|remote| remote.ip() == from.ip())?;
        let header = RtpHeader::parse(packet)?;
        let known = header.payload_type == agreed.payload_type
            || Some(header.payload_type) == agreed.telephone_event;
        if !known {
            return None;
        }
        let own = Outgoing {
            marker: header.marker,
            payload_type: header.payload_type,
            sequence: header.sequence,
            timestamp: header.timestamp,
            ssrc: self.ssrc,
        };
        let mut answer = own.to_bytes().to_vec();
        answer.extend_from_slice(packet.get(header.payload)?);
        Some((remote, answer))
    }
}
