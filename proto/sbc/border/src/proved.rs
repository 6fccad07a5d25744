//! Connections over TLS whose far end has proved to be a peer (RFC 5922 §7). They speak for it wherever they come from; and what is to go
//! to it goes back on them, where it dials us and perhaps listens nowhere (RFC 5923).

use crate::places::Place;
use crate::{Arrival, Border};
use proto_base::{Flow, Transport};
use sbc_policy::PeerId;

impl Border {
    /// A connection is up, over TLS perhaps with the domains that its far end's certificate proves.
    pub(crate) fn opened(&mut self, arrival: Arrival, names: &[String]) {
        if !matches!(arrival.flow, Flow::Connection(_)) {
            return;
        }
        self.state.connections.insert(arrival.flow, arrival);
        if arrival.transport == Transport::Tls
            && let Some(peer) = self.plan.peer_proved_by(arrival.network, names)
        {
            let id = peer.id;
            self.state.proved.insert(arrival.flow, id);
        }
    }

    /// Where a message to this place of a peer goes: over a connection of ours, but over the peer's own where it has dialled us and we
    /// have not dialled it. `None`: there are too many places.
    pub(crate) fn flow_to(&mut self, peer: PeerId, place: Place) -> Option<Flow> {
        self.dialled_by(peer, place)
            .or_else(|| self.state.places.flow(place))
    }

    /// The newest connection that a peer opened from the address where it is looked for. None if one of ours leads there: that one is
    /// asked for by its address.
    fn dialled_by(&self, peer: PeerId, place: Place) -> Option<Flow> {
        if place.transport != Transport::Tls || self.state.proved.is_empty() {
            return None;
        }
        let theirs = self.state.proved.iter().rev();
        let mut from_there = theirs
            .filter(|(_, proved)| **proved == peer)
            .filter_map(|(flow, _)| self.state.connections.get(flow))
            .filter(|arrival| {
                arrival.network == place.network
                    && arrival.remote.ip().to_canonical() == place.address.ip().to_canonical()
            });
        let newest = from_there.next()?;
        let is_ours = |arrival: &Arrival| arrival.remote == place.address;
        let has_ours = is_ours(newest) || from_there.any(is_ours);
        (!has_ours).then_some(newest.flow)
    }
}
