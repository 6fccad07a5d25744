use crate::{EventSink, MediaCommands, MediaSettings};
use std::net::SocketAddr;

/// The running workers. Dropping it stops them too.
pub struct Media {
    public: Vec<SocketAddr>,
    commands: MediaCommands,
}

/// Why media could not be started: which address, why, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaError(pub(crate) String);

impl Media {
    /// Binds the public port and starts the workers.
    pub fn start(_settings: MediaSettings, _events: EventSink) -> Result<Self, MediaError> {
        todo!()
    }

    /// Where the public port is really bound, in the order of the settings.
    pub fn public_addresses(&self) -> &[SocketAddr] {
        &self.public
    }

    /// The way down.
    pub fn commands(&self) -> MediaCommands {
        self.commands.clone()
    }

    /// Stops and joins the workers; every port is free afterwards.
    pub fn stop(self) {
        todo!()
    }
}

impl std::fmt::Display for MediaError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for MediaError {}
