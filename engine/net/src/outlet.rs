use crate::connections::{Connections, Dial};
use crate::dial::dial;
use crate::stream::Link;
use crate::{Identity, IdentityError, NetListener, Target, Undelivered};
use proto_base::{Flow, NetworkId, Transport};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The way out, for the signalling thread. Cheap to clone; never waits.
#[derive(Clone)]
pub struct Outlet(Arc<Inner>);

struct Inner {
    connections: Arc<Connections>,
    /// The listeners' own sockets, so that what we send comes from where we listen (RFC 3581 §4).
    datagrams: Vec<(NetListener, UdpSocket)>,
    listeners: Vec<NetListener>,
    link: Link,
    runtime: Handle,
}

impl Outlet {
    pub(crate) fn new(
        datagrams: Vec<(NetListener, UdpSocket)>,
        listeners: Vec<NetListener>,
        link: Link,
        runtime: Handle,
    ) -> Self {
        Self(Arc::new(Inner {
            connections: link.connections.clone(),
            datagrams,
            listeners,
            link,
            runtime,
        }))
    }

    /// Queues or sends one message. It never blocks: a far end that does not read is closed instead.
    pub fn send(&self, to: Target, message: Vec<u8>) -> Result<(), Undelivered> {
        match to {
            Target::Flow(Flow::Connection(id)) => self.0.connections.send(id, message),
            Target::Flow(Flow::Datagram(network, address)) => {
                self.send_datagram(network, address, &message)
            }
            Target::Address {
                network,
                transport: Transport::Udp,
                address,
            } => self.send_datagram(network, address, &message),
            Target::Address {
                network,
                transport: transport @ (Transport::Tcp | Transport::Tls),
                address,
            } => self.send_stream(network, transport, address, message),
            Target::Address { .. } => Err(Undelivered::Unreachable),
        }
    }

    /// Closes a connection after what is queued on it has been written. Datagrams know no closing.
    pub fn close(&self, flow: Flow) {
        if let Flow::Connection(id) = flow {
            self.0.connections.close(id);
        }
    }

    /// From now on whoever is dialled over TLS at this address must prove this domain (RFC 5922 §7.4): the one that the address was
    /// found by, not the server's own name. Without it the certificate must name the address.
    pub fn expect(&self, network: NetworkId, address: SocketAddr, domain: &str) {
        let connections = &self.0.connections;
        connections.expect(network, address, domain.to_ascii_lowercase());
    }

    /// From now on TLS handshakes show this certificate; what is connected stays so. If it cannot be used, the old one stays.
    pub fn renew(&self, identity: &Identity) -> Result<(), IdentityError> {
        self.0.link.credentials.renew(identity)
    }

    fn send_datagram(
        &self,
        network: NetworkId,
        address: SocketAddr,
        message: &[u8],
    ) -> Result<(), Undelivered> {
        let (_, socket) = self
            .0
            .datagrams
            .iter()
            .find(|(listener, _)| {
                listener.network == network && listener.bind.is_ipv4() == address.is_ipv4()
            })
            .ok_or(Undelivered::Unreachable)?;
        let send = || socket.send_to(message, address);
        // The first error may be of an earlier datagram to somebody else, which the socket reports to whoever uses it next.
        match send().or_else(|error| match error.kind() {
            ErrorKind::WouldBlock => Err(error),
            _ => send(),
        }) {
            Ok(_) => Ok(()),
            // The kernel's buffer is full. A datagram may be lost; SIP sends it again.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => {
                tracing::debug!(%address, %error, "a datagram could not be sent");
                Err(Undelivered::Unreachable)
            }
        }
    }

    fn send_stream(
        &self,
        network: NetworkId,
        transport: Transport,
        address: SocketAddr,
        message: Vec<u8>,
    ) -> Result<(), Undelivered> {
        let dialled = (network, transport, address);
        if let Dial::New(ending, permit) = self.0.connections.dial(dialled, message)? {
            let source = self.source(network, address);
            let link = self.0.link.clone();
            self.0
                .runtime
                .spawn(dial(dialled, source, ending, permit, link));
        }
        Ok(())
    }

    /// The address of ours in this network, where its listeners name one: so that a connection leaves by the right door.
    fn source(&self, network: NetworkId, to: SocketAddr) -> Option<IpAddr> {
        self.0
            .listeners
            .iter()
            .filter(|listener| listener.network == network)
            .map(|listener| listener.bind.ip())
            .find(|ip| ip.is_ipv4() == to.is_ipv4() && !ip.is_unspecified())
    }
}
