use crate::route::draw;
use crate::{Registering, Rules};
use proto_base::{NetworkId, Random, Transport};
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
    /// How calls are shared among these addresses, in their order; empty: the first gets them all, while it answers.
    pub shares: Vec<Share>,
    /// Where it is found by name (RFC 3263), before `addresses`.
    pub uri: Option<Uri>,
    /// Where that name led at the start: so long as DNS has not been heard.
    pub at_start: Option<SocketAddr>,
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
    /// What its calls are kept alive by, and whether it hears of reliable provisional responses.
    pub session: Session,
    /// Whether its media is encrypted.
    pub srtp: Srtp,
    /// How it is spoken to and believed.
    pub rules: Rules,
    /// How browsers are registered with it, if it is a registrar.
    pub registering: Registering,
}

/// Whether a peer's media is encrypted with keys from the SDP (RFC 4568).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Srtp {
    /// It is not: an offer that wants it is refused.
    #[default]
    Never,
    /// Keys are offered beside the plain profile and taken where they are offered; in the clear otherwise (RFC 8643).
    Offered,
    /// Always: no call is made or taken in the clear.
    Required,
}

/// An address's part of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The lowest is tried first.
    pub priority: u16,
    /// Of those with one priority, how large a share of the calls tries this one first.
    pub weight: u16,
}

/// How calls with a peer are kept up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Seconds that we ask for as its session timer (RFC 4028); 0 asks for none, and only follows what the peer asks.
    pub expires: u32,
    /// The least we bear of what it asks for.
    pub least: u32,
    /// Whether it is told that we know 100rel (RFC 3262), and is followed if it does.
    pub reliable: bool,
}

impl Default for Session {
    /// As RFC 4028 §4 and §5 recommend.
    fn default() -> Self {
        Self {
            expires: 1800,
            least: 90,
            reliable: true,
        }
    }
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
            shares: Vec::new(),
            uri: None,
            at_start: None,
            domain: None,
            account: None,
            register: None,
            probe: None,
            max_calls: None,
            calls_per_second: None,
            referral: Referral::default(),
            session: Session::default(),
            srtp: Srtp::default(),
            rules: Rules {
                // The company's own server belongs to whoever runs the border; a carrier has to be declared a friend.
                trusted: role == Role::Registrar,
                ..Rules::default()
            },
            registering: Registering::default(),
        }
    }

    /// The domain that its certificate proves (RFC 5922 §4): a server the one that it answers for, a carrier the one that it is
    /// found by; or else the other.
    pub fn proves(&self) -> Option<String> {
        let named = self.uri.as_ref().map(|uri| uri.host.to_string());
        match self.role {
            Role::Registrar => self.domain.clone().or(named),
            Role::Trunk => named.or_else(|| self.domain.clone()),
        }
    }

    /// Which of these addresses of it gets the next call, by the shares of those with the lowest priority. `None`: the first.
    pub fn drawn(&self, among: &[SocketAddr], random: &mut Random) -> Option<SocketAddr> {
        let shared: Vec<(SocketAddr, Share)> = self
            .addresses
            .iter()
            .copied()
            .zip(self.shares.iter().copied())
            .filter(|(address, _)| among.contains(address))
            .collect();
        let first = shared.iter().map(|(_, share)| share.priority).min()?;
        let alike: Vec<(SocketAddr, u16)> = shared
            .into_iter()
            .filter(|(_, share)| share.priority == first)
            .map(|(address, share)| (address, share.weight))
            .collect();
        let weights: Vec<u16> = alike.iter().map(|(_, weight)| *weight).collect();
        alike
            .get(draw(&weights, random))
            .map(|(address, _)| *address)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_addresses_of_one_priority_share_the_calls_and_the_next_stand_in() {
        let at = |end: u8| SocketAddr::from(([192, 0, 2, end], 5060));
        let share = |priority, weight| Share { priority, weight };
        let mut peer = Peer::new(PeerId(0), Role::Trunk, NetworkId(0), Transport::Udp);
        let mut random = Random::from_number(1);
        assert_eq!(peer.drawn(&[at(1)], &mut random), None, "nothing is shared");
        peer.addresses = vec![at(1), at(2), at(3)];
        peer.shares = vec![share(1, 3), share(1, 1), share(2, 1)];
        let all = peer.addresses.clone();
        let mut firsts = 0;
        for _ in 0..4000 {
            let drawn = peer.drawn(&all, &mut random).unwrap();
            assert_ne!(drawn, at(3));
            firsts += u32::from(drawn == at(1));
        }
        assert!((2800..3200).contains(&firsts), "{firsts}");
        assert_eq!(peer.drawn(&[at(2), at(3)], &mut random), Some(at(2)));
        assert_eq!(peer.drawn(&[at(3)], &mut random), Some(at(3)));
        assert_eq!(peer.drawn(&[], &mut random), None);
    }
}
