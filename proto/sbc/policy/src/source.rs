use crate::{Plan, Trust};
use proto_base::{NetworkId, Transport};
use std::net::IpAddr;

/// Who speaks, as far as the way a message came can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A WebSocket: a browser, wherever it sits. Believed as far as its registration goes.
    Browser,
    /// The existing SIP server. Believed.
    Server,
    /// Anyone else, on a network of this trust.
    Stranger(Trust),
}

impl Plan {
    /// Whether a message from this address of this network comes from the server.
    ///
    /// The port is not compared. Over TCP the server calls from an ephemeral one; over UDP a server may send from
    /// another socket than it listens on (several workers, a port translated inside), and whoever can send with its address can send
    /// with its port as well. On a network where addresses can be forged this is no proof: the server belongs on an
    /// inside network, behind a filter against forged sources.
    pub fn is_from_server(&self, network: NetworkId, remote: IpAddr) -> bool {
        network == self.server.network
            && remote.to_canonical() == self.server.address.ip().to_canonical()
    }

    /// Sorts a message by the way it came. A WebSocket is a browser even from the server's own address: in a demonstration
    /// both live on one machine.
    pub fn source(&self, network: NetworkId, transport: Transport, remote: IpAddr) -> Source {
        if transport.is_websocket() {
            Source::Browser
        } else if self.is_from_server(network, remote) {
            Source::Server
        } else {
            Source::Stranger(self.trust(network))
        }
    }
}
