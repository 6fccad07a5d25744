use super::plan::Plan;
use proto_base::Transport;
use std::fmt::{self, Write};

/// What the file means, in words: for `margrave check`.
pub(crate) fn explain(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_all(plan, &mut text);
    text
}

fn write_all(plan: &Plan, text: &mut String) -> fmt::Result {
    for server in plan.signalling.registrars() {
        for address in &server.addresses {
            writeln!(
                text,
                "SIP server  {} over {}, for {}",
                address,
                server.transport.via_token(),
                server.domain.as_deref().unwrap_or("every domain")
            )?;
        }
    }

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
    }
    for warning in &plan.warnings {
        writeln!(text, "\nwarning: {warning}")?;
    }
    Ok(())
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
