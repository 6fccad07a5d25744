use control_command::Event;
use engine_media::{EventSink, MediaCommands};
use engine_net::{NetEvent, Outlet};
use tokio::sync::mpsc::Receiver;

/// What connects signalling with the world.
pub struct Wires {
    /// To the network.
    pub outlet: Outlet,
    /// From the network.
    pub net_events: Receiver<NetEvent>,
    /// To media.
    pub commands: MediaCommands,
    /// From media.
    pub media_events: MediaEvents,
}

/// The signalling thread's end of the workers' events.
pub struct MediaEvents(pub(crate) Receiver<Event>);

/// The two ends of the way from the workers up: the sink for `Media::start`, the other end for [`Wires`].
pub fn media_events() -> (EventSink, MediaEvents) {
    todo!()
}
