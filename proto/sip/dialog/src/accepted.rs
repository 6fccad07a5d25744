//! The 2xx to an INVITE until its ACK (RFC 3261 §13.3.1.4). Sent again over every transport: a proxy on the way may
//! lose it over datagrams.

use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
/// The longest pause between two repetitions (RFC 3261 §17.1.2.2).
const T2: Duration = Duration::from_secs(4);
/// An answered INVITE waits this long for its ACK, then the call is over: 64·T1 (RFC 3261 §13.3.1.4).
pub const ACK_WAIT: Duration = Duration::from_secs(32);

/// When the 2xx is sent again, and when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    next: Time,
    interval: Duration,
    until: Time,
}

/// What the moment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// Send the 2xx again.
    Repeat,
    /// The ACK will not come: BYE.
    GiveUp,
}

impl Accepted {
    /// The 2xx has just left.
    pub fn new(now: Time) -> Self {
        Self {
            next: now + T1,
            interval: T1,
            until: now + ACK_WAIT,
        }
    }

    /// When to ask again.
    pub fn deadline(&self) -> Time {
        self.next.min(self.until)
    }

    /// What is due now.
    pub fn poll(&mut self, now: Time) -> Due {
        if now >= self.until {
            return Due::GiveUp;
        }
        if now < self.next {
            return Due::Nothing;
        }
        self.interval = self.interval.saturating_mul(2).min(T2);
        self.next = now + self.interval;
        Due::Repeat
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Due};
    use proto_base::Time;

    #[test]
    fn a_200_is_repeated_at_half_a_second_doubling_to_four_until_32_seconds() {
        let mut now = Time::ZERO;
        let mut accepted = Accepted::new(now);
        let mut repeated = Vec::new();
        loop {
            now = accepted.deadline();
            match accepted.poll(now) {
                Due::Repeat => repeated.push(now.as_micros() / 1000),
                Due::GiveUp => break,
                Due::Nothing => panic!("woken for nothing"),
            }
        }
        assert_eq!(
            repeated,
            [
                500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
            ]
        );
        assert_eq!(now.as_micros(), 32_000_000);
    }
}
