use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};

/// Octets that the kernel may hold on the public port: some 100 ms of 1000 calls. Linux caps it at net.core.rmem_max.
const PUBLIC_BUFFER: usize = 4 << 20;

/// Binds the socket of all browsers.
pub(crate) fn public(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(at)?;
    // What the kernel grants is enough to start.
    let _ = socket.set_recv_buffer_size(PUBLIC_BUFFER);
    let _ = socket.set_send_buffer_size(PUBLIC_BUFFER);
    socket.bind(&SockAddr::from(at))?;
    Ok(socket.into())
}

/// Binds one port of a telephone's leg.
pub(crate) fn leg(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(at)?;
    socket.bind(&SockAddr::from(at))?;
    Ok(socket.into())
}

fn open(at: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(at),
        Type::DGRAM.nonblocking(),
        Some(Protocol::UDP),
    )?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// Why the public port could not be bound, and what can be done.
pub(crate) fn explain(at: SocketAddr, error: &io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program has this port, perhaps another Margrave; `ss -lnup` names it. Stop it, or choose another port"
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has this address; `ip address` lists those there are. Behind a router bind the inner address and advertise the outer one"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE. Grant it, or choose a higher port"
        }
        _ => "choose another address or port",
    };
    format!("cannot receive media on {at} (UDP): {error}. {remedy}.")
}
