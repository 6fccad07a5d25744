use std::time::Duration;

/// When a call goes on to the next destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Final responses after which the next one is tried. Being unreachable is another such reason, whatever stands here.
    pub statuses: Vec<u16>,
    /// How long a destination may be silent: not even 100.
    pub silence: Duration,
    /// How long those who are tried together may ring before the next are tried; `None`: as long as a call may ring.
    pub ring: Option<Duration>,
}

impl Advance {
    /// What says that a destination cannot, not that the one called will not.
    pub const STATUSES: [u16; 5] = [408, 500, 502, 503, 504];
    /// A peer that works says 100 within half a second (RFC 3261 §17.2.1 gives it 200 ms); this lets three copies be lost.
    pub const SILENCE: Duration = Duration::from_secs(4);

    /// Whether this status may be a reason to go on. One who is busy or has declined has been reached, and must not ring a second time; a
    /// success and a redirect are no failure.
    pub fn may_name(status: u16) -> bool {
        (400..=699).contains(&status)
            && !matches!(status, 401 | 407 | 486 | 487 | 491 | 600 | 603 | 606..=608)
    }

    /// Whether the next destination is tried after this final response.
    pub fn after(&self, status: u16) -> bool {
        Self::may_name(status) && self.statuses.contains(&status)
    }
}

impl Default for Advance {
    fn default() -> Self {
        Self {
            statuses: Self::STATUSES.to_vec(),
            silence: Self::SILENCE,
            ring: None,
        }
    }
}
