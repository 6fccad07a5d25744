use proto_base::{Flow, NetworkId, Transport};
use std::net::{IpAddr, SocketAddr};
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
    pub id: NetworkId,
    pub name: String,
    pub trust: Trust,
    pub listeners: Vec<Listener>,
}

/// A transport we speak in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub transport: Transport,
    /// Bound here.
    pub bind: SocketAddr,
    /// What the others must be told: a router may forward other numbers.
    pub advertised: SocketAddr,
}

/// The existing SIP server (PBX, registrar).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub network: NetworkId,
    pub transport: Transport,
    pub address: SocketAddr,
    /// Domains it answers for; `None`: any domain a browser names.
    pub domain: Option<String>,
}

impl Plan {
    /// Whether a message on this flow comes from the server (its address, whatever the port on UDP? decide and document).
    pub fn is_from_server(&self, _flow: Flow, _remote: IpAddr) -> bool {
        todo!()
    }
}
