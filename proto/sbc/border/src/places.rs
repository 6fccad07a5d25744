//! Where requests to the inside go. Over UDP a flow is the peer's address; over TCP and TLS it is a connection that the
//! shell finds or opens, and until then needs a name: a number that no connection of the shell ever gets.

use crate::Target;
use proto_base::{Flow, NetworkId, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Set in the number of a flow that stands for an address. The shell counts its connections from zero.
const DIALLED: u64 = 1 << 63;
/// Addresses spoken to over streams: the peers, and proxies that put themselves on a dialog's route. Beyond it the peer
/// is asked to pass things on.
const MAX_PLACES: usize = 256;

/// The places we dial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places(Vec<Place>);

/// An address on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) network: NetworkId,
    pub(crate) transport: Transport,
    pub(crate) address: SocketAddr,
}

impl Places {
    /// The flow that stands for a place; `None` if there are too many.
    pub(crate) fn flow(&mut self, place: Place) -> Option<Flow> {
        if place.transport == Transport::Udp {
            return Some(Flow::Datagram(place.network, place.address));
        }
        let at = match self.0.iter().position(|known| *known == place) {
            Some(at) => at,
            None if self.0.len() < MAX_PLACES => {
                self.0.push(place);
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
        let place = usize::try_from(number & !DIALLED)
            .ok()
            .filter(|_| number & DIALLED != 0)
            .and_then(|at| self.0.get(at));
        match place {
            Some(place) => Target::Address {
                network: place.network,
                transport: place.transport,
                address: place.address,
            },
            None => Target::Flow(flow),
        }
    }
}
