use crate::number::push_number;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// Where media is received: `c=IN IP4 192.0.2.1` (RFC 8866 §5.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// `IP4` or `IP6`, as written.
    pub address_type: String,
    /// The address as written: a number, a name, or a multicast group with its suffix.
    pub address: String,
}

fn dotted(address: Ipv4Addr) -> String {
    let mut text = String::with_capacity("255.255.255.255".len());
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        push_number(&mut text, octet.into());
    }
    text
}

impl Connection {
    /// From an address.
    pub fn new(address: IpAddr) -> Self {
        let address_type = match address {
            IpAddr::V4(_) => "IP4",
            IpAddr::V6(_) => "IP6",
        };
        Self {
            address_type: address_type.to_owned(),
            address: match address {
                IpAddr::V4(address) => dotted(address),
                IpAddr::V6(address) => address.to_string(),
            },
        }
    }

    /// The address, if it is one and not a name; a mapped one (`::ffff:192.0.2.1`) as what it stands for.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address
            .parse::<IpAddr>()
            .ok()
            .map(|address| address.to_canonical())
    }

    /// Reads the value of a `c=` line, also the tail of `a=rtcp`.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (network, address_type, address) = (words.next()?, words.next()?, words.next()?);
        let known = matches!(address_type, "IP4" | "IP6");
        (network == "IN" && known && words.next().is_none()).then(|| Self {
            address_type: address_type.to_owned(),
            address: address.to_owned(),
        })
    }
}
