use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment, in microseconds since a start that the shell names.
///
/// Not `std::time::Instant`, which cannot be written down. Sums saturate: a deadline far away is "never", not a panic.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(u64);

impl Time {
    /// The shell's start.
    pub const ZERO: Time = Time(0);

    /// The moment `micros` microseconds after the start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The first moment that is not before this one and a whole number of steps after the start.
    pub fn rounded_up(self, step: Duration) -> Self {
        let step = u64::try_from(step.as_micros()).unwrap_or(u64::MAX);
        let beyond = self.0.checked_rem(step).unwrap_or(0);
        if beyond == 0 {
            return self;
        }
        Self(self.0.saturating_add(step.saturating_sub(beyond)))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, span: Duration) -> Time {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(micros))
    }
}

impl Sub<Time> for Time {
    type Output = Duration;

    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}
