use proto_base::NetworkId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A way out of the machine that proxies may name (`direction=internal`, `direction=external`). Several of one name differ in
/// their family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// What proxies call it.
    pub name: String,
    /// The network that it is for the door.
    pub network: NetworkId,
    /// Its address, for its family.
    pub address: IpAddr,
}

/// The family of addresses that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    pub(crate) fn of(address: IpAddr) -> Self {
        if address.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        }
    }
}

/// The interface of a name and family: without a name the first, and where the family is not to be had another of the name.
/// `None`: the name is of none.
pub(crate) fn choose<'a>(
    interfaces: &'a [Interface],
    name: Option<&str>,
    family: Option<Family>,
) -> Option<&'a Interface> {
    let first = interfaces.first()?;
    let name = name.unwrap_or(&first.name);
    let named = || interfaces.iter().filter(move |it| it.name == name);
    let fits = |it: &&Interface| family.is_none_or(|family| Family::of(it.address) == family);
    named().find(fits).or_else(|| named().next())
}
