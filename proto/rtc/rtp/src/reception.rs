use crate::ntp::{long, rtp_units, short};
use crate::{NtpTime, ReportBlock, SenderInfo};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A jump forward by less is loss (RFC 3550 A.1): one minute of 20 ms packets.
const MAX_DROPOUT: u16 = 3000;
/// A step back by less is disorder (RFC 3550 A.1).
const MAX_MISORDER: u16 = 100;

/// Where a packet stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next, or after a gap.
    Next,
    /// Late or doubled.
    Late,
    /// A jump too wide to believe: not counted. The next packet decides.
    Doubtful,
    /// The one after a doubtful one: the sender began anew with another sequence, and so did the statistics.
    Restarted,
}

/// A receiver's statistics of one source (RFC 3550 A.1, A.3, A.8).
///
/// A.1's probation is left out: whoever counts here has judged the source already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reception {
    ssrc: u32,
    first: u16,
    highest: u16,
    /// Times that the sequence number has wrapped.
    cycles: u32,
    /// The sequence number that would confirm a restart.
    doubtful_next: Option<u16>,
    received: u32,
    expected_at_report: u32,
    received_at_report: u32,
    /// Arrival less timestamp of the packet before, in timestamp units.
    transit: Option<u32>,
    /// Sixteen times the jitter, as A.8 keeps it.
    jitter: u32,
    /// Lost before the last restart.
    lost_before: i64,
    last_sender_report: Option<(u32, Time)>,
}

impl Reception {
    /// Begins with the first packet of a source; [`Reception::packet`] is to be told of it as well.
    pub fn new(ssrc: u32, sequence: u16) -> Self {
        Self {
            ssrc,
            first: sequence,
            highest: sequence.wrapping_sub(1),
            cycles: 0,
            doubtful_next: None,
            received: 0,
            expected_at_report: 0,
            received_at_report: 0,
            transit: None,
            jitter: 0,
            lost_before: 0,
            last_sender_report: None,
        }
    }

    /// The source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes note of a packet. `timing` is its timestamp and clock; `None` where the timestamp does not tell when the packet
    /// was made (RFC 4733 §2.6.1.1: an event's packets all carry the time of its start).
    pub fn packet(&mut self, now: Time, sequence: u16, timing: Option<(u32, u32)>) -> Place {
        let ahead = sequence.wrapping_sub(self.highest);
        let place = if self.received == 0 || (ahead != 0 && ahead < MAX_DROPOUT) {
            if self.received != 0 && sequence < self.highest {
                self.cycles = self.cycles.wrapping_add(1);
            }
            self.highest = sequence;
            self.doubtful_next = None;
            Place::Next
        } else if ahead == 0 || self.highest.wrapping_sub(sequence) <= MAX_MISORDER {
            Place::Late
        } else if self.doubtful_next == Some(sequence) {
            self.restart(sequence);
            Place::Restarted
        } else {
            self.doubtful_next = Some(sequence.wrapping_add(1));
            return Place::Doubtful;
        };
        self.received = self.received.wrapping_add(1);
        if place != Place::Late
            && let Some((timestamp, clock_rate)) = timing
        {
            self.timed(now, timestamp, clock_rate);
        }
        place
    }

    fn restart(&mut self, sequence: u16) {
        *self = Self {
            lost_before: self.lost(),
            jitter: self.jitter,
            last_sender_report: self.last_sender_report,
            ..Self::new(self.ssrc, sequence)
        };
        self.highest = sequence;
    }

    /// RFC 3550 A.8.
    fn timed(&mut self, now: Time, timestamp: u32, clock_rate: u32) {
        let transit = rtp_units(now, clock_rate).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
            let smoothed = self.jitter.saturating_sub((self.jitter + 8) >> 4);
            self.jitter = smoothed.saturating_add(difference).min(u32::MAX - 8);
        }
    }

    /// Takes note of a sender report of this source.
    pub fn sender_report(&mut self, now: Time, info: &SenderInfo) {
        self.last_sender_report = Some((info.ntp.middle(), now));
    }

    /// The highest sequence number received, with the number of cycles above it.
    pub fn extended_highest(&self) -> u32 {
        (self.cycles << 16) | u32::from(self.highest)
    }

    fn expected(&self) -> u32 {
        if self.received == 0 {
            return 0;
        }
        self.extended_highest()
            .wrapping_sub(u32::from(self.first))
            .wrapping_add(1)
    }

    /// Packets missing so far; negative when more were doubled than lost (RFC 3550 A.3).
    pub fn lost(&self) -> i64 {
        let here = i64::from(self.expected()) - i64::from(self.received);
        self.lost_before.saturating_add(here)
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    /// The block for the next report, and the start of a new interval. `None` if nothing came since the last one.
    pub fn report(&mut self, now: Time) -> Option<ReportBlock> {
        let received = self.received.wrapping_sub(self.received_at_report);
        if received == 0 {
            return None;
        }
        let expected = self.expected().wrapping_sub(self.expected_at_report);
        self.received_at_report = self.received;
        self.expected_at_report = self.expected();
        let missing = expected.saturating_sub(received);
        let fraction = (u64::from(missing) << 8)
            .checked_div(u64::from(expected))
            .unwrap_or(0);
        let (last, delay) = match self.last_sender_report {
            Some((middle, at)) => (middle, short(now.since(at))),
            None => (0, 0),
        };
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: self.lost().clamp(-0x80_0000, 0x7f_ffff) as i32,
            extended_highest: self.extended_highest(),
            jitter: self.jitter(),
            last_sender_report: last,
            delay_since_last: delay,
        })
    }
}

