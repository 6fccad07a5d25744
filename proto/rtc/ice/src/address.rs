use crate::message::{MAGIC_COOKIE, TransactionId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// RFC 8489 §14.1.
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// The upper half of the cookie, with which the port is mixed (RFC 8489 §14.2).
const PORT_MASK: u16 = (MAGIC_COOKIE >> 16) as u16;

/// Cookie and transaction, with which an IPv6 address is mixed.
fn mask(transaction: TransactionId) -> u128 {
    let mut octets = [0; 16];
    let (cookie, rest) = octets.split_at_mut(4);
    cookie.copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
    rest.copy_from_slice(&transaction.0);
    u128::from_be_bytes(octets)
}

/// Reads the value of XOR-MAPPED-ADDRESS.
pub(crate) fn read(value: &[u8], transaction: TransactionId) -> Option<SocketAddr> {
    let (head, address) = value.split_at_checked(4)?;
    let [_, family, port_high, port_low] = *head else {
        return None;
    };
    let port = u16::from_be_bytes([port_high, port_low]) ^ PORT_MASK;
    let ip = match family {
        IPV4 => {
            let octets: [u8; 4] = address.try_into().ok()?;
            IpAddr::V4(Ipv4Addr::from_bits(
                u32::from_be_bytes(octets) ^ MAGIC_COOKIE,
            ))
        }
        IPV6 => {
            let octets: [u8; 16] = address.try_into().ok()?;
            IpAddr::V6(Ipv6Addr::from_bits(
                u128::from_be_bytes(octets) ^ mask(transaction),
            ))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Writes the value of XOR-MAPPED-ADDRESS.
pub(crate) fn write(address: SocketAddr, transaction: TransactionId) -> Vec<u8> {
    let port = address.port() ^ PORT_MASK;
    let mut value = Vec::with_capacity(20);
    match address.ip() {
        IpAddr::V4(ip) => {
            value.extend([0, IPV4]);
            value.extend(port.to_be_bytes());
            value.extend((ip.to_bits() ^ MAGIC_COOKIE).to_be_bytes());
        }
        IpAddr::V6(ip) => {
            value.extend([0, IPV6]);
            value.extend(port.to_be_bytes());
            value.extend((ip.to_bits() ^ mask(transaction)).to_be_bytes());
        }
    }
    value
}
