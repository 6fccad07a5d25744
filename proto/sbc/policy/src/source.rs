use crate::{PeerId, Plan, Trust};
use proto_base::{NetworkId, Transport};
use std::net::SocketAddr;

/// Who speaks, as far as the way a message came can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A WebSocket: a browser, wherever it sits. Believed as far as its registration goes.
    Browser,
    /// A SIP server or trunk of the plan. Believed as far as its role goes.
    Peer(PeerId),
    /// Anyone else, on a network of this trust.
    Stranger(Trust),
}

impl Plan {
    /// Sorts a message by the way it came. A WebSocket is a browser even from a server's own address: in a demonstration
    /// both live on one machine. `places` as in [`Plan::peer_at`].
    pub fn source(
        &self,
        network: NetworkId,
        transport: Transport,
        remote: SocketAddr,
        places: &[(PeerId, SocketAddr)],
    ) -> Source {
        if transport.is_websocket() {
            return Source::Browser;
        }
        match self.peer_at(network, remote, places) {
            Some(peer) => Source::Peer(peer.id),
            None => Source::Stranger(self.trust(network)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Source;
    use crate::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
    use proto_base::{NetworkId, Transport};
    use std::net::SocketAddr;

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
        Plan::new(
            vec![
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
            vec![
                Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp)
                    .at("10.0.0.2:5060".parse().unwrap())
                    .serving("example.com"),
                Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp)
                    .at("10.0.0.9:5060".parse().unwrap()),
                Peer::new(PeerId(2), Role::Trunk, INSIDE, Transport::Udp)
                    .at("10.0.0.9:5070".parse().unwrap()),
            ],
        )
    }

    #[test]
    fn the_server_is_known_by_its_network_and_address_and_a_websocket_is_never_it() {
        let plan = plan();
        let server: SocketAddr = "10.0.0.2:35060".parse().unwrap();
        let other: SocketAddr = "10.0.0.3:5060".parse().unwrap();
        for (network, transport, address, source) in [
            (INSIDE, Transport::Udp, server, Source::Peer(PeerId(0))),
            (INSIDE, Transport::Tcp, server, Source::Peer(PeerId(0))),
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
            assert_eq!(plan.source(network, transport, address, &[]), source);
        }
        let mapped = "[::ffff:10.0.0.2]:5060".parse().unwrap();
        assert!(
            plan.peer_at(INSIDE, mapped, &[]).is_some(),
            "a dual-stack socket"
        );
        assert!(
            plan.peer_at(INSIDE, other, &[(PeerId(1), other)]).is_some(),
            "a name that was resolved"
        );
    }

    #[test]
    fn peers_that_share_an_address_are_told_apart_by_their_ports() {
        let plan = plan();
        let at = |port| {
            let remote = SocketAddr::new("10.0.0.9".parse().unwrap(), port);
            plan.peer_at(INSIDE, remote, &[]).map(|peer| peer.id)
        };
        assert_eq!(at(5070), Some(PeerId(2)));
        assert_eq!(at(5060), Some(PeerId(1)));
        assert_eq!(at(40_000), Some(PeerId(1)), "an ephemeral port");
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
    fn a_registrar_answers_for_its_domain_and_one_without_a_domain_for_all_others() {
        let mut plan = plan();
        let of = |plan: &Plan, domain: &str| plan.registrar_for(domain).map(|peer| peer.id);
        assert_eq!(of(&plan, "Example.COM"), Some(PeerId(0)));
        assert_eq!(of(&plan, "example.org"), None);
        plan.peers.push(Peer::new(
            PeerId(3),
            Role::Registrar,
            INSIDE,
            Transport::Udp,
        ));
        assert_eq!(of(&plan, "example.org"), Some(PeerId(3)));
        assert_eq!(of(&plan, "example.com"), Some(PeerId(0)));
    }
}
