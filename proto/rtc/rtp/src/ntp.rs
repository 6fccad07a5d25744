use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An NTP timestamp: seconds in the upper 32 bits, their fraction in the lower (RFC 3550 §4).
///
/// Made from [`Time`], a clock that counts from a start the shell names: RFC 3550 §6.4.1 allows that where wall-clock time
/// is not at hand, and receivers only take differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NtpTime(pub u64);

const MICROS_PER_SECOND: u64 = 1_000_000;

impl NtpTime {
    /// The moment `now`.
    pub fn at(now: Time) -> Self {
        let micros = now.as_micros();
        let seconds = micros / MICROS_PER_SECOND;
        let fraction = ((micros % MICROS_PER_SECOND) << 32) / MICROS_PER_SECOND;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits, as report blocks carry it: units of 1/65536 s.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A span in units of 1/65536 s (DLSR).
pub(crate) fn short(span: Duration) -> u32 {
    let units = (span.as_micros() << 16) / u128::from(MICROS_PER_SECOND);
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The reverse of [`short`].
pub(crate) fn long(units: u32) -> Duration {
    Duration::from_micros((u64::from(units) * MICROS_PER_SECOND) >> 16)
}

/// How many ticks of an RTP clock have passed at `now`, modulo 2^32.
pub fn rtp_units(now: Time, clock_rate: u32) -> u32 {
    let micros = now.as_micros();
    let clock = u64::from(clock_rate);
    let whole = (micros / MICROS_PER_SECOND).wrapping_mul(clock);
    let part = (micros % MICROS_PER_SECOND) * clock / MICROS_PER_SECOND;
    whole.wrapping_add(part) as u32
}

#[cfg(test)]
mod tests {
    use super::{NtpTime, long, rtp_units, short};
    use proto_base::Time;
    use std::time::Duration;

    #[test]
    fn half_a_second_is_half_of_the_fraction() {
        let ntp = NtpTime::at(Time::from_micros(3_500_000));
        assert_eq!(ntp.0, 0x0000_0003_8000_0000);
        assert_eq!(ntp.middle(), 0x0003_8000);
    }

    #[test]
    fn spans_come_back() {
        assert_eq!(short(Duration::from_millis(250)), 0x4000);
        assert_eq!(long(0x4000), Duration::from_millis(250));
        assert_eq!(short(Duration::MAX), u32::MAX);
    }

    #[test]
    fn rtp_clocks_tick_at_their_rate_also_late_in_the_century() {
        let late = 4_000_000_000_000_000;
        let (one, two) = (Time::from_micros(late), Time::from_micros(late + 20_000));
        assert_eq!(rtp_units(two, 8000).wrapping_sub(rtp_units(one, 8000)), 160);
        assert_eq!(
            rtp_units(two, 48_000).wrapping_sub(rtp_units(one, 48_000)),
            960
        );
        let _ = rtp_units(Time::from_micros(u64::MAX), u32::MAX);
    }
}
