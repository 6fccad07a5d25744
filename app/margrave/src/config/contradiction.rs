use super::address::{collide, is_private};
use super::fault::Fault;
use super::plan::{INSIDE, OUTSIDE, Plan};
use super::settings::Settings;
use proto_base::{NetworkId, Transport};
use std::net::{IpAddr, SocketAddr};
use std::ops::{Range, RangeInclusive};
use toml::Spanned;

/// Lines that are right each by itself and wrong together.
pub(crate) fn find(settings: &Settings, plan: &Plan) -> Vec<Fault> {
    let mut faults = addresses(settings, plan);
    faults.extend(ports(settings, plan));
    faults.extend(certificates(settings, plan));
    faults
}

/// Certificates are demanded where nobody speaks TLS.
fn certificates(settings: &Settings, plan: &Plan) -> Vec<Fault> {
    let speaks = |network: &NetworkId| {
        let network = plan.signalling.network(*network);
        let mut listeners = network.iter().flat_map(|network| &network.listeners);
        listeners.any(|listener| listener.transport == Transport::Tls)
    };
    let idle = plan.mutual.iter().filter(|network| !speaks(network));
    idle.map(|network| {
        let written = match *network {
            INSIDE => &settings.network.inside.sip_tls_mutual,
            _ => &settings.network.outside.sip_tls_mutual,
        };
        Fault::at(
            span(written).unwrap_or_default(),
            "certificates are demanded where no SIP over TLS is heard".to_owned(),
            "write the port too: sip-tls = 5061; or remove the line",
        )
    })
    .collect()
}

fn span<T>(written: &Option<Spanned<T>>) -> Option<Range<usize>> {
    written.as_ref().map(Spanned::span)
}

fn addresses(settings: &Settings, plan: &Plan) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some((server, transport)) = plan.server() else {
        return faults;
    };
    let server_span = settings
        .server
        .as_ref()
        .and_then(|server| span(&server.get_ref().address));
    let (inside, outside) = (&settings.network.inside, &settings.network.outside);
    let advertise = outside.advertise.as_ref().map(Spanned::get_ref);

    if plan.inside.is_unspecified() || plan.inside.is_multicast() {
        faults.push(Fault::at(
            span(&inside.address).unwrap_or_default(),
            format!("{} is no address that the server could answer to", plan.inside),
            "write this machine's own address in the inside network, or remove the line to have it found",
        ));
    } else if plan.inside.is_ipv4() != server.is_ipv4() {
        faults.push(
            Fault::at(
                span(&inside.address).unwrap_or_default(),
                format!(
                    "our inside address {} cannot reach the server {}: one is IPv4, the other IPv6",
                    plan.inside,
                    server.ip()
                ),
                "write our address of the same kind as the server's",
            )
            .against(server_span.clone()),
        );
    }
    let own = plan
        .signalling
        .networks
        .iter()
        .flat_map(|network| &network.listeners);
    for listener in own.filter(|listener| !listener.transport.is_websocket()) {
        if listener.transport == transport && listener.bind == server {
            let (name, written) = match listener.transport {
                Transport::Tcp => ("sip-tcp", span(&inside.sip_tcp)),
                _ => ("sip-udp", span(&inside.sip_udp)),
            };
            faults.push(
                Fault::at(
                    server_span.clone().unwrap_or_default(),
                    format!("the server's address {server} is our own: Margrave would call itself"),
                    format!(
                        "write where the SIP server listens; if it runs on this machine, give Margrave another port:\n[network.inside]\n{name} = 5070"
                    ),
                )
                .against(written),
            );
        }
    }
    let told = advertise
        .and_then(|advertise| span(&advertise.address))
        .or(span(&outside.address));
    if plan.advertised.address.is_unspecified() {
        // Where neither is written it is the inside address, and that has its own fault already.
        faults.extend(told.map(|told| Fault::at(
            told,
            format!("{} cannot be told to browsers: it is nobody's address", plan.advertised.address),
            "tell the address under which the outside finds us: advertise = { address = \"203.0.113.5\" }",
        )));
    } else if plan.advertised.address.is_ipv4() != plan.media.is_ipv4() {
        faults.push(
            Fault::at(
                advertise
                    .and_then(|advertise| span(&advertise.address))
                    .unwrap_or_default(),
                format!(
                    "{} is advertised, but media is bound on {}: one is IPv4, the other IPv6",
                    plan.advertised.address,
                    plan.media.ip()
                ),
                "advertise an address of the same kind as the outside address",
            )
            .against(span(&outside.address)),
        );
    }
    if plan.media.ip().is_unspecified() && plan.inside.is_ipv4() != plan.media.is_ipv4() {
        faults.push(
            Fault::at(
                span(&outside.address).unwrap_or_default(),
                format!(
                    "{} does not reach the inside address {}, where browsers of the LAN are told the media port is: one is IPv4, the other IPv6",
                    plan.media.ip(),
                    plan.inside
                ),
                "write this machine's outside address itself",
            )
            .against(span(&inside.address)),
        );
    }
    faults
}

/// Something that wants ports of this machine.
struct Claim {
    name: &'static str,
    datagram: bool,
    address: IpAddr,
    ports: RangeInclusive<u16>,
    span: Option<Range<usize>>,
}

impl Claim {
    fn show(&self) -> String {
        let (first, last) = (self.ports.start(), self.ports.end());
        let default = if self.span.is_none() {
            ", the default"
        } else {
            ""
        };
        if first == last {
            format!("`{}` ({first}{default})", self.name)
        } else {
            format!("`{}` ({first}-{last}{default})", self.name)
        }
    }
}

