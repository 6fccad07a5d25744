//! Browsers that vanish, that do not read, that come through proxies and over IPv6. The far end of the handshake is always the
//! client's: Margrave dials no WebSocket, so a handshake answered with something else (PITFALLS P60) cannot happen to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod world;

use engine_net::{Block, NetEvent, NetSettings, Proxies, Target, Undelivered};
use proto_base::{Flow, Transport};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use world::*;

fn request(to: SocketAddr, forwarded: Option<&str>) -> tungstenite::handshake::client::Request {
    let mut request = format!("ws://{to}/").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
    if let Some(forwarded) = forwarded {
        headers.insert("X-Forwarded-For", forwarded.parse().unwrap());
    }
    request
}

fn browser(to: SocketAddr) -> WebSocket<TcpStream> {
    tungstenite::client(request(to, None), connect(to))
        .unwrap()
        .0
}

/// A browser behind a proxy that says this before the handshake, or in it.
fn proxied(to: SocketAddr, before: &[u8], within: Option<&str>) -> Option<WebSocket<TcpStream>> {
    let mut stream = connect(to);
    stream.write_all(before).unwrap();
    let shaken = tungstenite::client(request(to, within), stream);
    shaken.ok().map(|(socket, _)| socket)
}

fn loopback_is_a_proxy(protocol: bool) -> impl FnOnce(&mut NetSettings) {
    move |settings| {
        settings.proxies = Proxies {
            trusted: vec![Block::parse("127.0.0.0/8").unwrap()],
            protocol,
        };
        settings.limits.connections_per_source = 2;
    }
}

#[test]
fn p9_p15_a_browser_is_pinged_and_one_that_vanished_is_gone_after_two_silences() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.ping = Duration::from_millis(50);
    });
    let address = net.local_address(0).unwrap();
    let asleep = browser(address);
    let (gone, _) = opened(&mut events);
    assert_eq!(next(&mut events), Some(NetEvent::Closed(gone.flow)));
    assert_eq!(
        net.outlet().send(Target::Flow(gone.flow), b"x".to_vec()),
        Err(Undelivered::Closed(gone.flow))
    );
    drop(asleep);
    // One that is awake stays, however silent its application is.
    let mut awake = browser(address);
    let (arrival, _) = opened(&mut events);
    let mut pings = 0;
    while pings < 10 {
        if let Message::Ping(_) = awake.read().unwrap() {
            pings += 1;
        }
    }
    let flow = Target::Flow(arrival.flow);
    net.outlet().send(flow, b"still here".to_vec()).unwrap();
    while awake.read().unwrap() != Message::text("still here") {}
}

#[test]
fn p14_browsers_are_pinged_before_any_router_forgets_them_and_thousands_may_stay() {
    let limits = engine_net::Limits::default();
    assert!(limits.ping <= Duration::from_secs(30));
    assert!(limits.connections >= 10_000);
}

