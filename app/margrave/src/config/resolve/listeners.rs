use super::peer::SIPS_PORT;
use super::server::SIP_PORT;
use super::{Resolver, port};
use crate::config::plan::{Advertised, INSIDE, OUTSIDE};
use crate::config::settings::Outside;
use proto_base::{NetworkId, Transport};
use sbc_policy::{Listener, Peer};
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

/// Where browsers connect when the file does not say: unprivileged, and where people look for a web server.
pub(super) const WS_PORT: u16 = 8080;
/// The same over TLS.
const WSS_PORT: u16 = 8443;

/// SIP from trunks on the outside: not 5060, which the inside has, often on the same address.
const OUTSIDE_SIP_PORT: u16 = 5080;
/// The same over TLS.
const OUTSIDE_SIPS_PORT: u16 = 5081;

impl Resolver<'_> {
    pub(super) fn inside_listeners(
        &self,
        inside: IpAddr,
        peers: &[Peer],
        ws: Option<SocketAddr>,
        wss: Option<SocketAddr>,
    ) -> Vec<Listener> {
        let written = &self.settings.network.inside;
        let sip = |transport, written: &Option<Spanned<u16>>| {
            let default = if transport == Transport::Tls {
                SIPS_PORT
            } else {
                SIP_PORT
            };
            let port = port(written).or(speaks(peers, INSIDE, transport).then_some(default))?;
            let bind = SocketAddr::new(inside, port);
            Some(Listener {
                transport,
                bind,
                advertised: bind,
            })
        };
        // Browsers of the LAN come to the same port, and are told the inside address.
        let web = |transport, outside: Option<SocketAddr>| {
            outside.map(|outside| {
                let advertised = SocketAddr::new(inside, outside.port());
                let bind = if outside.ip().is_unspecified() {
                    outside
                } else {
                    advertised
                };
                Listener {
                    transport,
                    bind,
                    advertised,
                }
            })
        };
        [
            sip(Transport::Udp, &written.sip_udp),
            sip(Transport::Tcp, &written.sip_tcp),
            sip(Transport::Tls, &written.sip_tls),
            web(Transport::Ws, ws),
            web(Transport::Wss, wss),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Whether somebody there is spoken to so. A trunk known by name alone may be found under another transport than the plan's, which is
/// then spoken from a port of the system's choice.
fn speaks(peers: &[Peer], network: NetworkId, transport: Transport) -> bool {
    peers
        .iter()
        .any(|peer| peer.network == network && peer.transport == transport)
}

impl Resolver<'_> {
    /// Where trunks on the outside find us.
    pub(super) fn trunk_listeners(
        &self,
        outside: IpAddr,
        advertised: IpAddr,
        peers: &[Peer],
    ) -> Vec<Listener> {
        let written = &self.settings.network.outside;
        [
            (Transport::Udp, &written.sip_udp, OUTSIDE_SIP_PORT),
            (Transport::Tcp, &written.sip_tcp, OUTSIDE_SIP_PORT),
            (Transport::Tls, &written.sip_tls, OUTSIDE_SIPS_PORT),
        ]
        .into_iter()
        .filter_map(|(transport, written, default)| {
            let port = port(written).or(speaks(peers, OUTSIDE, transport).then_some(default))?;
            Some(Listener {
                transport,
                bind: SocketAddr::new(outside, port),
                advertised: SocketAddr::new(advertised, port),
            })
        })
        .collect()
    }
}

/// TLS if there is a certificate; without TLS if that is asked for, or if there is nothing else.
pub(super) fn web_ports(outside: &Outside, certificate: bool) -> (Option<u16>, Option<u16>) {
    let (ws, wss) = (port(&outside.ws), port(&outside.wss));
    match (ws, wss) {
        (None, None) if !certificate => (Some(WS_PORT), None),
        (ws, None) if certificate => (ws, Some(WSS_PORT)),
        both => both,
    }
}

/// A forwarded TCP port leads to TLS if there is TLS.
pub(super) fn outside_listeners(
    advertised: Advertised,
    ws: Option<SocketAddr>,
    wss: Option<SocketAddr>,
) -> Vec<Listener> {
    let listener = |transport, bind: SocketAddr, port| Listener {
        transport,
        bind,
        advertised: SocketAddr::new(advertised.address, port),
    };
    let plain = |bind: SocketAddr| {
        if wss.is_some() {
            bind.port()
        } else {
            advertised.tcp
        }
    };
    ws.map(|bind| listener(Transport::Ws, bind, plain(bind)))
        .into_iter()
        .chain(wss.map(|bind| listener(Transport::Wss, bind, advertised.tcp)))
        .collect()
}
