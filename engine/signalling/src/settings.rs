use engine_telemetry::Redaction;
use media_offer_answer::MediaPlan;
use sbc_policy::Plan;
use std::time::{Duration, Instant};

/// What [`Signalling::start`](crate::Signalling::start) is made with.
#[derive(Clone, Debug)]
pub struct SignallingSettings {
    /// What the configuration means for signalling.
    pub plan: Plan,
    /// What it means for negotiation.
    pub media: MediaPlan,
    /// The moment that is `Time::ZERO`, the same for media and signalling.
    pub epoch: Instant,
    /// How long a shutdown waits for calls to end on both sides (a few seconds: a BYE and its 200).
    pub drain: Duration,
    /// Whether log lines tell names and addresses.
    pub redaction: Redaction,
}
