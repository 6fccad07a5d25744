use std::sync::atomic::{AtomicU64, Ordering};

/// What has happened since the start; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Counters {
    /// Registrations that the server granted, refreshes included.
    pub registered: AtomicU64,
    /// Registrations that ended.
    pub unregistered: AtomicU64,
    /// Registrations that the server refused.
    pub registrations_refused: AtomicU64,
    /// Calls begun.
    pub calls_started: AtomicU64,
    /// Calls answered.
    pub calls_answered: AtomicU64,
    /// Calls ended, answered or not.
    pub calls_ended: AtomicU64,
    /// Requests refused before they were a call.
    pub refused: AtomicU64,
    /// Messages that were no SIP.
    pub malformed: AtomicU64,
    /// Times the server went away.
    pub server_down: AtomicU64,
    /// Inputs whose handling panicked: a bug each.
    pub panics: AtomicU64,
}

impl Counters {
    /// Calls that are neither answered nor ended, or answered and not ended.
    pub fn calls(&self) -> u64 {
        let started = self.calls_started.load(Ordering::Relaxed);
        started.saturating_sub(self.calls_ended.load(Ordering::Relaxed))
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
