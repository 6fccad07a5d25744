use serde::{Deserialize, Serialize};
use sip_auth::Algorithm;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// What an exchange is told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The host of its users' addresses, and the realm of their passwords.
    pub domain: String,
    /// Where its SIP socket is reached.
    pub address: SocketAddr,
    /// Where its services' media sockets are reached.
    pub media_address: IpAddr,
    /// Their ports; even ones are used.
    pub media_ports: RangeInclusive<u16>,
    /// Who may register and call. The names `echo`, `tone`, `busy`, `decline` and `noanswer` are the services'.
    pub users: Vec<User>,
    /// The hashes offered for digest, strongest first. SIP.js and JsSIP read only the first challenge and know only MD5.
    pub algorithms: Vec<Algorithm>,
    /// Whether a user must prove who he is before he calls, too, not only before he registers.
    pub authenticate_calls: bool,
    /// Whether requests inside a call pass through here as well (RFC 3261 §16.6 step 4).
    pub record_route: bool,
    /// The shortest registration, in seconds; who asks for less gets 423.
    pub min_expires: u32,
    /// The longest, in seconds; also what is granted to who does not ask.
    pub max_expires: u32,
}

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user part of the address.
    pub name: String,
    /// In the clear: this exchange is for demos and tests.
    pub password: String,
}

impl Settings {
    /// An exchange for `domain` at `address`, without users; media at the same address, on ports 20000 to 20998.
    pub fn new(domain: &str, address: SocketAddr) -> Self {
        Self {
            domain: domain.to_owned(),
            address,
            media_address: address.ip(),
            media_ports: 20_000..=20_998,
            users: Vec::new(),
            algorithms: vec![Algorithm::Md5],
            authenticate_calls: true,
            record_route: false,
            min_expires: 10,
            max_expires: 3600,
        }
    }

    /// With one more user.
    #[must_use]
    pub fn with_user(mut self, name: &str, password: &str) -> Self {
        self.users.push(User {
            name: name.to_owned(),
            password: password.to_owned(),
        });
        self
    }
}
