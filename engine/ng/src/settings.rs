use crate::Peers;
use control_command::Event;
use control_ng::Interface;
use engine_media::EventSink;
use media_offer_answer::MediaPlan;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, channel};

/// Events of media waiting: some per call while it is set up. A worker keeps what does not fit.
const WAITING: usize = 4096;

/// What [`Ng::start`](crate::Ng::start) is made with.
#[derive(Clone, Debug)]
pub struct NgSettings {
    /// Where requests come in.
    pub listen: Vec<SocketAddr>,
    /// From whom they are taken. The protocol itself knows no proof of who speaks.
    pub peers: Vec<Peers>,
    /// What proxies call our interfaces.
    pub interfaces: Vec<Interface>,
    /// What they mean for negotiation.
    pub media: MediaPlan,
    /// The moment that is `Time::ZERO`, the same for media.
    pub epoch: Instant,
    /// Seconds of Unix time at that moment.
    pub started: u64,
    /// How long a shutdown waits for workers to close their ports.
    pub drain: Duration,
}

/// The thread's end of the workers' events.
pub struct MediaEvents(pub(crate) Receiver<Event>);

/// The two ends of the way from the workers up: the sink for `Media::start`, the other end for `Ng::start`.
pub fn events() -> (EventSink, MediaEvents) {
    let (sender, receiver) = channel(WAITING);
    let sink = move |event| sender.try_send(event).map_err(|error| error.into_inner());
    (Arc::new(sink), MediaEvents(receiver))
}