fn ports(settings: &Settings, plan: &Plan) -> Vec<Fault> {
    let (inside, outside) = (&settings.network.inside, &settings.network.outside);
    let sip = |network: NetworkId, transport| {
        plan.signalling
            .network(network)?
            .listeners
            .iter()
            .find(|listener| listener.transport == transport)
            .map(|listener| listener.bind)
    };
    let claim = |name, datagram, bind: SocketAddr, span| Claim {
        name,
        datagram,
        address: bind.ip(),
        ports: bind.port()..=bind.port(),
        span,
    };
    let mut claims = Vec::new();
    for (network, name, transport, written) in [
        (INSIDE, "sip-udp", Transport::Udp, &inside.sip_udp),
        (INSIDE, "sip-tcp", Transport::Tcp, &inside.sip_tcp),
        (INSIDE, "sip-tls", Transport::Tls, &inside.sip_tls),
        (OUTSIDE, "sip-udp", Transport::Udp, &outside.sip_udp),
        (OUTSIDE, "sip-tcp", Transport::Tcp, &outside.sip_tcp),
        (OUTSIDE, "sip-tls", Transport::Tls, &outside.sip_tls),
    ] {
        let is_datagram = transport == Transport::Udp;
        claims.extend(
            sip(network, transport).map(|bind| claim(name, is_datagram, bind, span(written))),
        );
    }
    for (rtp, written) in [
        (Some(plan.rtp), &inside.rtp_ports),
        (plan.outside_rtp, &outside.rtp_ports),
    ] {
        claims.extend(rtp.map(|rtp| Claim {
            name: "rtp-ports",
            datagram: true,
            address: rtp.bind,
            ports: rtp.first..=rtp.last,
            span: span(written),
        }));
    }
    for (name, datagram, bind, written) in [
        ("ws", false, plan.ws, &outside.ws),
        (
            "wss",
            false,
            plan.wss.as_ref().map(|(bind, _)| *bind),
            &outside.wss,
        ),
        ("media", true, Some(plan.media), &outside.media),
    ] {
        let sockets = bind.map(|bind| plan.sockets(bind)).unwrap_or_default();
        claims.extend(
            sockets
                .into_iter()
                .map(|bind| claim(name, datagram, bind, span(written))),
        );
    }
    let mut faults: Vec<Fault> = Vec::new();
    for (index, one) in claims.iter().enumerate() {
        for other in claims.iter().skip(index + 1) {
            let overlap =
                one.ports.start() <= other.ports.end() && other.ports.start() <= one.ports.end();
            if one.datagram == other.datagram && overlap && collide(one.address, other.address) {
                // The mark goes to a line that is there; the default it meets has none.
                let (marked, against) = match &other.span {
                    Some(span) => (span.clone(), one.span.clone()),
                    None => (one.span.clone().unwrap_or_default(), None),
                };
                let fault = Fault::at(
                    marked,
                    format!(
                        "{} and {} want the same {} port of this machine",
                        other.show(),
                        one.show(),
                        if one.datagram { "UDP" } else { "TCP" }
                    ),
                    format!(
                        "give one of them another port: `{}` or `{}`",
                        other.name, one.name
                    ),
                )
                .against(against);
                // Ports that meet on both addresses are told once.
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
    }
    faults
}

/// What is possible, but probably not what was wanted.
pub(crate) fn doubts(plan: &Plan) -> Vec<String> {
    let mut doubts = Vec::new();
    let told = plan.advertised;
    let local = told.address.is_loopback();
    if is_private(told.address) && !local {
        doubts.push(format!(
            "browsers outside are told {}, which the Internet cannot reach: only browsers that reach this machine directly will hear anything. \
             Forward a TCP and a UDP port on the router and say so: advertise = {{ address = \"the router's public address\", tcp = 443, udp = 443 }}",
            told.address
        ));
    }
    // Chromium's rule: below 1024 only 80 and 443, and those only on public addresses.
    let refused = |address: IpAddr, port: u16| {
        port < 1024 && (is_private(address) || ![80, 443].contains(&port))
    };
    if refused(told.address, told.udp) {
        doubts.push(format!(
            "Chromium refuses media on {}: below 1024 it takes only 80 and 443, and those only on public addresses. Choose a port above 1023",
            SocketAddr::new(told.address, told.udp)
        ));
    }
    if refused(plan.inside, plan.media.port()) && plan.inside != told.address {
        doubts.push(format!(
            "browsers inside are told {}, which Chromium refuses (a port below 1024 on a private address). Choose media = 20000 and let the router forward its UDP port to that",
            SocketAddr::new(plan.inside, plan.media.port())
        ));
    }
    let in_the_clear = |peer: &&sbc_policy::Peer| {
        peer.srtp != sbc_policy::Srtp::Never && peer.transport != Transport::Tls
    };
    doubts.extend(plan.signalling.peers.iter().filter(in_the_clear).map(|peer| {
        format!(
            "the keys of {}'s media stand in signalling that anybody on the way can read. Speak TLS with it: transport = \"tls\"",
            peer.name
        )
    }));
    if plan.wss.is_none() && !local {
        doubts.push(
            "browsers give no microphone to a page without TLS (but for localhost). Set certificate and key, or put a proxy with TLS in front of the ws port"
                .to_owned(),
        );
    }
    if plan
        .members
        .iter()
        .any(|block| block.contains(told.address))
        && !is_private(told.address)
    {
        doubts.push(format!(
            "the advertised address {} is among the inside's members: browsers outside that come from it are told the inside address",
            told.address
        ));
    }
    let pairs = usize::from((plan.rtp.last - plan.rtp.first).div_ceil(2));
    if pairs < plan.signalling.max_calls {
        doubts.push(format!(
            "calls = {} is more than the rtp-ports have room for: {pairs} port pairs",
            plan.signalling.max_calls
        ));
    }
    doubts
}
