use super::server::SIP_PORT;
use super::{Resolver, port};
use crate::config::plan::Advertised;
use crate::config::settings::Outside;
use proto_base::Transport;
use sbc_policy::Listener;
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

/// Where browsers connect when the file does not say: unprivileged, and where people look for a web server.
pub(super) const WS_PORT: u16 = 8080;
/// The same over TLS.
const WSS_PORT: u16 = 8443;

impl Resolver<'_> {
    pub(super) fn inside_listeners(
        &self,
        inside: IpAddr,
        server: Transport,
        ws: Option<SocketAddr>,
        wss: Option<SocketAddr>,
    ) -> Vec<Listener> {
        let written = &self.settings.network.inside;
        let sip = |transport, written: &Option<Spanned<u16>>| {
            let port = port(written).or((server == transport).then_some(SIP_PORT))?;
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
            web(Transport::Ws, ws),
            web(Transport::Wss, wss),
        ]
        .into_iter()
        .flatten()
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
