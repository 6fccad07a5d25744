use crate::{Dialling, HookPlan, Peer, PeerId, PushPlan, Role, Route, Rules};
use proto_base::{NetworkId, Transport};
use std::net::SocketAddr;
use std::time::Duration;

/// What the configuration means for signalling: addresses resolved, defaults filled, contradictions gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By [`NetworkId`].
    pub networks: Vec<Network>,
    /// SIP servers and trunks, by [`PeerId`]; the first registrar is the one for domains that nobody names.
    pub peers: Vec<Peer>,
    /// Where calls go, the first that matches. Empty: browsers to their server, trunks to the server.
    pub routes: Vec<Route>,
    /// How numbers are dialled; `None`: they are what they are.
    pub dialling: Option<Dialling>,
    /// How browsers are dealt with.
    pub browsers: Rules,
    /// Whether somebody else is asked where calls go; `None`: the routes decide.
    pub hook: Option<HookPlan>,
    /// How long a call survives its browser's connection.
    pub grace: Duration,
    /// How long the server may take for its first response to a request before we answer 503 in its place.
    pub patience: Duration,
    /// How long a phone may ring before we give up with 408 (a little under Timer C, RFC 3261 §16.6).
    pub ring: Duration,
    /// What becomes of a 3xx.
    pub redirects: Redirects,
    /// For the Server and User-Agent headers; `None` tells nothing.
    pub product: Option<String>,
    /// Most calls at once; above it 503.
    pub max_calls: usize,
    /// Most bindings (flow, address-of-record, instance) of one connection.
    pub max_bindings_per_flow: usize,
    /// Most calls at once of one address-of-record; above it 503 to itself, and 486 to who calls it.
    pub max_calls_per_user: usize,
    /// Wrong passwords in REGISTERs of one source address (of IPv6, of one /64) within 16 s, over all its connections;
    /// beyond it 503. An office behind one address shares it, so whoever is granted takes one back. Zero: no such limit.
    pub max_trials_per_source: u32,
    /// How sleeping browsers are woken; `None`: they are not.
    pub push: Option<PushPlan>,
}

/// What becomes of a callee's 3xx.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// The caller is told 480: one side's addresses are nothing to the other.
    #[default]
    Hide,
    /// The caller is told it, with the users that it names as those of its own server.
    Pass,
    /// We call whoever it names, as far as the routes allow it to the one who said so.
    Follow {
        /// Most Contacts followed in one call.
        max: u8,
    },
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

    /// The peer of this number.
    pub fn peer(&self, id: PeerId) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.id == id)
    }

    /// The peer of this name.
    pub fn peer_called(&self, name: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.name == name)
    }

    /// The registrar that answers for this domain: the one that names it, else the first that names none.
    pub fn registrar_for(&self, domain: &str) -> Option<&Peer> {
        let mut registrars = self.registrars();
        let named = self.registrars().find(|peer| {
            let ours = peer.domain.as_deref();
            ours.is_some_and(|ours| ours.eq_ignore_ascii_case(domain))
        });
        named.or_else(|| registrars.find(|peer| peer.domain.is_none()))
    }

    /// Whose phones, and whose registrations of browsers.
    pub fn registrars(&self) -> impl Iterator<Item = &Peer> {
        self.peers
            .iter()
            .filter(|peer| peer.role == Role::Registrar)
    }

    /// The peer that a message from this address of this network comes from. `places` are addresses that names have been resolved
    /// to.
    ///
    /// The port is compared only where several peers share an address: over TCP a server calls from an ephemeral one; over UDP
    /// it may send from another socket than it listens on (several workers, a port translated inside), and whoever can send with its
    /// address can send with its port as well. On a network where addresses can be forged this is no proof: a peer belongs
    /// on an inside network, behind a filter against forged sources.
    pub fn peer_at(
        &self,
        network: NetworkId,
        remote: SocketAddr,
        places: &[(PeerId, SocketAddr)],
    ) -> Option<&Peer> {
        let ip = remote.ip().to_canonical();
        let at = |peer: &Peer, test: &dyn Fn(&SocketAddr) -> bool| {
            let mut found = places.iter().filter(|(id, _)| *id == peer.id).peekable();
            let at_start = peer.at_start.filter(|_| found.peek().is_none());
            peer.network == network
                && (peer.addresses.iter().chain(&at_start).any(test)
                    || found.any(|(_, at)| test(at)))
        };
        let same_ip = |place: &SocketAddr| place.ip().to_canonical() == ip;
        let same_port = |place: &SocketAddr| same_ip(place) && place.port() == remote.port();
        let mut peers = self.peers.iter();
        let mut exact = self.peers.iter();
        exact
            .find(|peer| at(peer, &same_port))
            .or_else(|| peers.find(|peer| at(peer, &same_ip)))
    }

    /// The peer over TLS that these names, proved by a certificate, are those of.
    pub fn peer_proved_by(&self, network: NetworkId, names: &[String]) -> Option<&Peer> {
        self.peers.iter().find(|peer| {
            peer.network == network
                && peer.transport == Transport::Tls
                && peer
                    .proves()
                    .is_some_and(|own| names.iter().any(|name| name.eq_ignore_ascii_case(&own)))
        })
    }

    /// A plan of these networks and peers, and for the rest what is right for most.
    pub fn new(networks: Vec<Network>, peers: Vec<Peer>) -> Self {
        Self {
            networks,
            peers,
            routes: Vec::new(),
            dialling: None,
            browsers: Rules::default(),
            hook: None,
            grace: Duration::from_secs(15),
            patience: Duration::from_secs(5),
            ring: Duration::from_secs(170),
            redirects: Redirects::default(),
            product: None,
            max_calls: 500,
            max_bindings_per_flow: 10,
            max_calls_per_user: 20,
            max_trials_per_source: 128,
            push: None,
        }
    }
}

impl Listener {
    fn hears(&self, local: SocketAddr) -> bool {
        self.bind.port() == local.port()
            && (self.bind.ip().is_unspecified() || self.bind.ip() == local.ip())
    }
}
