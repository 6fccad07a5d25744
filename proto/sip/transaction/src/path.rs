use proto_base::{Flow, Transport};
use serde::{Deserialize, Serialize};

/// Where a transaction's messages go, and how they are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Path {
    pub(crate) flow: Flow,
    pub(crate) transport: Transport,
}

impl Path {
    /// Whether a response on `from` may belong to a request sent on this path.
    ///
    /// A browser answers on its own connection only. A server may answer from another address of the same network, or on
    /// another connection (RFC 3261 §18.2.2); the unguessable branch decides there.
    pub(crate) fn may_be_answered_from(self, from: Path) -> bool {
        if self.transport != from.transport {
            return false;
        }
        if self.transport.is_websocket() {
            return self.flow == from.flow;
        }
        match (self.flow, from.flow) {
            (Flow::Datagram(network, _), Flow::Datagram(other, _)) => network == other,
            _ => true,
        }
    }
}
