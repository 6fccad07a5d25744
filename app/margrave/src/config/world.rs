use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;

/// What the meaning of a file depends on beside its text. A value of its own, so that tests can dream up a world.
pub(crate) trait World {
    /// The addresses of a host name.
    fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
    /// The address that this machine would use towards that one.
    fn address_towards(&self, remote: SocketAddr) -> io::Result<IpAddr>;
    /// A file's content.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// This machine.
pub(crate) struct System;

impl World for System {
    fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }

    fn address_towards(&self, remote: SocketAddr) -> io::Result<IpAddr> {
        // Connecting a datagram socket asks the routing table and sends nothing.
        let any: SocketAddr = if remote.is_ipv4() {
            (std::net::Ipv4Addr::UNSPECIFIED, 0).into()
        } else {
            (std::net::Ipv6Addr::UNSPECIFIED, 0).into()
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(remote)?;
        Ok(socket.local_addr()?.ip())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}