impl ReportBlock {
    /// The round trip that a block about us tells (RFC 3550 §6.4.1); `None` if its author has no report of ours, or it makes
    /// no sense.
    pub fn round_trip(&self, now: Time) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let passed = NtpTime::at(now)
            .middle()
            .wrapping_sub(self.last_sender_report);
        // More than half the range is a negative span: a clock that ran ahead, or a forgery.
        let trip = passed.checked_sub(self.delay_since_last)?;
        (trip < 1 << 31).then(|| long(trip))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Place, Reception};
    use crate::{NtpTime, ReportBlock, SenderInfo};
    use proto_base::Time;
    use std::time::Duration;

    fn at(millis: u64) -> Time {
        Time::from_micros(millis * 1000)
    }

    /// Packets 0, 1, 2, ... of 20 ms, those in `missing` left out.
    fn stream(first: u16, count: u16, missing: &[u16]) -> Reception {
        let mut reception = Reception::new(5, first);
        for step in (0..count).filter(|step| !missing.contains(step)) {
            let sequence = first.wrapping_add(step);
            let timing = Some((u32::from(step) * 160, 8000));
            reception.packet(at(u64::from(step) * 20), sequence, timing);
        }
        reception
    }

    #[test]
    fn loss_is_counted_across_the_wrap() {
        let mut reception = stream(65_500, 256, &[3, 100, 101, 200]);
        let block = reception.report(at(6000)).unwrap();
        assert_eq!(block.cumulative_lost, 4);
        assert_eq!(block.fraction_lost, 4);
        assert_eq!(block.extended_highest, 65_500 + 255);
        assert_eq!(block.jitter, 0);
        assert_eq!(reception.report(at(6001)), None, "nothing new, no block");
    }

    #[test]
    fn a_doubled_packet_makes_loss_negative() {
        let mut reception = stream(10, 10, &[]);
        assert_eq!(reception.packet(at(200), 19, None), Place::Late);
        assert_eq!(reception.lost(), -1);
        assert_eq!(reception.report(at(300)).unwrap().fraction_lost, 0);
    }

    #[test]
    fn jitter_converges_as_in_appendix_a_8() {
        let mut reception = Reception::new(5, 0);
        // Every other packet 5 ms late: each difference is 40 units of 125 µs.
        for step in 0..500u16 {
            let late = u64::from(step % 2) * 5;
            let timing = Some((u32::from(step) * 160, 8000));
            reception.packet(at(u64::from(step) * 20 + late), step, timing);
        }
        assert!(
            (38..=40).contains(&reception.jitter()),
            "{}",
            reception.jitter()
        );
    }

    #[test]
    fn a_jump_is_believed_at_the_second_packet() {
        let mut reception = stream(0, 50, &[7]);
        assert_eq!(reception.packet(at(1000), 30_000, None), Place::Doubtful);
        assert_eq!(reception.packet(at(1020), 50, None), Place::Next);
        assert_eq!(reception.packet(at(1040), 40_000, None), Place::Doubtful);
        assert_eq!(reception.packet(at(1060), 40_001, None), Place::Restarted);
        assert_eq!(reception.packet(at(1080), 40_002, None), Place::Next);
        assert_eq!(reception.lost(), 1);
        assert_eq!(reception.extended_highest(), 40_002);
    }

    #[test]
    fn late_packets_fill_their_gap() {
        let mut reception = stream(0, 50, &[48]);
        assert_eq!(reception.lost(), 1);
        assert_eq!(reception.packet(at(1000), 48, None), Place::Late);
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn the_last_sender_report_is_told_back_and_gives_the_round_trip() {
        let mut reception = stream(0, 3, &[]);
        let info = SenderInfo {
            ntp: NtpTime::at(at(10_000)),
            rtp_timestamp: 0,
            packets: 3,
            octets: 480,
        };
        // It travels 30 ms, is answered after 500 ms, and the answer travels 30 ms.
        reception.sender_report(at(10_030), &info);
        let block = reception.report(at(10_530)).unwrap();
        assert_eq!(block.last_sender_report, info.ntp.middle());
        let trip = block.round_trip(at(10_560)).unwrap();
        assert!(trip.abs_diff(Duration::from_millis(60)) < Duration::from_micros(50));
    }

    #[test]
    fn a_senseless_round_trip_is_none() {
        let block = ReportBlock {
            ssrc: 5,
            fraction_lost: 0,
            cumulative_lost: 0,
            extended_highest: 0,
            jitter: 0,
            last_sender_report: NtpTime::at(at(10_000)).middle(),
            delay_since_last: 0,
        };
        assert_eq!(block.round_trip(at(9_000)), None);
        let block = ReportBlock {
            delay_since_last: u32::MAX,
            ..block
        };
        assert_eq!(block.round_trip(at(11_000)), None);
    }
}