#[test]
fn p11_a_browser_over_ipv6_is_answered_over_tls_and_without() {
    let authority = Authority::new();
    let all = [
        Transport::Ws,
        Transport::Wss,
        Transport::Tcp,
        Transport::Tls,
        Transport::Udp,
    ];
    let (net, mut events) = started_at("[::1]:0", &all, |settings| {
        settings.identity = Some(authority.identity(&["localhost", "::1"]));
        settings.authorities = authority.authorities();
    });
    let at = |nth| net.local_address(nth).unwrap();
    let secure = authority.client(at(1), "localhost");
    let mut bare = browser(at(0));
    let mut secure = tungstenite::client(request(at(1), None), secure).unwrap().0;
    for transport in [Transport::Ws, Transport::Wss] {
        let (arrival, _) = opened(&mut events);
        assert_eq!(arrival.transport, transport);
        assert!(arrival.remote.is_ipv6() && arrival.local.ip().is_loopback());
        let flow = Target::Flow(arrival.flow);
        net.outlet().send(flow, b"SIP/2.0 200 OK".to_vec()).unwrap();
    }
    assert_eq!(bare.read().unwrap(), Message::text("SIP/2.0 200 OK"));
    assert_eq!(secure.read().unwrap(), Message::text("SIP/2.0 200 OK"));
    // And servers are dialled over it, from the address that is bound.
    for (nth, transport) in [
        (2, Transport::Tcp),
        (3, Transport::Tls),
        (4, Transport::Udp),
    ] {
        net.outlet()
            .send(to(transport, at(nth)), OPTIONS.to_vec())
            .unwrap();
        let heard = std::iter::from_fn(|| next(&mut events)).find_map(|event| match event {
            NetEvent::Received(arrival, message) => Some((arrival, message)),
            NetEvent::Unreachable(target) => panic!("{target:?}"),
            _ => None,
        });
        let (arrival, message) = heard.unwrap();
        assert_eq!(message, OPTIONS);
        assert_eq!(arrival.transport, transport);
        assert!(arrival.remote.is_ipv6());
    }
}

#[test]
fn p12_a_browser_that_stops_reading_stalls_nobody() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.queue_octets = 64 * 1024;
    });
    let address = net.local_address(0).unwrap();
    let deaf = browser(address);
    let (deaf_arrival, _) = opened(&mut events);
    let mut others: Vec<_> = (0..5).map(|_| browser(address)).collect();
    let flows: Vec<_> = (0..5).map(|_| opened(&mut events).0.flow).collect();
    let outlet = net.outlet();
    let mut cut = None;
    for round in 0..10_000 {
        let sent = outlet.send(Target::Flow(deaf_arrival.flow), vec![b'a'; 8 * 1024]);
        // Meanwhile everybody else is served.
        let nth = round % 5;
        let word = format!("round {round}");
        outlet
            .send(Target::Flow(flows[nth]), word.clone().into_bytes())
            .unwrap();
        assert_eq!(others[nth].read().unwrap(), Message::text(word));
        if let Err(error) = sent {
            cut = Some(error);
            break;
        }
    }
    assert_eq!(cut, Some(Undelivered::Closed(deaf_arrival.flow)));
    drop(deaf);
}

#[test]
fn p16_behind_a_proxy_that_names_them_clients_are_told_and_counted_apart() {
    for protocol in [false, true] {
        let (net, mut events) = started(&[Transport::Ws], loopback_is_a_proxy(protocol));
        let address = net.local_address(0).unwrap();
        let comes = |client: &str| {
            let line = format!("PROXY TCP4 {client} 10.0.0.1 4711 443\r\n");
            if protocol {
                proxied(address, line.as_bytes(), None)
            } else {
                proxied(address, b"", Some(&format!("198.51.100.66, {client}")))
            }
        };
        let mut held = Vec::new();
        for client in ["203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.3"] {
            held.push(comes(client).expect("a place for each"));
            let (arrival, _) = opened(&mut events);
            assert_eq!(arrival.remote.ip().to_string(), client);
            assert_ne!(arrival.remote.port(), 0);
        }
        // A third one of the same client is one too many.
        if let Some(mut third) = comes("203.0.113.1") {
            assert!(third.read().is_err());
        }
        held.push(comes("203.0.113.4").expect("others are not meant by it"));
        let (arrival, _) = opened(&mut events);
        assert_eq!(arrival.remote.ip().to_string(), "203.0.113.4");
    }
}

#[test]
fn p16_what_a_stranger_says_of_his_address_is_not_believed() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let address = net.local_address(0).unwrap();
    let _one = proxied(address, b"", Some("203.0.113.1")).unwrap();
    let (arrival, _) = opened(&mut events);
    assert!(arrival.remote.ip().is_loopback());
    let line = b"PROXY TCP4 203.0.113.1 10.0.0.1 4711 443\r\n";
    assert!(proxied(address, line, None).is_none());
}

