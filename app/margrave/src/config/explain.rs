use super::plan::{OUTSIDE, Plan};
use proto_base::Transport;
use sbc_policy::{Effect, PeerId, Role, Whose};
use std::fmt::{self, Write};
use std::net::IpAddr;

/// What the file means, in words: for `margrave check`.
pub(crate) fn explain(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_all(plan, &mut text);
    text
}

fn write_all(plan: &Plan, text: &mut String) -> fmt::Result {
    for server in plan.signalling.registrars() {
        for address in server.at_start.iter().chain(&server.addresses) {
            writeln!(
                text,
                "SIP server  {} over {}, for {}",
                address,
                server.transport.via_token(),
                server.domain.as_deref().unwrap_or("every domain")
            )?;
        }
    }

    peers(plan, text)?;
    routes(plan, text)?;

    writeln!(text, "\ninside      our address {}", plan.inside)?;
    for network in plan.signalling.networks.iter().take(1) {
        for listener in network
            .listeners
            .iter()
            .filter(|listener| !listener.transport.is_websocket())
        {
            writeln!(
                text,
                "            SIP over {} on {}",
                listener.transport.via_token(),
                listener.bind
            )?;
        }
    }
    writeln!(
        text,
        "            RTP on {} ports {}-{} ({} calls)",
        plan.rtp.bind,
        plan.rtp.first,
        plan.rtp.last,
        (plan.rtp.last - plan.rtp.first).div_ceil(2)
    )?;
    let members: Vec<String> = plan.members.iter().map(ToString::to_string).collect();
    writeln!(text, "            members {}", members.join(", "))?;
    writeln!(
        text,
        "            their browsers are told media {}:{}",
        bracket(plan.inside),
        plan.media.port()
    )?;

    writeln!(text, "\noutside     everybody else")?;
    for listener in listeners(plan) {
        writeln!(text, "            {listener}")?;
    }
    let media: Vec<String> = plan
        .media_sockets()
        .iter()
        .map(ToString::to_string)
        .collect();
    writeln!(text, "            media on udp {}", media.join(" and "))?;
    writeln!(
        text,
        "            their browsers are told media {}:{}",
        bracket(plan.advertised.address),
        plan.advertised.udp
    )?;
    writeln!(
        text,
        "            pages of {} may connect",
        if plan.allowed_origins.is_empty() {
            "every origin".to_owned()
        } else {
            plan.allowed_origins.join(", ")
        }
    )?;

    let told = plan.advertised.address;
    if told != plan.media.ip() && told != plan.inside {
        let tcp = plan.wss.as_ref().map(|(bind, _)| *bind).or(plan.ws);
        writeln!(text, "\nOn the router {told} forward")?;
        let to = if plan.media.ip().is_unspecified() {
            plan.inside
        } else {
            plan.media.ip()
        };
        if let Some(tcp) = tcp {
            let to = if tcp.ip().is_unspecified() {
                plan.inside
            } else {
                tcp.ip()
            };
            writeln!(
                text,
                "            tcp {} to {}:{}",
                plan.advertised.tcp,
                bracket(to),
                tcp.port()
            )?;
        }
        writeln!(
            text,
            "            udp {} to {}:{}",
            plan.advertised.udp,
            bracket(to),
            plan.media.port()
        )?;
        forwards_for_trunks(plan, text)?;
    }
    for warning in &plan.warnings {
        writeln!(text, "\nwarning: {warning}")?;
    }
    Ok(())
}

