//! `margrave media`: the media engine alone, steered by a SIP proxy over ng.

use crate::check::remedy;
use crate::cli::MediaArguments;
use crate::exit::{Exit, Failure};
use control_command::Fingerprint;
use control_ng::Interface;
use engine_media::{Media, MediaSettings};
use engine_net::Identity;
use engine_ng::{Ng, NgSettings, Outcome, Peers};
use engine_telemetry::Format;
use media_offer_answer::{MediaNetwork, MediaPlan, RtpRange, WebRtcAddress};
use proto_base::NetworkId;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Workers close their ports within a turn.
const DRAIN: Duration = Duration::from_secs(2);
/// How often it is seen whether the thread still runs.
const GLANCE: Duration = Duration::from_secs(1);
/// Media threads. One, for now, as `engine-media` says.
const WORKERS: u16 = 1;
/// What an interface without a name is called.
const UNNAMED: &str = "default";

/// `[name/]address[!advertised]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceArgument {
    name: String,
    address: IpAddr,
    advertised: IpAddr,
}

impl FromStr for InterfaceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('/').unwrap_or((UNNAMED, text));
        let (address, advertised) = rest.split_once('!').unwrap_or((rest, rest));
        let read = |text: &str| {
            let address: IpAddr = text
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .map_err(|_| format!("\"{text}\" is no address; write 192.0.2.1 or 2001:db8::1"))?;
            if address.is_unspecified() || address.is_multicast() {
                return Err(format!(
                    "{address} is no address of one interface; `ip address` lists those there are"
                ));
            }
            Ok(address)
        };
        if name.is_empty() {
            return Err("a name is to stand before the slash".to_owned());
        }
        let (address, advertised) = (read(address)?, read(advertised)?);
        if address.is_ipv4() != advertised.is_ipv4() {
            return Err(format!("{address} and {advertised} are of two families"));
        }
        Ok(Self {
            name: name.to_owned(),
            address,
            advertised,
        })
    }
}

/// `first-last`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortsArgument {
    first: u16,
    last: u16,
}

impl FromStr for PortsArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no range of ports; write 30000-40000");
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let first: u16 = first.trim().parse().map_err(|_| wrong())?;
        let last: u16 = last.trim().parse().map_err(|_| wrong())?;
        let even = first
            .checked_add(first & 1)
            .filter(|first| *first >= 1024 && last.saturating_sub(*first) >= 3);
        match even {
            Some(first) => Ok(Self { first, last }),
            None => Err(format!(
                "{text} has no room: one port is for browsers and each telephone has two; begin at 1024 or above"
            )),
        }
    }
}

/// `udp:address:port`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListenArgument(SocketAddr);

impl FromStr for ListenArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = match text.split_once(':') {
            Some(("udp", address)) => address,
            Some((other @ ("tcp" | "http" | "https" | "ws" | "wss"), _)) => {
                return Err(format!(
                    "ng over {other} is not spoken here; write udp:127.0.0.1:2223"
                ));
            }
            _ => text,
        };
        let at: SocketAddr = address
            .parse()
            .map_err(|_| format!("\"{text}\" is no place to listen; write udp:127.0.0.1:2223"))?;
        if at.ip().is_unspecified() {
            return Err(
                "a reply has to leave from the address that was asked: name the address, or give --ng once for each"
                    .to_owned(),
            );
        }
        Ok(Self(at))
    }
}

/// Runs until a signal ends it.
pub(crate) fn media(arguments: &MediaArguments) -> Result<Exit, Failure> {
    engine_telemetry::init(Format::Text, &arguments.log_level).map_err(Failure::start)?;
    let listen: Vec<SocketAddr> = arguments.ng.iter().map(|it| it.0).collect();
    let peers = peers(&listen, &arguments.peers)?;
    let networks = networks(&arguments.interfaces)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::start)?;
    let (mut interrupt, mut terminate) = {
        let _entered = runtime.enter();
        (
            signal(SignalKind::interrupt()).map_err(Failure::start)?,
            signal(SignalKind::terminate()).map_err(Failure::start)?,
        )
    };
    // Before any thread runs, so that the reason is told with its remedy.
    for at in &listen {
        UdpSocket::bind(at).map_err(|error| {
            Failure::start(format!(
                "udp {at} cannot be had: {error}\n  remedy: {}",
                remedy(error.kind())
            ))
        })?;
    }
    let epoch = Instant::now();
    let started = SystemTime::now().duration_since(UNIX_EPOCH);
    // Made anew at each start: what authenticates it is the fingerprint in the SDP.
    let dtls = Identity::self_signed(&[]).map_err(Failure::start)?;
    let (sink, events) = engine_ng::events();
    let media = Media::start(
        MediaSettings {
            workers: WORKERS,
            public: networks
                .iter()
                .map(|it| SocketAddr::new(it.bind, arguments.ports.first))
                .collect(),
            certificate: dtls.certificate().to_vec(),
            private_key: dtls.private_key().to_vec(),
            epoch,
        },
        sink,
    )
    .map_err(Failure::start)?;
    let ng = Ng::start(
        NgSettings {
            listen,
            peers,
            interfaces: interfaces(&arguments.interfaces, &networks),
            media: plan(&networks, arguments.ports, dtls.sha256()),
            epoch,
            started: started.map_or(0, |since| since.as_secs()),
            drain: DRAIN,
        },
        media.commands(),
        events,
    )
    .map_err(Failure::start)?;
    for at in ng.addresses() {
        tracing::info!(%at, "ng");
    }
    tracing::info!("ready");
    runtime.block_on(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = broken(&ng) => tracing::error!("the ng thread has ended by itself"),
        }
    });
    ng.shutdown();
    let outcome = ng.join();
    media.stop();
    Ok(match outcome {
        Outcome::Drained => Exit::Well,
        Outcome::Overdue => Exit::Overdue,
        Outcome::Broken => Exit::Broken,
    })
}

