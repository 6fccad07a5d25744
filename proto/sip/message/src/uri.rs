use crate::{HeaderError, Params};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scheme {
    Sip,
    Sips,
    Tel,
    Other(Box<str>),
}
/// A host as written (RFC 3261 §25.1 `host`). Names are kept as written and compare without case.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Host {
    Name(Box<str>),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}
impl Host {
    pub fn ip(&self) -> Option<IpAddr> {
        todo!()
    }
}
impl From<IpAddr> for Host {
    fn from(_: IpAddr) -> Self {
        todo!()
    }
}
impl std::fmt::Display for Host {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for Host {
    type Err = HeaderError;
    fn from_str(_: &str) -> Result<Self, HeaderError> {
        todo!()
    }
}
/// RFC 3261 §19.1. `tel:` and others keep everything after the scheme in `user`, with an empty host name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Uri {
    pub scheme: Scheme,
    /// Unescaped? No: as written, with `%` escapes.
    pub user: Option<String>,
    pub password: Option<String>,
    pub host: Host,
    pub port: Option<u16>,
    pub params: Params,
    /// Everything after `?`, as written.
    pub headers: Option<String>,
}
impl Uri {
    /// `sip:user@host:port`
    pub fn sip(_user: Option<&str>, _at: SocketAddr) -> Self {
        todo!()
    }
    /// `sip:user@host`
    pub fn sip_host(_user: Option<&str>, _host: Host) -> Self {
        todo!()
    }
    /// The user part with `%` escapes resolved.
    pub fn user_decoded(&self) -> Option<String> {
        todo!()
    }
    /// `user@host` in lower-case host, without port and parameters: an address-of-record's key (RFC 3261 §10.3 step 5).
    pub fn address_of_record(&self) -> String {
        todo!()
    }
    /// RFC 3261 §19.1.4.
    pub fn is_equivalent(&self, _other: &Uri) -> bool {
        todo!()
    }
}
impl std::fmt::Display for Uri {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for Uri {
    type Err = HeaderError;
    fn from_str(_: &str) -> Result<Self, HeaderError> {
        todo!()
    }
}
