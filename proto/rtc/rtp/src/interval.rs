use std::time::Duration;

/// RFC 3550 §6.2: reports are at least so far apart on average.
const MINIMUM: Duration = Duration::from_secs(5);
/// The first report may come after half of it (§6.2).
const MINIMUM_INITIAL: Duration = Duration::from_millis(2500);
/// Reports get this part of the session's bandwidth (§6.2).
const SHARE_PERCENT: u64 = 5;
/// e − 3/2 in thousandths: makes up for the shortening that timer reconsideration brings (§6.3.1).
const COMPENSATION: u64 = 1218;

/// What the interval between two of our reports depends on (RFC 3550 §6.3.1), for a session of two.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The session's bandwidth in bits a second.
    pub bandwidth: u32,
    /// The size of a report in octets, with UDP and IP.
    pub size: u32,
    /// No report was sent yet.
    pub initial: bool,
}

/// The interval up to our next report: the deterministic one times 0.5 to 1.5 by `chance`, divided by e − 3/2.
///
/// With two members each is a quarter of them at least, so senders and receivers share the bandwidth (§6.2).
pub fn report_interval(spread: Spread, chance: u32) -> Duration {
    const MEMBERS: u64 = 2;
    let share = (u64::from(spread.bandwidth) * SHARE_PERCENT / 100).max(1);
    let needed = Duration::from_micros(MEMBERS * u64::from(spread.size) * 8 * 1_000_000 / share);
    let minimum = if spread.initial {
        MINIMUM_INITIAL
    } else {
        MINIMUM
    };
    let span = needed.max(minimum).as_micros() as u64;
    let factor = (1 << 31) + u64::from(chance);
    let drawn = (u128::from(span) * u128::from(factor)) >> 32;
    let drawn = u64::try_from(drawn).unwrap_or(u64::MAX);
    Duration::from_micros(drawn.saturating_mul(1000) / COMPENSATION)
}

#[cfg(test)]
mod tests {
    use super::{Spread, report_interval};
    use std::time::Duration;

    const SPREAD: Spread = Spread {
        bandwidth: 64_000,
        size: 120,
        initial: false,
    };

    #[test]
    fn reports_are_spread_between_half_and_one_and_a_half_times_five_seconds() {
        let (first, last) = (
            report_interval(SPREAD, 0),
            report_interval(SPREAD, u32::MAX),
        );
        assert_eq!(first.as_millis(), 2500 * 1000 / 1218);
        assert_eq!(last.as_millis(), 7500 * 1000 / 1218);
    }

    #[test]
    fn the_first_report_comes_sooner() {
        let initial = Spread {
            initial: true,
            ..SPREAD
        };
        assert!(report_interval(initial, u32::MAX) < Duration::from_secs(4));
    }

    #[test]
    fn little_bandwidth_means_fewer_reports() {
        let narrow = Spread {
            bandwidth: 2000,
            ..SPREAD
        };
        assert!(report_interval(narrow, 0) > report_interval(SPREAD, u32::MAX));
        let none = Spread {
            bandwidth: 0,
            size: u32::MAX,
            initial: false,
        };
        assert!(report_interval(none, u32::MAX) > Duration::from_secs(1000));
    }
}
