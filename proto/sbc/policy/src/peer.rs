use crate::{Registering, Rules};
use proto_base::{NetworkId, Transport};
use serde::{Deserialize, Serialize};
use sip_message::Uri;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

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
    /// Where it is found by name (RFC 3263), if `addresses` is empty.
    pub uri: Option<Uri>,
    /// The domain it answers for; `None`: any that nobody else does.
    pub domain: Option<String>,
    /// Who we are to it, when it asks (401, 407).
    pub account: Option<Account>,
    /// We register with it, as a telephone would, and renew after at most this long.
    pub register: Option<Duration>,
    /// How often it is asked whether it is there (OPTIONS).
    pub probe: Option<Duration>,
    /// Most calls at once with it.
    pub max_calls: Option<usize>,
    /// Most new calls to it a second.
    pub calls_per_second: Option<u32>,
    /// What becomes of a REFER that asks somebody of its side to call.
    pub referral: Referral,
    /// How it is spoken to and believed.
    pub rules: Rules,
    /// How browsers are registered with it, if it is a registrar.
    pub registering: Registering,
}

/// Who carries a REFER out (RFC 3515).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Referral {
    /// We do: the target is called from here. Nobody but the target need know of it.
    #[default]
    CarryOut,
    /// The side that is asked: it gets the REFER. For servers that challenge what we would send in its users' names.
    Pass,
}

/// A name and a password at a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user of our address-of-record there, and of our digest credentials.
    pub username: String,
    /// Its proof.
    pub password: Secret,
    /// The user in digest credentials, where it is another one.
    pub auth_username: Option<String>,
}

/// What no log and no snapshot of a configuration shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
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
            uri: None,
            domain: None,
            account: None,
            register: None,
            probe: None,
            max_calls: None,
            calls_per_second: None,
            referral: Referral::default(),
            rules: Rules {
                // The company's own server belongs to whoever runs the border; a carrier has to be declared a friend.
                trusted: role == Role::Registrar,
                ..Rules::default()
            },
            registering: Registering::default(),
        }
    }

    /// The domain that its certificate proves (RFC 5922 §4): the one that it is found by, or answers for.
    pub fn proves(&self) -> Option<String> {
        let named = self.uri.as_ref().map(|uri| uri.host.to_string());
        named.or_else(|| self.domain.clone())
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
