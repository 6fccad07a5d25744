use std::net::SocketAddr;
use std::time::Duration;

/// What [`Dns::start`](crate::Dns::start) is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whom to ask.
    pub servers: Servers,
    /// For one try.
    pub timeout: Duration,
    /// For a question in all, before it counts as failed. A caller waits so long, so it is kept below the time in which a server must
    /// answer an INVITE.
    pub patience: Duration,
    /// Questions asked at once.
    pub at_once: usize,
    /// Questions that wait for their turn; one more fails at once.
    pub waiting: usize,
}

/// Name servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Servers {
    /// As `/etc/resolv.conf` and `/etc/hosts` say, read again each minute.
    System,
    /// These and no files (tests).
    These(Vec<SocketAddr>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Servers::System,
            timeout: Duration::from_millis(1500),
            patience: Duration::from_secs(4),
            at_once: 64,
            waiting: 512,
        }
    }
}
