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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Source;
    use crate::{Listener, Network, Plan, Server, Trust};
    use proto_base::{NetworkId, Transport};
    use std::net::SocketAddr;
    use std::time::Duration;

    const OUTSIDE: NetworkId = NetworkId(0);
    const INSIDE: NetworkId = NetworkId(1);

    fn plan() -> Plan {
        let listener = |transport, bind: &str, advertised: &str| Listener {
            transport,
            bind: bind.parse().unwrap(),
            advertised: advertised.parse().unwrap(),
        };
        let network = |id, trust, listeners| Network {
            id,
            name: String::new(),
            trust,
            listeners,
        };
        Plan {
            networks: vec![
                network(
                    OUTSIDE,
                    Trust::Outside,
                    vec![
                        listener(Transport::Wss, "0.0.0.0:8443", "203.0.113.5:443"),
                        listener(Transport::Wss, "0.0.0.0:9443", "203.0.113.5:9443"),
                    ],
                ),
                network(
                    INSIDE,
                    Trust::Inside,
                    vec![listener(Transport::Udp, "10.0.0.1:5060", "10.0.0.1:5060")],
                ),
            ],
            server: Server {
                network: INSIDE,
                transport: Transport::Udp,
                address: "10.0.0.2:5060".parse().unwrap(),
                domain: Some("example.com".to_owned()),
            },
            grace: Duration::ZERO,
            patience: Duration::ZERO,
            ring: Duration::ZERO,
            product: None,
            max_calls: 1,
            max_bindings_per_flow: 1,
        }
    }

    #[test]
    fn the_server_is_known_by_its_network_and_address_and_a_websocket_is_never_it() {
        let plan = plan();
        let server = "10.0.0.2".parse().unwrap();
        let other = "10.0.0.3".parse().unwrap();
        for (network, transport, address, source) in [
            (INSIDE, Transport::Udp, server, Source::Server),
            (INSIDE, Transport::Tcp, server, Source::Server),
            (INSIDE, Transport::Ws, server, Source::Browser),
            (
                OUTSIDE,
                Transport::Udp,
                server,
                Source::Stranger(Trust::Outside),
            ),
            (
                INSIDE,
                Transport::Udp,
                other,
                Source::Stranger(Trust::Inside),
            ),
            (OUTSIDE, Transport::Wss, other, Source::Browser),
            (
                NetworkId(9),
                Transport::Udp,
                server,
                Source::Stranger(Trust::Outside),
            ),
        ] {
            assert_eq!(plan.source(network, transport, address), source);
        }
        let mapped = "::ffff:10.0.0.2".parse().unwrap();
        assert!(plan.is_from_server(INSIDE, mapped), "a dual-stack socket");
    }

    #[test]
    fn a_peer_is_told_the_address_of_the_listener_it_came_to() {
        let plan = plan();
        let told = |bound: &str| {
            let bound: SocketAddr = bound.parse().unwrap();
            plan.advertised(OUTSIDE, Transport::Wss, Some(bound))
                .unwrap()
                .to_string()
        };
        assert_eq!(told("192.168.7.1:8443"), "203.0.113.5:443");
        assert_eq!(told("192.168.7.1:9443"), "203.0.113.5:9443");
        assert_eq!(plan.advertised(NetworkId(9), Transport::Wss, None), None);
    }

    #[test]
    fn the_server_answers_for_its_domain() {
        let mut plan = plan();
        assert!(plan.serves("Example.COM"));
        assert!(!plan.serves("example.org"));
        plan.server.domain = None;
        assert!(plan.serves("example.org"));
    }
}
