use crate::island::poller::Bell;
use control_command::WorkerCommand;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

/// Commands waiting for one worker. It takes them every turn; this many are a second of call set-ups.
pub(crate) const WAITING: usize = 1024;

/// The way down to the workers, for the signalling thread. Cheap to clone.
#[derive(Clone)]
pub struct MediaCommands(pub(crate) Arc<Vec<Way>>);

/// To one worker.
pub(crate) struct Way {
    pub(crate) queue: SyncSender<WorkerCommand>,
    pub(crate) bell: Arc<Bell>,
}

impl MediaCommands {
    /// Gives a worker a command and wakes it. Waits while its queue is full, which ends within a turn of the worker, for a
    /// worker never waits for signalling. `false`: there is no such worker (any more).
    pub fn command(&self, worker: u16, command: WorkerCommand) -> bool {
        let Some(way) = self.0.get(usize::from(worker)) else {
            return false;
        };
        let given = match way.queue.try_send(command) {
            Ok(()) => true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(command)) => {
                way.bell.ring();
                way.queue.send(command).is_ok()
            }
        };
        way.bell.ring();
        given
    }
}
