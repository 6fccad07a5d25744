use control_command::WorkerCommand;

/// The way down to the workers, for the signalling thread. Cheap to clone.
#[derive(Clone)]
pub struct MediaCommands {}

impl MediaCommands {
    /// Gives a worker a command and wakes it. Waits while its queue is full, which ends within a turn of the worker, for a
    /// worker never waits for signalling. `false`: there is no such worker (any more).
    pub fn command(&self, _worker: u16, _command: WorkerCommand) -> bool {
        todo!()
    }
}
