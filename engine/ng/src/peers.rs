use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of addresses from which requests are taken: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peers {
    address: IpAddr,
    prefix: u32,
}

/// It is no block of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadablePeers(String);

impl Peers {
    /// Whether it has this address.
    pub fn contains(self, address: IpAddr) -> bool {
        let differs = match (self.address, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let differing = u32::from(one) ^ u32::from(other);
                differing.checked_shr(32_u32.saturating_sub(self.prefix))
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                let differing = u128::from(one) ^ u128::from(other);
                let kept = differing.checked_shr(128_u32.saturating_sub(self.prefix));
                kept.map(|it| u32::from(it != 0))
            }
            _ => return false,
        };
        // A shift by all the bits: nothing is left to differ.
        differs.unwrap_or(0) == 0
    }
}

impl FromStr for Peers {
    type Err = UnreadablePeers;

    fn from_str(text: &str) -> Result<Self, UnreadablePeers> {
        let unreadable = || UnreadablePeers(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| unreadable())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| unreadable())?,
            None => all,
        };
        if prefix > all {
            return Err(unreadable());
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for UnreadablePeers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "\"{}\" is no address and no block of addresses; write 10.0.0.5 or 10.0.0.0/8",
            self.0
        )
    }
}

impl std::error::Error for UnreadablePeers {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Peers;

    #[test]
    fn a_block_has_the_addresses_of_its_prefix_and_no_others() {
        for (block, address, inside) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("10.0.0.0/8", "::1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ] {
            let peers: Peers = block.parse().unwrap();
            assert_eq!(
                peers.contains(address.parse().unwrap()),
                inside,
                "{block} {address}"
            );
        }
        for wrong in ["", "10.0.0.0/33", "ten", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Peers>().is_err(), "{wrong}");
        }
    }
}
