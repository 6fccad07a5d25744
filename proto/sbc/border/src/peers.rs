//! Where requests to the inside go. Over UDP a flow is the peer's address; over TCP and TLS it is a connection that the
//! shell finds or opens, and until then needs a name: a number that no connection of the shell ever gets.

use crate::Target;
use proto_base::{Flow, NetworkId, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Set in the number of a flow that stands for an address. The shell counts its connections from zero.
const DIALLED: u64 = 1 << 63;
/// Addresses spoken to over streams: the server, and proxies that put themselves on a dialog's route. Beyond it the server
/// is asked to pass things on.
const MAX_PEERS: usize = 256;

/// The peers we dial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Peers(Vec<Peer>);

/// An address on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub(crate) network: NetworkId,
    pub(crate) transport: Transport,
    pub(crate) address: SocketAddr,
}

impl Peers {
    /// The flow that stands for a peer; `None` if there are too many.
    pub(crate) fn flow(&mut self, peer: Peer) -> Option<Flow> {
        if peer.transport == Transport::Udp {
            return Some(Flow::Datagram(peer.network, peer.address));
        }
        let at = match self.0.iter().position(|known| *known == peer) {
            Some(at) => at,
            None if self.0.len() < MAX_PEERS => {
                self.0.push(peer);
                self.0.len().saturating_sub(1)
            }
            None => return None,
        };
        Some(Flow::Connection(DIALLED | u64::try_from(at).ok()?))
    }

    /// What the shell is told for a flow.
    pub(crate) fn target(&self, flow: Flow) -> Target {
        let Flow::Connection(number) = flow else {
            return Target::Flow(flow);
        };
        let peer = usize::try_from(number & !DIALLED)
            .ok()
            .filter(|_| number & DIALLED != 0)
            .and_then(|at| self.0.get(at));
        match peer {
            Some(peer) => Target::Address {
                network: peer.network,
                transport: peer.transport,
                address: peer.address,
            },
            None => Target::Flow(flow),
        }
    }
}
