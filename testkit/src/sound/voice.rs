use media_codec::{SAMPLE_RATE, mu_law};
use proto_base::{Random, Time};
use rtc_rtp::Outgoing;
use std::time::Duration;

/// One packet of speech.
pub(super) const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: u32 = SAMPLE_RATE / 50;

/// A sine in G.711 packets.
#[derive(Debug)]
pub(super) struct Voice {
    tone: f64,
    phase: u32,
    pub(super) ssrc: u32,
    sequence: u16,
    timestamp: u32,
    pub(super) next: Option<Time>,
}

impl Voice {
    pub(super) fn new(tone: f64, random: &mut Random) -> Self {
        let sequence = u16::try_from(random.u32() & 0xffff).unwrap_or_default();
        Self {
            tone,
            phase: 0,
            ssrc: random.u32(),
            sequence,
            timestamp: random.u32(),
            next: None,
        }
    }

    pub(super) fn start(&mut self, now: Time) {
        self.next = Some(self.next.unwrap_or(now));
    }

    pub(super) fn stop(&mut self) {
        self.next = None;
    }

    /// The next 20 ms as an RTP packet.
    pub(super) fn frame(&mut self, payload_type: u8) -> Vec<u8> {
        let header = Outgoing {
            marker: false,
            payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let mut packet = header.to_bytes().to_vec();
        for offset in 0..SAMPLES {
            let angle =
                std::f64::consts::TAU * self.tone * f64::from(self.phase.wrapping_add(offset))
                    / f64::from(SAMPLE_RATE);
            #[allow(clippy::cast_possible_truncation)]
            let sample = (12_000.0 * angle.sin()) as i16;
            packet.push(mu_law::encode(sample));
        }
        self.phase = self.phase.wrapping_add(SAMPLES);
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(SAMPLES);
        packet
    }
}
