use control_command::Event;
use engine_hook::{HookAnswers, HookOutlet};
use engine_media::{EventSink, MediaCommands};
use engine_net::{NetEvents, Outlet};
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, channel};

/// Events of media waiting for signalling: some per call while it is set up, hardly any later. A worker keeps what does not fit.
const WAITING: usize = 4096;

/// What connects signalling with the world.
pub struct Wires {
    /// To the network.
    pub outlet: Outlet,
    /// From the network.
    pub net_events: NetEvents,
    /// To media.
    pub commands: MediaCommands,
    /// From media.
    pub media_events: MediaEvents,
    /// To somebody else who is asked over HTTP, and from there; `None`: nobody is asked.
    pub hook: Option<(HookOutlet, HookAnswers)>,
}

/// The signalling thread's end of the workers' events.
pub struct MediaEvents(pub(crate) Receiver<Event>);

/// The two ends of the way from the workers up: the sink for `Media::start`, the other end for [`Wires`].
pub fn media_events() -> (EventSink, MediaEvents) {
    let (sender, receiver) = channel(WAITING);
    let sink = move |event| sender.try_send(event).map_err(|error| error.into_inner());
    (Arc::new(sink), MediaEvents(receiver))
}