#[test]
fn a_trusted_proxy_that_does_not_say_whom_it_brings_is_not_served() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        loopback_is_a_proxy(true)(settings);
        settings.limits.header_read = Duration::from_millis(200);
    });
    let address = net.local_address(0).unwrap();
    assert!(proxied(address, b"", Some("203.0.113.1")).is_none());
    // Nor one that never comes to the end of saying it.
    let mut slow = connect(address);
    slow.write_all(b"PROXY TCP4 203.").unwrap();
    assert_eq!(slow.read(&mut [0]).unwrap(), 0);
    // Its own look at whether we live is a connection like another.
    let mut own = proxied(address, b"PROXY UNKNOWN\r\n", None).unwrap();
    let (arrival, _) = opened(&mut events);
    assert!(arrival.remote.ip().is_loopback());
    own.send(Message::text("REGISTER")).unwrap();
    received(&mut events);
}

#[test]
fn p16_a_proxy_may_speak_its_protocol_in_front_of_tls() {
    let authority = Authority::new();
    let (net, mut events) = started(&[Transport::Wss], |settings| {
        settings.identity = Some(authority.identity(&["localhost"]));
        loopback_is_a_proxy(true)(settings);
    });
    let address = net.local_address(0).unwrap();
    let mut secure = authority.client(address, "localhost");
    let signature =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0C\xCB\x00\x71\x07\x0A\x00\x00\x01\x12\x67\x01\xBB";
    secure.sock.write_all(signature).unwrap();
    let (mut socket, _) = tungstenite::client(request(address, None), secure).unwrap();
    let (arrival, _) = opened(&mut events);
    assert_eq!(arrival.remote, "203.0.113.7:4711".parse().unwrap());
    socket.send(Message::text("REGISTER")).unwrap();
    assert_eq!(received(&mut events), (arrival, b"REGISTER".to_vec()));
}

#[test]
fn p45_a_message_of_almost_64_kilobytes_crosses_a_websocket_whole_in_one_frame_and_in_fragments() {
    use tungstenite::protocol::frame::Frame;
    use tungstenite::protocol::frame::coding::{Data, OpCode};
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let mut page = browser(net.local_address(0).unwrap());
    let (arrival, _) = opened(&mut events);
    let message = long_message(60_000);
    page.send(Message::binary(message.clone())).unwrap();
    assert_eq!(received(&mut events), (arrival, message.clone()));
    let pieces: Vec<&[u8]> = message.chunks(2000).collect();
    for (nth, piece) in pieces.iter().enumerate() {
        let kind = if nth == 0 {
            Data::Binary
        } else {
            Data::Continue
        };
        let last = nth + 1 == pieces.len();
        let frame = Frame::message(piece.to_vec(), OpCode::Data(kind), last);
        page.send(Message::Frame(frame)).unwrap();
    }
    assert_eq!(received(&mut events), (arrival, message.clone()));
    let flow = Target::Flow(arrival.flow);
    net.outlet().send(flow, message.clone()).unwrap();
    assert_eq!(page.read().unwrap().into_data(), message);
}

#[test]
fn one_frame_and_one_datagram_are_one_message_whatever_their_content_length_says() {
    let (net, mut events) = started(&[Transport::Ws, Transport::Udp], |_| {});
    let two = [OPTIONS, OPTIONS].concat();
    let mut page = browser(net.local_address(0).unwrap());
    let (arrival, _) = opened(&mut events);
    page.send(Message::binary(two.clone())).unwrap();
    assert_eq!(received(&mut events), (arrival, two.clone()));
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.send_to(&two, net.local_address(1).unwrap()).unwrap();
    let (arrival, message) = received(&mut events);
    assert!(matches!(arrival.flow, Flow::Datagram(..)));
    assert_eq!(message, two);
    page.send(Message::text("next")).unwrap();
    assert_eq!(received(&mut events).1, b"next");
}