/// The other servers and the trunks. Never a password.
fn peers(plan: &Plan, text: &mut String) -> fmt::Result {
    for peer in plan.signalling.peers.iter().skip(1) {
        let (kind, place) = match peer.role {
            Role::Registrar => ("registrar", String::new()),
            Role::Trunk => {
                let network = plan.signalling.network(peer.network);
                let name = network.map_or("nowhere", |network| network.name.as_str());
                ("trunk", format!(", {name}"))
            }
        };
        let named = peer.uri.iter().map(ToString::to_string);
        let written = peer.addresses.iter().map(ToString::to_string);
        let mut at = named.chain(written).collect::<Vec<_>>().join(", ");
        if at.is_empty() {
            at.push_str("nowhere");
        }
        write!(
            text,
            "{kind:<12}{}: {at} over {}{place}",
            peer.name,
            peer.transport.via_token()
        )?;
        if peer.role == Role::Registrar {
            let domain = peer.domain.as_deref().unwrap_or("every other domain");
            write!(text, ", for {domain}")?;
        }
        if let (Some(_), Some(account)) = (peer.register, &peer.account) {
            write!(text, ", registers as {}", account.username)?;
        }
        writeln!(text)?;
    }
    Ok(())
}

fn routes(plan: &Plan, text: &mut String) -> fmt::Result {
    let name = |peer: PeerId| {
        let peer = plan.signalling.peer(peer);
        peer.map_or_else(String::new, |peer| peer.name.clone())
    };
    if !plan.signalling.routes.is_empty() {
        writeln!(text)?;
    }
    for route in &plan.signalling.routes {
        let from: Vec<String> = route
            .from
            .iter()
            .map(|whose| match whose {
                Whose::Browsers => "browsers".to_owned(),
                Whose::Peer(peer) => name(*peer),
            })
            .collect();
        let from = if from.is_empty() {
            String::new()
        } else {
            format!("from {}: ", from.join(", "))
        };
        let called: Vec<String> = route.called.iter().map(ToString::to_string).collect();
        let called = if called.is_empty() {
            "every number".to_owned()
        } else {
            called.join(", ")
        };
        let to = match &route.effect {
            Effect::Peers(choices) => {
                let names: Vec<String> = choices.iter().map(|choice| name(choice.peer)).collect();
                names.join(", ")
            }
            Effect::Users(users) => users.join(", "),
            Effect::Refuse { status, .. } => format!("refused with {status}"),
        };
        writeln!(text, "route       {}: {from}{called} -> {to}", route.name)?;
    }
    Ok(())
}

/// What trunks on the outside need of the router.
fn forwards_for_trunks(plan: &Plan, text: &mut String) -> fmt::Result {
    let network = plan.signalling.network(OUTSIDE);
    let sip = network.iter().flat_map(|network| &network.listeners);
    for listener in sip.filter(|listener| !listener.transport.is_websocket()) {
        let carried = if listener.transport.is_reliable() {
            "tcp"
        } else {
            "udp"
        };
        let to = reachable(plan, listener.bind.ip());
        writeln!(
            text,
            "            {carried} {} to {}:{}",
            listener.advertised.port(),
            bracket(to),
            listener.bind.port()
        )?;
    }
    if let Some(rtp) = plan.outside_rtp {
        writeln!(
            text,
            "            udp {}-{} to {}, the same ports",
            rtp.first,
            rtp.last,
            reachable(plan, rtp.bind)
        )?;
    }
    Ok(())
}

/// Bound to every address is reached at the inside one.
fn reachable(plan: &Plan, bound: IpAddr) -> IpAddr {
    if bound.is_unspecified() {
        plan.inside
    } else {
        bound
    }
}

fn listeners(plan: &Plan) -> Vec<String> {
    let wss = plan.wss.as_ref().map(|(bind, _)| *bind);
    [
        (plan.ws, "http", Transport::Ws),
        (wss, "https", Transport::Wss),
    ]
    .into_iter()
    .filter_map(|(bind, scheme, transport)| {
        let sockets = plan.sockets(bind?);
        let pages: Vec<String> = sockets
            .iter()
            .map(|at| format!("{scheme}://{at}"))
            .collect();
        Some(format!(
            "browsers on {} ({})",
            pages.join(" and "),
            transport.via_token()
        ))
    })
    .collect()
}

/// As it stands before a colon and a port.
fn bracket(address: std::net::IpAddr) -> String {
    if address.is_ipv6() {
        format!("[{address}]")
    } else {
        address.to_string()
    }
}
