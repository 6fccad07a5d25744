use crate::ports::OpenPorts;
use control_command::{LegPlan, TransportPlan, WorkerCommand};
use engine_wait::Bell;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

/// Commands waiting for one worker. It takes them every turn; this many are a second of call set-ups.
pub(crate) const WAITING: usize = 1024;
/// How long a worker may sleep on over a command that changes nothing until a packet comes, and a packet wakes it: less than a packet's
/// time, so that many such commands are one awakening.
const AT_LEISURE: Duration = Duration::from_millis(20);

/// The way down to the workers, for the signalling thread. Cheap to clone.
#[derive(Clone)]
pub struct MediaCommands(pub(crate) Arc<Vec<Way>>);

/// To one worker.
pub(crate) struct Way {
    pub(crate) queue: SyncSender<WorkerCommand>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) open: Arc<OpenPorts>,
}

impl MediaCommands {
    /// Gives a worker a command and sees to it that it wakes. Waits while its queue is full, which ends within a turn of the worker, for a
    /// worker never waits for signalling. `false`: there is no such worker (any more).
    pub fn command(&self, worker: u16, command: WorkerCommand) -> bool {
        let Some(way) = self.0.get(usize::from(worker)) else {
            return false;
        };
        let may_wait = way.may_wait(&command);
        let given = match way.queue.try_send(command) {
            Ok(()) => true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(command)) => {
                way.bell.ring();
                way.queue.send(command).is_ok()
            }
        };
        if may_wait {
            way.bell.ring_within(AT_LEISURE);
        } else {
            way.bell.ring();
        }
        given
    }
}

impl Way {
    /// Whether nothing is lost while the worker sleeps on. It takes its commands before it looks at packets, so a plan of telephones
    /// only must be there in time for the first packet, provided that its ports are open. A browser is never kept waiting.
    fn may_wait(&self, command: &WorkerCommand) -> bool {
        let is_open = |leg: &LegPlan| match &leg.transport {
            TransportPlan::Rtp(plan) => {
                self.open.has(plan.local_rtp) && self.open.has(plan.local_rtcp)
            }
            TransportPlan::WebRtc(_) => false,
        };
        match command {
            WorkerCommand::Apply(plan) => plan.legs.iter().all(is_open),
            WorkerCommand::Close(_) => true,
            WorkerCommand::Count(_) => false,
        }
    }
}
