use crate::{SignallingSettings, Wires};
use engine_telemetry::Counters;
use std::sync::Arc;

/// The running signalling thread.
pub struct Signalling {
    counters: Arc<Counters>,
}

/// How the thread came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every call was ended on both sides and its ports are free.
    Drained,
    /// The time for that was over; calls were left as they were.
    Overdue,
    /// The network or the thread itself is gone: nothing was left to do.
    Broken,
}

/// Why the thread could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError(pub(crate) String);

impl Signalling {
    /// Starts the thread.
    pub fn start(_settings: SignallingSettings, _wires: Wires) -> Result<Self, StartError> {
        todo!()
    }

    /// What has happened since the start.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// Asks for a graceful end: no new work, every call ended on both sides. Returns at once; asking twice is harmless.
    pub fn shutdown(&self) {
        todo!()
    }

    /// Waits for the end that [`Signalling::shutdown`] asked for.
    pub fn join(self) -> Outcome {
        todo!()
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}
