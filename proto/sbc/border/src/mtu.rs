//! Requests too long for a datagram go over TCP (RFC 3261 §18.1.1): fragments get lost, and then the call does (PITFALLS P44).
//!
//! Only where the network has a TCP listener of ours, for then the operator means TCP to be spoken there. Inside a dialog as well: the
//! route says where to, and only the transport changes. Nobody there? Then the same request goes as a datagram all the same, and TCP is
//! not tried again for a while.

use crate::flows::Hop;
use crate::places::Place;
use crate::turn::Turn;
use crate::{Border, Target};
use proto_base::{Flow, NetworkId, Time, Transport};
use serde::{Deserialize, Serialize};
use sip_message::Request;
use sip_transaction::ClientKey;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// RFC 3261 §18.1.1, where the path's MTU is not known.
const LONGEST_DATAGRAM: usize = 1300;
/// Our Via and User-Agent, which are put on later, and the request line without its URI.
const DRESS: usize = 200;
/// A peer that took no TCP is not asked again for this long: each asking may cost a caller a connection's timeout.
const REFUSED: Duration = Duration::from_secs(3600);
/// Addresses remembered.
const MOST: usize = 256;

/// Where no TCP is taken, and until when that is believed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct NoStreams(BTreeMap<(NetworkId, SocketAddr), Time>);

impl NoStreams {
    fn believed(&self, now: Time, network: NetworkId, address: SocketAddr) -> bool {
        let until = self.0.get(&(network, address));
        until.is_some_and(|until| *until > now)
    }

    fn insert(&mut self, now: Time, network: NetworkId, address: SocketAddr) {
        self.0.insert((network, address), now + REFUSED);
        if self.0.len() > MOST {
            self.0.pop_first();
        }
    }
}

impl Border {
    /// Over TCP, if it is too long for a datagram and TCP is spoken there; `None`: as it is.
    pub(crate) fn over_a_stream(&mut self, now: Time, hop: Hop, request: &Request) -> Option<Hop> {
        if hop.transport != Transport::Udp || !is_long(request) {
            return None;
        }
        let Flow::Datagram(_, address) = hop.flow else {
            return None;
        };
        let network = self.plan.network(hop.network)?;
        let mut listeners = network.listeners.iter();
        if !listeners.any(|listener| listener.transport == Transport::Tcp)
            || self.state.no_streams.believed(now, hop.network, address)
        {
            return None;
        }
        let place = Place {
            network: hop.network,
            transport: Transport::Tcp,
            address,
        };
        let flow = self.state.places.flow(place)?;
        Some(Hop {
            transport: Transport::Tcp,
            flow,
            ..hop
        })
    }

    /// Nobody takes TCP where a long request was to go: it goes as a datagram. `false`: that was not the matter.
    pub(crate) fn falls_back_to_datagrams(
        &mut self,
        turn: &mut Turn<'_>,
        key: &ClientKey,
        timed_out: bool,
    ) -> bool {
        let Some(client) = self.state.clients.get(key) else {
            return false;
        };
        let Some(copy) = client.copy.as_ref().filter(|copy| copy.grown) else {
            return false;
        };
        let in_dialog = copy.request.headers.to_tag().is_some();
        // Inside a dialog what was taken but not answered has been heard, perhaps: sent again it would be another request.
        if client.rang || (in_dialog && timed_out) {
            return false;
        }
        let target = self.state.places.target(client.flow);
        let (
            Some(peer),
            Target::Address {
                network, address, ..
            },
        ) = (client.peer, target)
        else {
            return false;
        };
        self.state.no_streams.insert(turn.now, network, address);
        let Some(mut client) = self.take_client(key) else {
            return false;
        };
        let Some(copy) = client.copy.take() else {
            return false;
        };
        if copy.request.method == sip_message::Method::Invite && !in_dialog {
            self.abandon(turn, key, peer, &copy.request);
        }
        let hop = Hop {
            peer,
            network,
            transport: Transport::Udp,
            place: client.place,
            flow: Flow::Datagram(network, address),
        };
        let request = copy.request.clone();
        self.request_again(turn, hop, request, client.errand, *copy);
        true
    }
}

/// Whether a datagram of it would be longer than a network surely carries whole. Counted without printing it.
fn is_long(request: &Request) -> bool {
    let headers = request.headers.iter().map(|header| {
        let name = header.name.as_str().len();
        name.saturating_add(header.value.len()).saturating_add(4)
    });
    let head = headers.fold(DRESS, usize::saturating_add);
    // The URI stands in the To of a request outside a dialog as well, or is about as long.
    let all = head
        .saturating_add(request.body.len())
        .saturating_add(request.uri.user.as_ref().map_or(0, String::len));
    all > LONGEST_DATAGRAM
}
