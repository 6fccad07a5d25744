use proto_base::Time;
use serde::{Deserialize, Serialize};

/// So many a second, and as many at once: a bucket that refills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    per_second: u32,
    /// In millionths, so that a microsecond's share counts.
    level: u64,
    filled: Time,
}

const UNIT: u64 = 1_000_000;

impl Rate {
    /// Full at `now`.
    pub fn new(per_second: u32, now: Time) -> Self {
        Self {
            per_second,
            level: u64::from(per_second).saturating_mul(UNIT),
            filled: now,
        }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Time) -> bool {
        let micros = u64::try_from(now.since(self.filled).as_micros()).unwrap_or(u64::MAX);
        let most = u64::from(self.per_second).saturating_mul(UNIT);
        let gained = micros.saturating_mul(u64::from(self.per_second));
        self.level = self.level.saturating_add(gained).min(most);
        self.filled = self.filled.max(now);
        match self.level.checked_sub(UNIT) {
            Some(left) => {
                self.level = left;
                true
            }
            None => false,
        }
    }
}
