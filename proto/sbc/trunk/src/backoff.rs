use proto_base::Random;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// RFC 5626 §4.5: base-time while all flows have failed, 30 s.
const BASE: Duration = Duration::from_secs(30);
/// RFC 5626 §4.5: max-time, 1800 s.
const MOST: Duration = Duration::from_secs(1800);

/// How long to wait after so many failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Failures in a row.
    pub(crate) fn count(&self) -> u32 {
        self.failures
    }

    /// It worked: the next failure is the first again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed once more: a random time between half and all of the bound that doubles with each failure.
    pub fn failed(&mut self, random: &mut Random) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        let bound = BASE.saturating_mul(factor).min(MOST);
        let half = bound / 2;
        half.saturating_add(part(half, random))
    }
}

/// A random part of a span.
pub(crate) fn part(span: Duration, random: &mut Random) -> Duration {
    let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let of = random.u64().checked_rem(micros.max(1)).unwrap_or_default();
    Duration::from_micros(of)
}