async fn broken(ng: &Ng) {
    while !ng.is_over() {
        tokio::time::sleep(GLANCE).await;
    }
}

/// The protocol knows no proof of who speaks, so whoever reaches the port commands every call: who that may be is to be said.
fn peers(listen: &[SocketAddr], named: &[Peers]) -> Result<Vec<Peers>, Failure> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    if let Some(open) = listen.iter().find(|at| !at.ip().is_loopback()) {
        return Err(Failure::command(format!(
            "margrave: ng on {open} can be reached from other machines, and the protocol has no passwords\n  remedy: name the proxies that may speak, as in --peer 192.0.2.5; or listen on 127.0.0.1"
        )));
    }
    Ok(["127.0.0.0/8", "::1"]
        .iter()
        .filter_map(|block| block.parse().ok())
        .collect())
}

/// One bound address and what is told of it; several names may mean it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    id: NetworkId,
    bind: IpAddr,
    advertised: IpAddr,
}

fn networks(arguments: &[InterfaceArgument]) -> Result<Vec<Network>, Failure> {
    let mut networks: Vec<Network> = Vec::new();
    for argument in arguments {
        let known = networks.iter().find(|it| it.bind == argument.address);
        match known {
            Some(known) if known.advertised == argument.advertised => {}
            Some(known) => {
                return Err(Failure::command(format!(
                    "margrave: {} is advertised as {} and as {}; one address can have one face\n  remedy: give the machine a second address, or leave one out",
                    known.bind, known.advertised, argument.advertised
                )));
            }
            None => networks.push(Network {
                id: NetworkId(u16::try_from(networks.len()).unwrap_or(u16::MAX)),
                bind: argument.address,
                advertised: argument.advertised,
            }),
        }
    }
    Ok(networks)
}

fn interfaces(arguments: &[InterfaceArgument], networks: &[Network]) -> Vec<Interface> {
    let interface = |argument: &InterfaceArgument| {
        let network = networks.iter().find(|it| it.bind == argument.address)?;
        Some(Interface {
            name: argument.name.clone(),
            network: network.id,
            address: argument.advertised,
        })
    };
    arguments.iter().filter_map(interface).collect()
}

fn plan(networks: &[Network], ports: PortsArgument, digest: Vec<u8>) -> MediaPlan {
    let network = |it: &Network| MediaNetwork {
        ice: media_offer_answer::IceMode::Lite,
        id: it.id,
        webrtc: vec![WebRtcAddress {
            socket: proto_base::SocketId(0),
            advertised: SocketAddr::new(it.advertised, ports.first),
        }],
        rtp: Some(RtpRange {
            bind: it.bind,
            advertised: it.advertised,
            // The first pair is the browsers' port's.
            first: ports.first.saturating_add(2),
            last: ports.last,
        }),
    };
    MediaPlan {
        networks: networks.iter().map(network).collect(),
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest,
        },
        adopts: true,
        workers: WORKERS,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn an_interface_has_a_name_an_address_and_what_is_told_of_it() {
        let read = |text: &str| text.parse::<InterfaceArgument>();
        let interface = read("out/10.0.0.5!203.0.113.9").unwrap();
        assert_eq!(interface.name, "out");
        assert_eq!(interface.address, IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5)));
        assert_eq!(interface.advertised.to_string(), "203.0.113.9");
        let interface = read("[2001:db8::1]").unwrap();
        assert_eq!(interface.name, UNNAMED);
        assert!(matches!(interface.address, IpAddr::V6(it) if it != Ipv6Addr::UNSPECIFIED));
        for wrong in ["0.0.0.0", "eth0", "/10.0.0.1", "10.0.0.1!2001:db8::1", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_needs_room_for_browsers_and_one_telephone() {
        let read = |text: &str| text.parse::<PortsArgument>();
        assert_eq!(read("30001-40000").unwrap().first, 30_002);
        for wrong in ["30000", "40000-30000", "30000-30002", "80-90", "a-b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_port_that_others_can_reach_needs_its_peers_named() {
        let outside: ListenArgument = "udp:192.0.2.1:2223".parse().unwrap();
        assert!(peers(&[outside.0], &[]).is_err());
        assert!(peers(&[outside.0], &["192.0.2.5".parse().unwrap()]).is_ok());
        let inside: ListenArgument = "127.0.0.1:2223".parse().unwrap();
        let peers = peers(&[inside.0], &[]).unwrap();
        assert!(peers.iter().all(|it| !it.contains(outside.0.ip())));
        for wrong in ["udp:0.0.0.0:2223", "tcp:127.0.0.1:2223", "2223"] {
            assert!(wrong.parse::<ListenArgument>().is_err(), "{wrong}");
        }
    }
}
