use proto_base::Time;
use std::time::{Duration, Instant};

/// Further away than this a deadline of the library means "never" (it says ten years).
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Turns our time into the library's and back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// `Time::ZERO` as the shell sees it.
    pub(crate) epoch: Instant,
}

impl Clock {
    pub(crate) fn instant(self, time: Time) -> Instant {
        let span = Duration::from_micros(time.as_micros());
        // Beyond what the platform can hold time stands still; nothing waits that long.
        self.epoch.checked_add(span).unwrap_or(self.epoch)
    }

    /// Rounded up: a timer called early would not fire and ask for the same moment for ever.
    pub(crate) fn deadline(self, now: Time, instant: Instant) -> Option<Time> {
        let nanos = instant.saturating_duration_since(self.epoch).as_nanos();
        let micros = u64::try_from(nanos.div_ceil(1000)).ok()?;
        let deadline = Time::from_micros(micros);
        (deadline.since(now) < NEVER).then_some(deadline)
    }
}
