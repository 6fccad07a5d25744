use crate::{Target, Undelivered};
use proto_base::Flow;

/// The way out, for the signalling thread. Cheap to clone; never waits.
#[derive(Clone)]
pub struct Outlet {}

impl Outlet {
    /// Queues or sends one message. It never blocks: a far end that does not read is closed instead.
    pub fn send(&self, _to: Target, _message: Vec<u8>) -> Result<(), Undelivered> {
        todo!()
    }

    /// Closes a connection after what is queued on it has been written.
    pub fn close(&self, _flow: Flow) {
        todo!()
    }
}
