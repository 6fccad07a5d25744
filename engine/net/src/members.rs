use proto_base::NetworkId;
use std::fmt;
use std::net::IpAddr;

/// A range of addresses as `10.0.0.0/8` (RFC 4632), or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    first: IpAddr,
    /// How many leading bits are shared.
    prefix: u8,
}

impl Block {
    /// The addresses that share the first `prefix` bits with `first`; `None` if there are not so many bits.
    pub const fn new(first: IpAddr, prefix: u8) -> Option<Self> {
        let width = if first.is_ipv4() { 32 } else { 128 };
        if prefix > width {
            return None;
        }
        Some(Self { first, prefix })
    }

    /// From its text; bits behind the prefix do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((first, prefix)) => Self::new(first.parse().ok()?, prefix.parse().ok()?),
            None => {
                let first: IpAddr = text.parse().ok()?;
                Self::new(first, width(first))
            }
        }
    }

    /// Whether the address is in it. IPv4 written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if self.first.is_ipv4() != address.is_ipv4() {
            return false;
        }
        let shift = u32::from(width(self.first).saturating_sub(self.prefix));
        let cut = |address| bits(address).checked_shr(shift).unwrap_or(0);
        cut(self.first) == cut(address)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.first, self.prefix)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// Who belongs to which network although all come to one shared listener: a browser in the LAN must be told other addresses
/// than one in the Internet. The first block that holds the source wins; nobody's addresses belong to the listener's network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(Vec<(Block, NetworkId)>);

impl Members {
    /// From blocks and their networks, the stronger first.
    pub fn new(blocks: impl IntoIterator<Item = (Block, NetworkId)>) -> Self {
        Self(blocks.into_iter().collect())
    }

    /// The network of a connection from `source` to a listener of the network `listener`.
    pub fn network_of(&self, source: IpAddr, listener: NetworkId) -> NetworkId {
        self.0
            .iter()
            .find(|(block, _)| block.contains(source))
            .map_or(listener, |(_, network)| *network)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn is_in(block: &str, address: &str) -> bool {
        Block::parse(block)
            .unwrap()
            .contains(address.parse().unwrap())
    }

    #[test]
    fn a_block_knows_its_members() {
        assert!(is_in("10.1.0.0/16", "10.1.255.3"));
        assert!(is_in("10.1.0.0/16", "::ffff:10.1.0.1"));
        assert!(!is_in("10.1.0.0/16", "10.2.0.1"));
        assert!(!is_in("10.1.0.0/16", "fe80::1"));
        assert!(is_in("0.0.0.0/0", "203.0.113.1"));
        assert!(is_in("::/0", "2001:db8::1"));
        assert!(is_in("fd00::7", "fd00::7"));
        assert!(!is_in("fd00::7", "fd00::8"));
    }

    #[test]
    fn a_block_with_too_many_bits_is_none() {
        for text in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "ten/8",
            "10.0.0.0/",
            "",
        ] {
            assert_eq!(Block::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_browser_in_the_lan_belongs_to_the_inside_and_a_stranger_to_the_listener() {
        let (inside, outside) = (NetworkId(0), NetworkId(1));
        let members = Members::new([(Block::parse("10.0.0.0/8").unwrap(), inside)]);
        assert_eq!(
            members.network_of("10.9.9.9".parse().unwrap(), outside),
            inside
        );
        assert_eq!(
            members.network_of("203.0.113.9".parse().unwrap(), outside),
            outside
        );
    }
}
