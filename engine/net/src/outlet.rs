use crate::connections::{Connections, Dial};
use crate::dial::dial;
use crate::stream::Link;
use crate::{NetListener, Target, Undelivered};
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
                transport: transport @ Transport::Tcp,
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
        match socket.send_to(message, address) {
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
