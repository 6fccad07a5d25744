use proto_base::{NetworkId, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A peer's number: its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(pub u16);

/// What a peer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A SIP server with users of its own (PBX): browsers register with it.
    Registrar,
    /// A carrier, or another server that calls are exchanged with.
    Trunk,
}

/// A SIP server or a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its number.
    pub id: PeerId,
    /// As the operator calls it.
    pub name: String,
    /// What it is to us.
    pub role: Role,
    /// Where it lives.
    pub network: NetworkId,
    /// How it is spoken to.
    pub transport: Transport,
    /// Where requests outside dialogs go, the preferred first. Empty if it is known by name alone.
    pub addresses: Vec<SocketAddr>,
    /// The domain it answers for; `None`: any that nobody else does.
    pub domain: Option<String>,
}

impl Peer {
    /// One of that role with one address, and for the rest what is right for most.
    pub fn new(id: PeerId, role: Role, network: NetworkId, transport: Transport) -> Self {
        Self {
            id,
            name: match role {
                Role::Registrar => "server".to_owned(),
                Role::Trunk => "trunk".to_owned(),
            },
            role,
            network,
            transport,
            addresses: Vec::new(),
            domain: None,
        }
    }

    /// The same, at this address.
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// The same, answering for this domain.
    pub fn serving(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_owned());
        self
    }
}
