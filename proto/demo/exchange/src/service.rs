use serde::{Deserialize, Serialize};

/// Whom one can call here without anybody being registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Service {
    /// Says what it hears.
    Echo,
    /// 440 Hz until BYE.
    Tone,
    /// 486.
    Busy,
    /// 603.
    Decline,
    /// Rings until CANCEL.
    NoAnswer,
}

impl Service {
    pub(crate) fn named(user: &str) -> Option<Self> {
        Some(match user {
            "echo" => Service::Echo,
            "tone" => Service::Tone,
            "busy" => Service::Busy,
            "decline" => Service::Decline,
            "noanswer" => Service::NoAnswer,
            _ => return None,
        })
    }
}
