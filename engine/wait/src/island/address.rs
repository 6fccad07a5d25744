use std::mem::size_of;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Room for the address of any family.
pub(super) fn blank() -> libc::sockaddr_storage {
    // SAFETY: a plain C structure of integers; all zeroes is a value of it (the family "unspecified").
    unsafe { std::mem::zeroed() }
}

/// Writes an address as the kernel reads it; how many octets of `room` it takes.
pub(super) fn write(address: SocketAddr, room: &mut libc::sockaddr_storage) -> libc::socklen_t {
    let room: *mut libc::sockaddr_storage = room;
    match address {
        SocketAddr::V4(address) => {
            let written = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: address.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from(*address.ip()).to_be(),
                },
                sin_zero: [0; 8],
            };
            // SAFETY: sockaddr_storage is at least as large and as strictly aligned as the address of any family (POSIX).
            unsafe { room.cast::<libc::sockaddr_in>().write(written) };
            size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(address) => {
            let written = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: address.flowinfo(),
                sin6_addr: libc::in6_addr {
                    s6_addr: address.ip().octets(),
                },
                sin6_scope_id: address.scope_id(),
            };
            // SAFETY: as above.
            unsafe { room.cast::<libc::sockaddr_in6>().write(written) };
            size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// Reads an address that the kernel wrote, `length` octets of it. IPv4 mapped into IPv6 comes out as IPv4.
pub(super) fn read(room: &libc::sockaddr_storage, length: libc::socklen_t) -> Option<SocketAddr> {
    let length = length as usize;
    let room: *const libc::sockaddr_storage = room;
    // SAFETY: the reference it was made from is live, and the field is an integer.
    let family = i32::from(unsafe { (*room).ss_family });
    match family {
        libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
            // SAFETY: large and aligned enough for every family (POSIX), initialised by `blank`, a structure of integers.
            let read = unsafe { room.cast::<libc::sockaddr_in>().read() };
            let ip = Ipv4Addr::from(u32::from_be(read.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(read.sin_port)))
        }
        libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
            // SAFETY: as above.
            let read = unsafe { room.cast::<libc::sockaddr_in6>().read() };
            let ip = Ipv6Addr::from(read.sin6_addr.s6_addr);
            let port = u16::from_be(read.sin6_port);
            Some(match ip.to_canonical() {
                IpAddr::V4(ip) => SocketAddr::new(IpAddr::V4(ip), port),
                // The scope belongs to the address (RFC 4007 §6); the flow label does not.
                IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, read.sin6_scope_id).into(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{blank, read, write};
    use std::net::SocketAddr;

    #[test]
    fn an_address_comes_back_as_it_went() {
        for text in ["192.0.2.1:1", "[2001:db8::1]:65535", "[fe80::1%3]:9"] {
            let address: SocketAddr = text.parse().expect("an address");
            let mut room = blank();
            let length = write(address, &mut room);
            assert_eq!(read(&room, length), Some(address));
            assert_eq!(read(&room, length - 1), None, "cut short");
        }
    }

    #[test]
    fn mapped_ipv4_is_ipv4() {
        let mut room = blank();
        let length = write(
            "[::ffff:192.0.2.1]:7".parse().expect("an address"),
            &mut room,
        );
        assert_eq!(
            read(&room, length),
            Some("192.0.2.1:7".parse().expect("an address"))
        );
    }

    #[test]
    fn no_family_is_no_address() {
        assert_eq!(read(&blank(), 128), None);
    }
}
