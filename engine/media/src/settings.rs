use control_command::Event;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// What [`Media::start`](crate::Media::start) is made with.
#[derive(Clone)]
pub struct MediaSettings {
    /// Worker threads. One, for now: a packet of a browser must reach the worker that owns its call, and with several sockets
    /// on one port the kernel does not know which that is. (The local ufrag already names the worker.)
    pub workers: u16,
    /// Where the one UDP port of all browsers is bound: one socket for each local address, all with the same port, at most
    /// [`media_worker::PUBLIC_SOCKETS`]. An answer leaves from the address that was asked; where only the unspecified address
    /// is bound, the kernel chooses by its routes, which is wrong for who asked another. Port 0 takes any free one (tests).
    pub public: Vec<SocketAddr>,
    /// Our DTLS certificate in DER.
    pub certificate: Vec<u8>,
    /// Its private key in DER.
    pub private_key: Vec<u8>,
    /// The moment that is `Time::ZERO`, the same for media and signalling.
    pub epoch: Instant,
}

/// Takes an event upwards without waiting; when there is no room it hands the event back, and the worker tries again later.
pub type EventSink = Arc<dyn Fn(Event) -> Result<(), Event> + Send + Sync>;
