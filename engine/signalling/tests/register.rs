//! The whole shell on loopback: a browser registers through Margrave at a registrar that is a thread of this test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use engine_media::{Media, MediaSettings};
use engine_net::{Identity, Net, NetListener, NetSettings};
use engine_signalling::{Outcome, Signalling, SignallingSettings, Wires, media_events};
use engine_telemetry::Redaction;
use media_offer_answer::{MediaNetwork, MediaPlan, RtpRange, WebRtcAddress};
use proto_base::{NetworkId, Transport};
use sbc_policy::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

const OUTSIDE: NetworkId = NetworkId(0);
const INSIDE: NetworkId = NetworkId(1);

struct Shell {
    net: Net,
    media: Media,
    signalling: Signalling,
    websocket: SocketAddr,
}

fn started(registrar: SocketAddr) -> Shell {
    let epoch = Instant::now();
    let identity = Identity::self_signed(&[]).unwrap();
    let (sink, media_events) = media_events();
    let media = Media::start(
        MediaSettings {
            workers: 1,
            public: vec!["127.0.0.1:0".parse().unwrap()],
            certificate: identity.certificate().to_vec(),
            private_key: identity.private_key().to_vec(),
            epoch,
        },
        sink,
    )
    .unwrap();
    let listener = |network, transport| NetListener {
        network,
        transport,
        bind: "127.0.0.1:0".parse().unwrap(),
    };
    let (net, net_events) = Net::start(NetSettings {
        listeners: vec![
            listener(OUTSIDE, Transport::Ws),
            listener(INSIDE, Transport::Udp),
        ],
        ..NetSettings::default()
    })
    .unwrap();
    let websocket = net.local_address(0).unwrap();
    let network = |id: NetworkId, name: &str, trust, transport, place| {
        let bind = net.local_address(place).unwrap();
        Network {
            id,
            name: name.to_owned(),
            trust,
            listeners: vec![Listener {
                transport,
                bind,
                advertised: bind,
            }],
        }
    };
    let plan = Plan {
        networks: vec![
            network(OUTSIDE, "outside", Trust::Outside, Transport::Ws, 0),
            network(INSIDE, "inside", Trust::Inside, Transport::Udp, 1),
        ],
        peers: vec![Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp).at(registrar)],
        grace: Duration::from_secs(30),
        patience: Duration::from_secs(6),
        ring: Duration::from_secs(170),
        product: None,
        max_calls: 10,
        max_bindings_per_flow: 10,
        ..Plan::new(Vec::new(), Vec::new())
    };
    let loopback = "127.0.0.1".parse().unwrap();
    let media_plan = MediaPlan {
        networks: vec![
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: OUTSIDE,
                webrtc: vec![WebRtcAddress {
                    socket: proto_base::SocketId(0),
                    advertised: media.public_addresses()[0],
                }],
                rtp: None,
            },
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: INSIDE,
                webrtc: Vec::new(),
                rtp: Some(RtpRange {
                    bind: loopback,
                    advertised: loopback,
                    first: 42_000,
                    last: 42_019,
                }),
            },
        ],
        fingerprint: control_command::Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: identity.sha256(),
        },
        adopts: false,
        workers: 1,
    };
    let settings = SignallingSettings {
        plan,
        media: media_plan,
        epoch,
        drain: Duration::from_secs(5),
        redaction: Redaction::Off,
    };
    let wires = Wires {
        outlet: net.outlet(),
        net_events,
        commands: media.commands(),
        media_events,
        hook: None,
    };
    let signalling = Signalling::start(settings, wires).unwrap();
    Shell {
        net,
        media,
        signalling,
        websocket,
    }
}

impl Shell {
    fn end(self) -> Outcome {
        self.signalling.shutdown();
        let outcome = self.signalling.join();
        self.net.stop();
        self.media.stop();
        outcome
    }
}

fn browser(to: SocketAddr) -> WebSocket<TcpStream> {
    let mut request = format!("ws://{to}/").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
    let stream = TcpStream::connect(to).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    tungstenite::client(request, stream).unwrap().0
}

