use crate::{Authorities, Block, Identity, Members, Pages};
use proto_base::{NetworkId, Transport};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What [`Net::start`](crate::Net::start) is made with.
#[derive(Clone, Default)]
pub struct NetSettings {
    /// What to bind. The order is kept by [`Net::listeners`](crate::Net::listeners).
    pub listeners: Vec<NetListener>,
    /// Whose connections to a `ws` or `wss` listener belong to another network than the listener's.
    pub members: Members,
    /// Certificate and key for `wss` and `tls` listeners, without which such a listener is refused; and shown to peers that we dial
    /// over TLS, if they ask.
    pub identity: Option<Identity>,
    /// Who vouches for peers' certificates, whether we dial them or they us.
    pub authorities: Authorities,
    /// Networks whose `tls` listeners take nobody without a certificate that the authorities vouch for.
    pub mutual: Vec<NetworkId>,
    /// Proxies in front of `ws` and `wss` listeners.
    pub proxies: Proxies,
    /// Origins (`https://phone.example.com`) whose pages may open a WebSocket; empty: every one.
    pub origins: Vec<String>,
    /// What `GET` finds on `ws` and `wss` listeners.
    pub pages: Pages,
    /// Bounds of everything.
    pub limits: Limits,
}

/// Who may speak for others. What anybody else says of a client's address is not believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Their addresses.
    pub trusted: Vec<Block>,
    /// They begin each connection with a PROXY protocol header; else they add X-Forwarded-For to the handshake.
    pub protocol: bool,
}

impl Proxies {
    /// Whether this is one of them.
    pub fn trust(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|block| block.contains(address))
    }
}

/// One listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetListener {
    /// The network whose people come here.
    pub network: NetworkId,
    /// `Udp`, `Tcp`, `Tls`, `Ws` or `Wss`.
    pub transport: Transport,
    /// Bound here; port 0 takes any free one (tests).
    pub bind: SocketAddr,
}

/// Bounds of everything that strangers could make grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of browsers in all. A silent WebSocket costs 5.3 kB (measured with 4,000 of them); TLS comes on top.
    pub connections: usize,
    /// Connections over TCP and TLS in all, ours as well: those of peers, which a crowd of browsers must not crowd out.
    pub peer_connections: usize,
    /// Connections of one IP address. An office behind one NAT, or a reverse proxy, may need more.
    pub connections_per_source: usize,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For one HTTP request head, the first SIP message of a TCP connection, and the rest of a message that has begun.
    pub header_read: Duration,
    /// How long a far end may refuse to take what we write, or leave it unacknowledged, before it counts as gone.
    pub write: Duration,
    /// How long a TCP or TLS connection that we did not open and that proved no name may be silent.
    pub idle: Duration,
    /// How long any connection may be silent before the kernel asks for a sign of life; one that gives none is gone within `write`.
    pub keep_alive: Duration,
    /// Messages waiting to be written to one connection; one more closes it.
    pub queue: usize,
    /// Octets waiting to be written to one connection; one more closes it.
    pub queue_octets: usize,
    /// Octets of one message on a WebSocket, in one frame or in fragments. A datagram cannot be longer either.
    pub message: usize,
    /// Between two pings on a WebSocket (PITFALLS: routers forget a silent connection after 30 s).
    pub ping: Duration,
    /// For opening a connection.
    pub connect: Duration,
    /// Events waiting for signalling, all flows together.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            peer_connections: 1000,
            connections_per_source: 64,
            handshake: Duration::from_secs(10),
            header_read: Duration::from_secs(10),
            write: Duration::from_secs(10),
            // Longer than a call rings: its INVITE's answers go back on the connection that it came on.
            idle: Duration::from_secs(600),
            keep_alive: Duration::from_secs(15),
            queue: 256,
            queue_octets: 1 << 20,
            message: 64 * 1024,
            ping: Duration::from_secs(25),
            connect: Duration::from_secs(4),
            events: 1024,
        }
    }
}
