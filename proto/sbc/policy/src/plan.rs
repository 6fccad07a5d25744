use proto_base::{NetworkId, Transport};
use std::net::SocketAddr;
use std::time::Duration;

/// What the configuration means for signalling: addresses resolved, defaults filled, contradictions gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By [`NetworkId`].
    pub networks: Vec<Network>,
    /// The existing SIP server.
    pub server: Server,
    /// How long a call survives its browser's connection.
    pub grace: Duration,
    /// How long the server may take for its first response to a request before we answer 503 in its place.
    pub patience: Duration,
    /// How long a phone may ring before we give up with 408 (a little under Timer C, RFC 3261 §16.6).
    pub ring: Duration,
    /// For the Server and User-Agent headers; `None` tells nothing.
    pub product: Option<String>,
    /// Most calls at once; above it 503.
    pub max_calls: usize,
    /// Most bindings (flow, address-of-record, instance) of one connection.
    pub max_bindings_per_flow: usize,
}

/// Whom we believe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Strangers: nothing before it is authenticated, identity headers stripped.
    Outside,
    /// The company's own network.
    Inside,
}

/// A network and where we live in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its number.
    pub id: NetworkId,
    /// As the operator calls it.
    pub name: String,
    /// How far its messages are believed.
    pub trust: Trust,
    /// Where we listen in it.
    pub listeners: Vec<Listener>,
}

/// A transport we speak in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Which one.
    pub transport: Transport,
    /// Bound here.
    pub bind: SocketAddr,
    /// What the others must be told: a router may forward other numbers.
    pub advertised: SocketAddr,
}

/// The existing SIP server (PBX, registrar).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Where it lives.
    pub network: NetworkId,
    /// How it is spoken to.
    pub transport: Transport,
    /// Where requests outside dialogs go.
    pub address: SocketAddr,
    /// Domains it answers for; `None`: any domain a browser names.
    pub domain: Option<String>,
}

impl Plan {
    /// The network of this number; `None` if the shell speaks of one that was never planned.
    pub fn network(&self, id: NetworkId) -> Option<&Network> {
        self.networks.iter().find(|network| network.id == id)
    }

    /// How far a network is believed. An unknown one is not.
    pub fn trust(&self, id: NetworkId) -> Trust {
        self.network(id)
            .map_or(Trust::Outside, |network| network.trust)
    }

    /// What we say of ourselves to a peer of this network and transport: the address others reach us at.
    ///
    /// `bound` tells listeners of one transport apart. Without such a transport the network's first listener stands in,
    /// so that a plan with a hole still names an address of the right network and never one of another.
    pub fn advertised(
        &self,
        id: NetworkId,
        transport: Transport,
        bound: Option<SocketAddr>,
    ) -> Option<SocketAddr> {
        let listeners = &self.network(id)?.listeners;
        let same = |listener: &&Listener| listener.transport == transport;
        listeners
            .iter()
            .filter(same)
            .find(|listener| bound.is_some_and(|bound| listener.hears(bound)))
            .or_else(|| listeners.iter().find(same))
            .or_else(|| listeners.first())
            .map(|listener| listener.advertised)
    }

    /// Whether the server answers for this domain.
    pub fn serves(&self, domain: &str) -> bool {
        self.server
            .domain
            .as_deref()
            .is_none_or(|ours| ours.eq_ignore_ascii_case(domain))
    }
}

impl Listener {
    fn hears(&self, local: SocketAddr) -> bool {
        self.bind.port() == local.port()
            && (self.bind.ip().is_unspecified() || self.bind.ip() == local.ip())
    }
}