/// As SIP.js words it.
fn register() -> String {
    [
        "REGISTER sip:example.com SIP/2.0",
        "Via: SIP/2.0/WS abcdefgh.invalid;branch=z9hG4bKone",
        "Max-Forwards: 70",
        "To: <sip:alice@example.com>",
        "From: <sip:alice@example.com>;tag=one",
        "Call-ID: register-of-alice",
        "CSeq: 1 REGISTER",
        "Contact: <sip:xyz@abcdefgh.invalid;transport=ws>;expires=600",
        "Content-Length: 0",
        "",
        "",
    ]
    .join("\r\n")
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let (_, value) = message
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .unwrap_or_else(|| panic!("no {name} in {message}"));
    value
}

/// Answers one REGISTER with 200, and hands it out.
fn answer(registrar: &UdpSocket) -> String {
    let mut room = [0; 4096];
    let (length, from) = registrar.recv_from(&mut room).unwrap();
    let request = String::from_utf8(room[..length].to_vec()).unwrap();
    let mut response = vec!["SIP/2.0 200 OK".to_owned()];
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        response.push(format!("{name}: {}", header(&request, name)));
    }
    response.push(format!("To: {};tag=registrar", header(&request, "To")));
    let contact = header(&request, "Contact");
    let expires = if contact.contains("expires=") {
        ""
    } else {
        ";expires=600"
    };
    response.push(format!("Contact: {contact}{expires}"));
    response.push("Content-Length: 0\r\n\r\n".to_owned());
    registrar
        .send_to(response.join("\r\n").as_bytes(), from)
        .unwrap();
    request
}

fn registrar() -> UdpSocket {
    let registrar = UdpSocket::bind("127.0.0.1:0").unwrap();
    registrar
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    registrar
}

fn read(browser: &mut WebSocket<TcpStream>) -> String {
    match browser.read().unwrap() {
        Message::Text(text) => text.to_string(),
        other => panic!("not text: {other:?}"),
    }
}

#[test]
fn a_browser_registers_through_the_whole_shell() {
    let registrar = registrar();
    let shell = started(registrar.local_addr().unwrap());
    let registrar = std::thread::spawn(move || answer(&registrar));
    let mut browser = browser(shell.websocket);
    browser.send(Message::text(register())).unwrap();

    let response = read(&mut browser);
    assert!(response.starts_with("SIP/2.0 200"), "{response}");
    let contact = header(&response, "Contact");
    assert!(
        contact.contains("sip:xyz@abcdefgh.invalid;transport=ws") && contact.contains("expires="),
        "the browser's own Contact: {contact}"
    );
    let relayed = registrar.join().unwrap();
    assert!(
        !relayed.contains("abcdefgh.invalid"),
        "the registrar hears of ours only: {relayed}"
    );
    let counters = shell.signalling.counters();
    assert_eq!(shell.end(), Outcome::Drained);
    assert_eq!(counters.registered.load(Ordering::Relaxed), 1);
}

#[test]
fn noise_is_answered_or_dropped_and_the_next_one_is_served() {
    let registrar = registrar();
    let shell = started(registrar.local_addr().unwrap());
    let mut noisy = browser(shell.websocket);
    for noise in [
        "",
        "\0",
        "REGISTER",
        "SIP/2.0 200 OK\r\n\r\n",
        "INVITE sip:a SIP/2.0\r\nVia: \r\n\r\n",
    ] {
        let _ = noisy.send(Message::text(noise));
    }
    let registrar = std::thread::spawn(move || answer(&registrar));
    let mut browser = browser(shell.websocket);
    browser.send(Message::text(register())).unwrap();
    assert!(read(&mut browser).starts_with("SIP/2.0 200"));
    registrar.join().unwrap();
    let counters = shell.signalling.counters();
    assert_eq!(shell.end(), Outcome::Drained);
    assert_eq!(counters.panics.load(Ordering::Relaxed), 0);
}

#[test]
fn an_end_with_nothing_to_do_is_quick_and_frees_the_ports() {
    let registrar = registrar();
    let shell = started(registrar.local_addr().unwrap());
    let (websocket, public) = (shell.websocket, shell.media.public_addresses()[0]);
    assert_eq!(shell.end(), Outcome::Drained);
    std::net::TcpListener::bind(websocket).expect("free");
    UdpSocket::bind(public).expect("free");
}
