use crate::{NetEvent, NetListener, NetSettings, Outlet};
use std::net::SocketAddr;
use tokio::sync::mpsc::Receiver;

/// The running listeners and connections. Dropping it closes everything at once; [`Net::stop`] writes out first what is queued.
pub struct Net {
    listeners: Vec<NetListener>,
    outlet: Outlet,
}

/// Why the network could not be started: which listener, why, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError(pub(crate) String);

impl Net {
    /// Binds every listener and starts the thread. Events wait in the channel until somebody reads them.
    pub fn start(_settings: NetSettings) -> Result<(Self, Receiver<NetEvent>), NetError> {
        todo!()
    }

    /// The listeners in the order of the settings, with the ports really bound.
    pub fn listeners(&self) -> &[NetListener] {
        &self.listeners
    }

    /// Where the `nth` listener of the settings is really bound.
    pub fn local_address(&self, nth: usize) -> Option<SocketAddr> {
        self.listeners.get(nth).map(|listener| listener.bind)
    }

    /// The way out.
    pub fn outlet(&self) -> Outlet {
        self.outlet.clone()
    }

    /// Writes out what is queued (for two seconds at most), closes everything and joins the thread.
    pub fn stop(self) {
        todo!()
    }
}

impl std::fmt::Display for NetError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for NetError {}
