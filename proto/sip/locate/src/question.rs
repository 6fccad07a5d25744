use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// What the shell must ask DNS. Two alike are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// In small letters, without the dot at the end.
    pub name: String,
    /// The type of record.
    pub kind: Kind,
}

/// Types of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// RFC 3403: services of a domain.
    Naptr,
    /// RFC 2782: servers of a service.
    Srv,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

/// What DNS said. Aliases (CNAME) are followed by the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These, for so long.
    Records(Vec<Record>, Duration),
    /// No such name, or no such record, for so long (RFC 2308).
    Nothing(Duration),
    /// Nobody answered in time, or nobody could.
    Failed,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A service.
    Naptr(Naptr),
    /// A server.
    Srv(Srv),
    /// An address.
    A(Ipv4Addr),
    /// An address.
    Aaaa(Ipv6Addr),
}

/// RFC 3403 §4.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naptr {
    /// Lower ones decide alone.
    pub order: u16,
    /// Among equals of `order`, lower ones first.
    pub preference: u16,
    /// `s`: an SRV record follows; `a`: an address.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`.
    pub services: String,
    /// Not for SIP (RFC 3263 §4.1): a record with one is passed over.
    pub regexp: String,
    /// The name to go on with.
    pub replacement: String,
}

/// RFC 2782.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Srv {
    /// Lower ones first.
    pub priority: u16,
    /// Among equals, the share of the requests.
    pub weight: u16,
    /// Of the service.
    pub port: u16,
    /// The server's name; a mere dot says that the service is not offered.
    pub target: String,
}
