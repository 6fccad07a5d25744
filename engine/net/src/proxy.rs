use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest line of version 1, with its CRLF.
const LONGEST_LINE: usize = 107;
/// The longest header of version 2 that is waited for: addresses, and what proxies append (TLS details, identifiers).
const LONGEST_BLOCK: usize = 2048;
/// The first octets of version 2.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and transport, length.
const FIXED: usize = 16;

/// What a proxy says of a connection before the client's first octet (HAProxy's PROXY protocol, versions 1 and 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxied {
    /// The proxy itself connects (a health check), or knows no address: the connection's own one counts.
    Unknown,
    /// The client's address.
    Client(SocketAddr),
}

/// Octets that are no such header. Nothing more is read of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotProxied;

/// Reads the header at the beginning of a connection: what it says, and how many octets it has. `None`: more are needed.
pub fn proxied(octets: &[u8]) -> Result<Option<(Proxied, usize)>, NotProxied> {
    let begins = |with: &[u8]| {
        let both = octets.len().min(with.len());
        octets.get(..both) == with.get(..both)
    };
    if begins(SIGNATURE) {
        block(octets)
    } else if begins(b"PROXY ") {
        line(octets)
    } else {
        Err(NotProxied)
    }
}

fn line(octets: &[u8]) -> Result<Option<(Proxied, usize)>, NotProxied> {
    let Some(end) = octets.windows(2).position(|two| two == b"\r\n") else {
        return if octets.len() >= LONGEST_LINE {
            Err(NotProxied)
        } else {
            Ok(None)
        };
    };
    let length = end.saturating_add(2);
    if length > LONGEST_LINE {
        return Err(NotProxied);
    }
    let text = octets.get(..end).unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| NotProxied)?;
    let mut words = text.split(' ');
    let (_, family) = (words.next(), words.next());
    if family == Some("UNKNOWN") {
        // What follows is to be passed over.
        return Ok(Some((Proxied::Unknown, length)));
    }
    let [
        Some(source),
        Some(destination),
        Some(port),
        Some(own_port),
        None,
    ] = [(); 5].map(|()| words.next())
    else {
        return Err(NotProxied);
    };
    let (source, _) = match family {
        Some("TCP4") => (v4(source)?, v4(destination)?),
        Some("TCP6") => (v6(source)?, v6(destination)?),
        _ => return Err(NotProxied),
    };
    let (port, _) = (number(port)?, number(own_port)?);
    Ok(Some((
        Proxied::Client(SocketAddr::new(source, port)),
        length,
    )))
}

fn v4(text: &str) -> Result<IpAddr, NotProxied> {
    let address: Ipv4Addr = text.parse().map_err(|_| NotProxied)?;
    Ok(address.into())
}

fn v6(text: &str) -> Result<IpAddr, NotProxied> {
    let address: Ipv6Addr = text.parse().map_err(|_| NotProxied)?;
    Ok(IpAddr::V6(address).to_canonical())
}

/// Digits without a zero in front: one number, one text.
fn number(text: &str) -> Result<u16, NotProxied> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(NotProxied);
    }
    text.parse().map_err(|_| NotProxied)
}

fn block(octets: &[u8]) -> Result<Option<(Proxied, usize)>, NotProxied> {
    let Some(fixed) = octets.first_chunk::<FIXED>() else {
        return Ok(None);
    };
    let [.., command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(FIXED);
    if length > LONGEST_BLOCK {
        return Err(NotProxied);
    }
    let Some(rest) = octets.get(FIXED..length) else {
        return Ok(None);
    };
    let client = match (command, family) {
        // The proxy's own.
        (0x20, _) => None,
        (0x21, 0x11) => {
            let source: &[u8; 4] = rest.first_chunk().ok_or(NotProxied)?;
            Some((IpAddr::from(*source), rest.get(8..12)))
        }
        (0x21, 0x21) => {
            let source: &[u8; 16] = rest.first_chunk().ok_or(NotProxied)?;
            let address = IpAddr::from(*source).to_canonical();
            Some((address, rest.get(32..36)))
        }
        // Unspecified, datagrams, sockets of one machine: connections of no address that we could use.
        (0x21, _) => None,
        _ => return Err(NotProxied),
    };
    let said = match client {
        None => Proxied::Unknown,
        Some((address, Some([high, low, ..]))) => {
            let port = u16::from_be_bytes([*high, *low]);
            Proxied::Client(SocketAddr::new(address, port))
        }
        Some(_) => return Err(NotProxied),
    };
    Ok(Some((said, length)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::{LONGEST_BLOCK, NotProxied, Proxied, SIGNATURE, proxied};

    fn client(text: &str) -> Proxied {
        Proxied::Client(text.parse().unwrap())
    }

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family][..], &length, rest].concat()
    }

    #[test]
    fn both_versions_tell_the_client() {
        let one = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\nGET /";
        assert_eq!(
            proxied(one),
            Ok(Some((client("203.0.113.7:56324"), one.len() - 5)))
        );
        let six = b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n";
        assert_eq!(
            proxied(six),
            Ok(Some((client("[2001:db8::7]:56324"), six.len())))
        );
        let addresses = [203, 0, 113, 7, 10, 0, 0, 1, 0xDC, 0x04, 1, 187, 9, 9, 9];
        let two = v2(0x21, 0x11, &addresses);
        assert_eq!(
            proxied(&two),
            Ok(Some((client("203.0.113.7:56324"), two.len())))
        );
        let mut addresses = [0; 36];
        addresses[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        addresses[15] = 7;
        addresses[33] = 80;
        let two = v2(0x21, 0x21, &addresses);
        assert_eq!(proxied(&two), Ok(Some((client("[2001:db8::7]:80"), 52))));
    }

    #[test]
    fn a_proxys_own_connection_has_no_client() {
        let unknown = b"PROXY UNKNOWN ffff::1 whatever\r\n";
        assert_eq!(
            proxied(unknown),
            Ok(Some((Proxied::Unknown, unknown.len())))
        );
        assert_eq!(
            proxied(&v2(0x20, 0, b"xy")),
            Ok(Some((Proxied::Unknown, 18)))
        );
        assert_eq!(proxied(&v2(0x21, 0, b"")), Ok(Some((Proxied::Unknown, 16))));
    }

    #[test]
    fn a_header_is_waited_for_octet_by_octet() {
        let two = v2(0x21, 0x11, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        for whole in [
            &two[..],
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n",
            b"PROXY UNKNOWN\r\n",
        ] {
            for length in 0..whole.len() {
                assert_eq!(proxied(&whole[..length]), Ok(None), "{length}");
            }
            assert!(matches!(proxied(whole), Ok(Some((_, length))) if length == whole.len()));
        }
    }

    #[test]
    fn what_is_no_header_is_refused_and_never_waited_for_without_end() {
        let short = v2(0x21, 0x11, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let long = v2(0x21, 0x11, &vec![0; LONGEST_BLOCK]);
        let endless = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 107]].concat();
        for wrong in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXX",
            b"\r\n\r\n\0\r\nQUIX",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443 9\r\n",
            b"PROXY TCP4 2001:db8::7 10.0.0.1 56324 443\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 065 443\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 65536 443\r\n",
            b"PROXY TCP4  203.0.113.7 10.0.0.1 5 443\r\n",
            b"PROXY \xFF\r\n",
            &v2(0x11, 0x11, &[0; 12]),
            &v2(0x22, 0x11, &[0; 12]),
            &short,
            &long,
            &endless,
        ] {
            assert_eq!(proxied(wrong), Err(NotProxied), "{wrong:?}");
        }
    }
}
