use crate::{Counters, Redaction};
use proto_base::Time;
use sbc_border::Tell;
use std::sync::Arc;

/// Turns what the border tells into log lines and counts.
pub struct Telemetry {
    counters: Arc<Counters>,
}

impl Telemetry {
    /// Nothing has happened yet.
    pub fn new(_redaction: Redaction) -> Self {
        todo!()
    }

    /// The counters, to be read from any thread.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// One event.
    pub fn tell(&mut self, _now: Time, _tell: &Tell) {
        todo!()
    }
}
