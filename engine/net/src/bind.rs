use crate::NetListener;
use crate::net::NetError;
use proto_base::Transport;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsFd;

/// Connections that the kernel holds until we accept them; Linux caps it at net.core.somaxconn (4096).
const BACKLOG: i32 = 4096;
/// Octets of datagrams that the kernel holds for us: some 500 messages of 1 kB during a busy moment.
const DATAGRAM_BUFFER: usize = 1 << 20;

/// A bound socket of a listener.
pub(crate) enum Bound {
    Stream(std::net::TcpListener),
    Datagram(std::net::UdpSocket),
}

/// Binds a listener, not blocking. An IPv6 listener hears IPv6 only: who wants both names both.
pub(crate) fn bind(listener: &NetListener) -> Result<(Bound, SocketAddr), NetError> {
    try_bind(listener).map_err(|error| NetError(explain(listener, &error)))
}

fn try_bind(listener: &NetListener) -> io::Result<(Bound, SocketAddr)> {
    let (kind, protocol) = if listener.transport == Transport::Udp {
        (Type::DGRAM, Protocol::UDP)
    } else {
        (Type::STREAM, Protocol::TCP)
    };
    let socket = Socket::new(
        Domain::for_address(listener.bind),
        kind.nonblocking(),
        Some(protocol),
    )?;
    if listener.bind.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let address = SockAddr::from(listener.bind);
    if listener.transport == Transport::Udp {
        // What the kernel grants is enough; a refusal of this size is no reason not to start.
        let _ = socket.set_recv_buffer_size(DATAGRAM_BUFFER);
        // Without it a far end that is gone is found by its silence alone.
        let _ = engine_wait::hear_of_errors(socket.as_fd(), listener.bind.is_ipv4());
        socket.bind(&address)?;
        let socket = std::net::UdpSocket::from(socket);
        let local = socket.local_addr()?;
        return Ok((Bound::Datagram(socket), local));
    }
    // A restart need not wait for the connections of before to leave TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address)?;
    socket.listen(BACKLOG)?;
    let socket = std::net::TcpListener::from(socket);
    let local = socket.local_addr()?;
    Ok((Bound::Stream(socket), local))
}

fn explain(listener: &NetListener, error: &io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program has this port, perhaps another Margrave; `ss -lntup` names it. Stop it, or choose another port"
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has this address; `ip address` lists those there are. Behind a router bind the inner address and advertise the outer one"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE. Grant it, or choose a higher port"
        }
        _ => "choose another address or port",
    };
    let NetListener {
        network,
        transport,
        bind,
    } = listener;
    format!(
        "cannot listen on {bind} ({}, network {}): {error}. {remedy}.",
        transport.via_token(),
        network.0
    )
}
