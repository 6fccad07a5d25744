use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// RTP packets a leg may bring on average: 200 a second, four times 20 ms audio, room for 5 ms frames or for events beside
/// 10 ms frames.
pub(crate) const RTP_RATE: Rate = Rate {
    interval: Duration::from_millis(5),
    // A second's worth at once: a network that stalled hands over what it held back.
    burst: Duration::from_secs(1),
};

/// RTCP packets a leg may bring on average: 10 a second; browsers send up to a few while they probe.
pub(crate) const RTCP_RATE: Rate = Rate {
    interval: Duration::from_millis(100),
    burst: Duration::from_secs(2),
};

/// How often, and how far ahead of that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    interval: Duration,
    burst: Duration,
}

/// A token bucket, kept as the time up to which its tokens are spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Police {
    spent_until: Time,
}

impl Police {
    /// Whether one more packet may pass now; if so it is counted.
    pub(crate) fn admits(&mut self, now: Time, rate: Rate) -> bool {
        if self.spent_until.since(now) >= rate.burst {
            return false;
        }
        self.spent_until = self.spent_until.max(now) + rate.interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Police, RTP_RATE};
    use proto_base::Time;

    #[test]
    fn a_flood_is_cut_to_the_rate_and_speech_passes() {
        let mut police = Police::default();
        let mut passed = 0;
        // 10,000 packets a second for two seconds.
        for step in 0..20_000 {
            if police.admits(Time::from_micros(step * 100), RTP_RATE) {
                passed += 1;
            }
        }
        assert!((595..=605).contains(&passed), "{passed}");

        let mut police = Police::default();
        for step in 0..1000 {
            assert!(police.admits(Time::from_micros(step * 10_000), RTP_RATE));
        }
    }
}
