//! The border with everything around it that a try needs: a telephone exchange, users, services to call, a page to open.

mod exchange;
mod ports;

use crate::config::{self, Plan, System};
use crate::exit::{Exit, Failure};
use crate::page;
use crate::service::Service;
use demo_exchange::Settings;
use engine_telemetry::Format;
use exchange::Exchange;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

/// The exchange's domain; nobody's (RFC 2606 §3).
const DOMAIN: &str = "demo.example";
/// Name and password. Everybody may know them: the page tells them.
const USERS: [(&str, &str); 2] = [("alice", "wonderland"), ("bob", "builder")];
/// Number and name of what can be called.
const SERVICES: [(&str, &str); 2] = [("echo", "echo"), ("tone", "tone")];
/// First ports tried; each search goes upwards from here.
const WS_PORT: u16 = 8080;
/// High: Chromium refuses media on low ports of private addresses.
const MEDIA_PORT: u16 = 20000;
/// For the telephones' legs, and for the services' ends of them.
const RTP_PORT: u16 = 30000;
/// See above.
const SERVICE_PORT: u16 = 22000;
/// A hundred calls of each kind.
const RTP_PORTS: u16 = 200;

/// Runs the demo until a signal ends it.
pub(crate) fn demo(port: Option<u16>, address: Option<Ipv4Addr>) -> Result<Exit, Failure> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if let Some(address) = address {
        reachable(address)?;
    }
    let bound = address.map_or(loopback, |_| Ipv4Addr::UNSPECIFIED.into());
    let ws = match port {
        Some(port) => ports::this(bound, port)?,
        None => ports::stream(bound, WS_PORT)?,
    };
    let exchange = UdpSocket::bind((loopback, 0)).map_err(Failure::start)?;
    let exchange_address = exchange.local_addr().map_err(Failure::start)?;
    let media = ports::datagrams(bound, MEDIA_PORT, 1)?;
    let rtp = ports::datagrams(loopback, RTP_PORT, RTP_PORTS)?;
    let services = ports::datagrams(loopback, SERVICE_PORT, RTP_PORTS)?;
    let sip = ports::datagrams(loopback, 5060, 1)?;

    let text = configuration(&Chosen {
        exchange: exchange_address,
        sip,
        rtp,
        bound,
        ws,
        media,
        told: address.map_or(loopback, IpAddr::V4),
    });
    let plan = config::plan(&text, Path::new("demo"), &System).map_err(Failure::configuration)?;
    engine_telemetry::init(Format::Text, &plan.log_level).map_err(Failure::start)?;

    let mut settings = Settings::new(DOMAIN, exchange_address);
    settings.media_address = loopback;
    settings.media_ports = services..=services + (RTP_PORTS - 1);
    let settings = USERS.iter().fold(settings, |settings, (name, password)| {
        settings.with_user(name, password)
    });
    // Declared before the service, so that it outlives it: it hears the last BYE.
    let exchange = Exchange::start(settings, exchange)?;
    let service = Service::start(&plan, page::pages(&told()))?;
    print!("{}", welcome(&plan, ws, address));
    let outcome = service.until_signal();
    exchange.stop();
    outcome
}

/// What was found free.
struct Chosen {
    exchange: SocketAddr,
    sip: u16,
    rtp: u16,
    bound: IpAddr,
    ws: u16,
    media: u16,
    told: IpAddr,
}

/// The demo is configured as everything else is. Nobody is a member of the inside: it is the loopback, which only this machine reaches.
fn configuration(chosen: &Chosen) -> String {
    let Chosen {
        exchange,
        sip,
        rtp,
        bound,
        ws,
        media,
        told,
    } = chosen;
    let last = rtp + (RTP_PORTS - 1);
    format!(
        r#"
[server]
address = "{exchange}"
domain = "{DOMAIN}"
[network.inside]
address = "127.0.0.1"
members = []
sip-udp = {sip}
rtp-ports = "{rtp}-{last}"
[network.outside]
address = "{bound}"
ws = {ws}
media = {media}
advertise = {{ address = "{told}" }}
"#
    )
}

/// What the page is told.
fn told() -> serde_json::Value {
    json!({
        "domain": DOMAIN,
        "users": USERS.map(|(name, password)| json!({ "name": name, "password": password })),
        "services": SERVICES.map(|(number, name)| json!({ "number": number, "name": name })),
    })
}

fn welcome(plan: &Plan, port: u16, address: Option<Ipv4Addr>) -> String {
    let users = USERS
        .map(|(name, password)| format!("{name} (password {password})"))
        .join(", ");
    let elsewhere = address.map_or_else(String::new, |address| {
        format!(
            "\n          or http://{address}:{port} from another machine (there the browser gives no microphone: a tone is sent)"
        )
    });
    let missing = if page::is_built() {
        ""
    } else {
        "\n  The web phone is not in this program. Run `cargo xtask demo` in the source folder to have it built.\n"
    };
    format!(
        "
  Margrave demo is ready
{missing}
  Open    http://localhost:{port}{elsewhere}
  Call    echo    you hear yourself
          tone    you hear a tone
          bob     after opening a second phone, from a link on the page
  Users   {users}
  Media   udp {}

  Ctrl-C ends it.

",
        plan.media
    )
}

fn reachable(address: Ipv4Addr) -> Result<(), Failure> {
    match UdpSocket::bind((address, 0)) {
        Ok(_) if !address.is_unspecified() => Ok(()),
        _ => Err(Failure::start(format!(
            "{address} is no address of this machine\n  remedy: choose one that `ip address` shows, or leave --address out to try it on this machine alone"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn plan(told: &str, bound: &str) -> Plan {
        let text = configuration(&Chosen {
            exchange: "127.0.0.1:5999".parse().unwrap(),
            sip: 5061,
            rtp: RTP_PORT,
            bound: bound.parse().unwrap(),
            ws: 8081,
            media: 20001,
            told: told.parse().unwrap(),
        });
        config::plan(&text, Path::new("demo"), &System).unwrap()
    }

    #[test]
    fn on_this_machine_alone_there_is_nothing_to_doubt() {
        let plan = plan("127.0.0.1", "127.0.0.1");
        assert_eq!(plan.warnings, [] as [String; 0]);
        assert_eq!(plan.media.to_string(), "127.0.0.1:20001");
        assert_eq!(plan.advertised.udp, 20001);
    }

    #[test]
    fn for_the_lan_its_address_is_told_and_nobody_is_told_the_loopback() {
        let plan = plan("192.168.1.5", "0.0.0.0");
        assert_eq!(plan.advertised.address.to_string(), "192.168.1.5");
        assert_eq!(plan.media.to_string(), "0.0.0.0:20001");
        assert!(plan.members.is_empty());
    }

    #[test]
    fn the_page_is_told_of_users_and_services() {
        let told = told();
        assert_eq!(told["users"][0]["name"], "alice");
        assert_eq!(told["services"][0]["number"], "echo");
        assert_eq!(told["domain"], DOMAIN);
    }
}
