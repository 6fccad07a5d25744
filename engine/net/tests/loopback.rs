//! The network as strangers meet it: real sockets on loopback, a WebSocket client that we did not write.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use engine_net::{
    Arrival, Block, Identity, Limits, Members, Net, NetEvent, NetEvents, NetListener, NetSettings,
    Page, Pages, Target, Undelivered,
};
use proto_base::{Flow, NetworkId, Transport};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

const OUTSIDE: NetworkId = NetworkId(0);
const OPTIONS: &[u8] = b"OPTIONS sip:example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n";

fn started(transports: &[Transport], change: impl FnOnce(&mut NetSettings)) -> (Net, Events) {
    let mut settings = NetSettings {
        listeners: transports
            .iter()
            .map(|&transport| NetListener {
                network: OUTSIDE,
                transport,
                bind: "127.0.0.1:0".parse().unwrap(),
            })
            .collect(),
        ..NetSettings::default()
    };
    change(&mut settings);
    let (net, events) = Net::start(settings).unwrap();
    (net, Events::new(events))
}

/// The reader of the network's events.
struct Events {
    events: NetEvents,
    /// Read together with an earlier one.
    waiting: Vec<NetEvent>,
}

impl Events {
    fn new(events: NetEvents) -> Self {
        Self {
            events,
            waiting: Vec::new(),
        }
    }

    fn blocking_recv(&mut self) -> Option<NetEvent> {
        while self.waiting.is_empty() {
            self.events.wait(Duration::from_secs(60)).unwrap();
            if self.events.take(&mut self.waiting, 8).is_err() {
                break;
            }
        }
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

fn request(to: SocketAddr) -> tungstenite::handshake::client::Request {
    let mut request = format!("ws://{to}/").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
    request
}

fn browser(to: SocketAddr) -> WebSocket<TcpStream> {
    let (socket, response) = tungstenite::client(request(to), connect(to)).unwrap();
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "sip");
    socket
}

fn opened(events: &mut Events) -> Arrival {
    match events.blocking_recv() {
        Some(NetEvent::Opened(arrival, _)) => arrival,
        other => panic!("not opened: {other:?}"),
    }
}

fn received(events: &mut Events) -> (Arrival, Vec<u8>) {
    match events.blocking_recv() {
        Some(NetEvent::Received(arrival, message)) => (arrival, message),
        other => panic!("not received: {other:?}"),
    }
}

#[test]
fn a_browser_speaks_and_is_answered_on_its_flow() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let mut browser = browser(net.local_address(0).unwrap());
    let arrival = opened(&mut events);
    assert_eq!(arrival.transport, Transport::Ws);
    assert_eq!(arrival.remote, browser.get_ref().local_addr().unwrap());

    browser.send(Message::text("REGISTER one")).unwrap();
    assert_eq!(received(&mut events), (arrival, b"REGISTER one".to_vec()));
    browser.send(Message::binary(OPTIONS)).unwrap();
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));

    let flow = Target::Flow(arrival.flow);
    net.outlet().send(flow, b"SIP/2.0 200 OK".to_vec()).unwrap();
    assert_eq!(browser.read().unwrap(), Message::text("SIP/2.0 200 OK"));
    net.outlet().send(flow, vec![0xFF]).unwrap();
    assert_eq!(browser.read().unwrap(), Message::binary(vec![0xFF]));

    browser.close(None).unwrap();
    while browser.read().is_ok() {}
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
    assert_eq!(
        net.outlet().send(flow, b"late".to_vec()),
        Err(Undelivered::Closed(arrival.flow))
    );
}

#[test]
fn a_browser_belongs_to_the_network_its_address_says() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        let inside = Block::parse("127.0.0.0/8").unwrap();
        settings.members = Members::new([(inside, NetworkId(7))]);
    });
    let _browser = browser(net.local_address(0).unwrap());
    assert_eq!(opened(&mut events).network, NetworkId(7));
}

#[test]
fn a_keep_alive_of_two_lines_is_answered_by_one() {
    let (net, mut events) = started(&[Transport::Ws, Transport::Tcp], |_| {});
    let mut browser = browser(net.local_address(0).unwrap());
    opened(&mut events);
    browser.send(Message::text("\r\n\r\n")).unwrap();
    assert_eq!(browser.read().unwrap(), Message::text("\r\n"));

    let mut phone = connect(net.local_address(1).unwrap());
    phone.write_all(b"\r\n\r\n").unwrap();
    let mut answer = [0; 2];
    phone.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\r\n");
}

#[test]
fn browsers_wait_while_signalling_is_busy_and_nothing_is_lost() {
    let (net, mut events) = started(&[Transport::Ws], |settings| settings.limits.events = 1);
    let address = net.local_address(0).unwrap();
    let browsers = [browser(address), browser(address)];
    for (number, mut browser) in browsers.into_iter().enumerate() {
        for message in 0..50 {
            browser
                .send(Message::text(format!("{number} {message}")))
                .unwrap();
        }
        // Kept open: a message behind a close would be lost with it.
        std::mem::forget(browser);
    }
    let mut heard = Vec::new();
    while heard.len() < 100 {
        if let Some(NetEvent::Received(_, message)) = events.blocking_recv() {
            heard.push(String::from_utf8(message).unwrap());
        }
    }
    for number in 0..2 {
        let expected: Vec<String> = (0..50)
            .map(|message| format!("{number} {message}"))
            .collect();
        let of_one = |text: &&String| text.starts_with(&format!("{number} "));
        let in_order: Vec<String> = heard.iter().filter(of_one).cloned().collect();
        assert_eq!(in_order, expected);
    }
}

#[test]
fn a_flow_closed_by_us_hears_what_was_said_before() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let mut browser = browser(net.local_address(0).unwrap());
    let arrival = opened(&mut events);
    net.outlet()
        .send(Target::Flow(arrival.flow), b"BYE".to_vec())
        .unwrap();
    net.outlet().close(arrival.flow);
    assert_eq!(browser.read().unwrap(), Message::text("BYE"));
    assert!(matches!(browser.read().unwrap(), Message::Close(Some(_))));
}

#[test]
fn the_end_of_everything_still_delivers_the_last_words() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let address = net.local_address(0).unwrap();
    let mut browser = browser(address);
    let arrival = opened(&mut events);
    let browser = std::thread::spawn(move || {
        let first = browser.read().unwrap();
        while browser.read().is_ok() {}
        first
    });
    net.outlet()
        .send(Target::Flow(arrival.flow), b"BYE".to_vec())
        .unwrap();
    net.stop();
    assert_eq!(browser.join().unwrap(), Message::text("BYE"));
    TcpListener::bind(address).expect("the port is free again");
}

#[test]
fn a_browser_that_answers_no_ping_is_gone() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.ping = Duration::from_millis(20);
    });
    let browser = browser(net.local_address(0).unwrap());
    let arrival = opened(&mut events);
    // It is there, but nobody reads: no pong is sent.
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
    drop(browser);
}

#[test]
fn a_frame_beyond_the_limit_closes_the_connection() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let mut browser = browser(net.local_address(0).unwrap());
    let arrival = opened(&mut events);
    let _ = browser.send(Message::binary(vec![0; 64 * 1024 + 1]));
    let status = loop {
        match browser.read() {
            Ok(Message::Close(frame)) => break frame.map(|frame| u16::from(frame.code)),
            Ok(_) => {}
            Err(_) => break None,
        }
    };
    assert_eq!(status, Some(1009));
    while browser.read().is_ok() {}
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
}

#[test]
fn a_browser_that_does_not_read_is_cut_off_and_holds_up_nobody() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.queue_octets = 64 * 1024;
    });
    let address = net.local_address(0).unwrap();
    let deaf = browser(address);
    let deaf_arrival = opened(&mut events);
    let mut other = browser(address);
    let other_arrival = opened(&mut events);
    let outlet = net.outlet();
    let cut = (0..10_000).find_map(|_| {
        let sent = outlet.send(Target::Flow(deaf_arrival.flow), vec![b'a'; 8 * 1024]);
        // Gives the writer its turn, so that the sockets' buffers are really full.
        std::thread::sleep(Duration::from_micros(200));
        sent.err()
    });
    assert_eq!(cut, Some(Undelivered::Closed(deaf_arrival.flow)));
    outlet
        .send(Target::Flow(other_arrival.flow), b"still here".to_vec())
        .unwrap();
    assert_eq!(other.read().unwrap(), Message::text("still here"));
    assert_eq!(
        events.blocking_recv(),
        Some(NetEvent::Closed(deaf_arrival.flow))
    );
    drop(deaf);
}

#[test]
fn a_handshake_without_sip_or_from_elsewhere_is_refused() {
    let (net, _events) = started(&[Transport::Ws], |settings| {
        settings.origins = vec!["https://phone.example.com".to_owned()];
    });
    let address = net.local_address(0).unwrap();
    let status = |change: fn(&mut tungstenite::http::HeaderMap)| {
        let mut request = request(address);
        request
            .headers_mut()
            .insert("Origin", "https://phone.example.com".parse().unwrap());
        change(request.headers_mut());
        match tungstenite::client(request, connect(address)) {
            Ok(_) => 101,
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                response.status().as_u16()
            }
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(status(|_| {}), 101);
    assert_eq!(
        status(|headers| {
            headers.insert("Origin", "https://evil.example".parse().unwrap());
        }),
        403
    );
    assert_eq!(
        status(|headers| {
            headers.insert("Sec-WebSocket-Protocol", "xmpp".parse().unwrap());
        }),
        400
    );
}

fn fetched(address: SocketAddr, head: &str) -> String {
    let mut visitor = connect(address);
    visitor.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    visitor.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn pages_are_served_on_the_same_port_and_nothing_else() {
    let (net, _events) = started(&[Transport::Ws], |settings| {
        let page = Page {
            content_type: "text/html; charset=utf-8".to_owned(),
            body: "<h1>telephone</h1>".into(),
        };
        settings.pages = Pages::new([("/".to_owned(), page)]);
    });
    let address = net.local_address(0).unwrap();
    let found = fetched(
        address,
        "GET /?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert!(found.starts_with("HTTP/1.1 200"), "{found}");
    assert!(
        found.contains("content-type: text/html; charset=utf-8"),
        "{found}"
    );
    assert!(found.ends_with("<h1>telephone</h1>"), "{found}");
    for path in ["/no", "/../etc/passwd", "//", "/%2e%2e/"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(
            fetched(address, &head).starts_with("HTTP/1.1 404"),
            "{path}"
        );
    }
    let posted = fetched(
        address,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    assert!(posted.starts_with("HTTP/1.1 405"), "{posted}");
}

#[test]
fn one_source_has_so_many_connections_and_no_more() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.connections_per_source = 2;
    });
    let address = net.local_address(0).unwrap();
    let first = browser(address);
    let arrival = opened(&mut events);
    let _second = browser(address);
    opened(&mut events);
    assert!(tungstenite::client(request(address), connect(address)).is_err());
    drop(first);
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
    // The place is given back a moment after the event.
    let again = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        tungstenite::client(request(address), connect(address)).ok()
    });
    assert!(again.is_some());
}

#[test]
fn whoever_never_speaks_is_not_waited_for() {
    let (net, mut events) = started(&[Transport::Tcp, Transport::Ws], |settings| {
        settings.limits = Limits {
            header_read: Duration::from_millis(50),
            ..Limits::default()
        };
    });
    let mut slow = connect(net.local_address(0).unwrap());
    slow.write_all(b"REGISTER sip:example.com").unwrap();
    let arrival = opened(&mut events);
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
    let mut slow = connect(net.local_address(1).unwrap());
    slow.write_all(b"GET / HT").unwrap();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_stream_may_be_silent_between_messages_but_not_within_one() {
    let wait = Duration::from_millis(100);
    let (net, mut events) = started(&[Transport::Tcp], |settings| {
        settings.limits.header_read = wait;
    });
    let mut phone = connect(net.local_address(0).unwrap());
    phone.write_all(OPTIONS).unwrap();
    let arrival = opened(&mut events);
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));
    std::thread::sleep(wait * 3);
    phone.write_all(OPTIONS).unwrap();
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));
    phone.write_all(&OPTIONS[..20]).unwrap();
    assert_eq!(
        phone.read(&mut [0]).unwrap(),
        0,
        "nobody waits for the rest"
    );
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
}

#[test]
fn half_a_frame_sent_together_with_the_handshake_is_not_waited_for() {
    let (net, mut events) = started(&[Transport::Ws], |settings| {
        settings.limits.header_read = Duration::from_millis(50);
        // No ping ends it.
        settings.limits.ping = Duration::from_secs(3600);
    });
    let mut page = connect(net.local_address(0).unwrap());
    let handshake = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: sip\r\n\r\n";
    page.write_all(&[handshake.as_bytes(), b"\x81"].concat())
        .unwrap();
    let arrival = opened(&mut events);
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
}

#[test]
fn a_stream_is_cut_into_messages_and_a_broken_one_closed() {
    let (net, mut events) = started(&[Transport::Tcp], |_| {});
    let mut phone = connect(net.local_address(0).unwrap());
    let arrival = opened(&mut events);
    let two = [OPTIONS, OPTIONS].concat();
    let (one, rest) = two.split_at(20);
    phone.write_all(one).unwrap();
    phone.write_all(rest).unwrap();
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));
    phone
        .write_all(b"OPTIONS sip:example.com SIP/2.0\r\nContent-Length: -1\r\n\r\n")
        .unwrap();
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));
}

#[test]
fn an_address_is_dialled_once_and_told_when_nobody_is_there() {
    let (net, mut events) = started(&[Transport::Udp], |_| {});
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = |address| Target::Address {
        network: OUTSIDE,
        transport: Transport::Tcp,
        address,
    };
    let address = server.local_addr().unwrap();
    let outlet = net.outlet();
    outlet.send(to(address), OPTIONS.to_vec()).unwrap();
    outlet.send(to(address), OPTIONS.to_vec()).unwrap();
    let (mut connection, _) = server.accept().unwrap();
    let mut both = vec![0; 2 * OPTIONS.len()];
    connection.read_exact(&mut both).unwrap();
    assert_eq!(both, [OPTIONS, OPTIONS].concat());
    let arrival = opened(&mut events);
    assert_eq!(arrival.remote, address);
    connection.write_all(OPTIONS).unwrap();
    assert_eq!(received(&mut events), (arrival, OPTIONS.to_vec()));
    drop((connection, server));
    assert_eq!(events.blocking_recv(), Some(NetEvent::Closed(arrival.flow)));

    outlet.send(to(address), OPTIONS.to_vec()).unwrap();
    assert_eq!(
        events.blocking_recv(),
        Some(NetEvent::Unreachable(to(address)))
    );
    assert_eq!(
        outlet.send(
            Target::Address {
                network: OUTSIDE,
                transport: Transport::Ws,
                address
            },
            vec![]
        ),
        Err(Undelivered::Unreachable),
        "a browser cannot be dialled"
    );
}

#[test]
fn datagrams_come_and_go_from_the_listening_port() {
    let (net, mut events) = started(&[Transport::Udp], |_| {});
    let listening = net.local_address(0).unwrap();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    phone.send_to(b"\r\n\r\n", listening).unwrap();
    phone.send_to(OPTIONS, listening).unwrap();
    let (arrival, message) = received(&mut events);
    assert_eq!(message, OPTIONS, "keep-alives are swallowed");
    assert_eq!(
        arrival.flow,
        Flow::Datagram(OUTSIDE, phone.local_addr().unwrap())
    );
    net.outlet()
        .send(Target::Flow(arrival.flow), b"SIP/2.0 200 OK".to_vec())
        .unwrap();
    let mut room = [0; 100];
    let (length, from) = phone.recv_from(&mut room).unwrap();
    assert_eq!((&room[..length], from), (&b"SIP/2.0 200 OK"[..], listening));
}

#[test]
fn a_port_that_is_taken_is_told_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = NetListener {
        network: OUTSIDE,
        transport: Transport::Ws,
        bind: taken.local_addr().unwrap(),
    };
    let error = match Net::start(NetSettings {
        listeners: vec![listener],
        ..NetSettings::default()
    }) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("two on one port"),
    };
    assert!(error.contains(&listener.bind.to_string()), "{error}");
    assert!(error.contains("another program has this port"), "{error}");
}

#[test]
fn a_browser_speaks_over_tls() {
    let identity = Identity::self_signed(&["localhost".to_owned()]).unwrap();
    let (net, mut events) = started(&[Transport::Wss], |settings| {
        settings.identity = Some(identity.clone());
    });
    let address = net.local_address(0).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(identity.certificate().to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls =
        rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = rustls::StreamOwned::new(tls, connect(address));
    let (mut browser, _) = tungstenite::client(request(address), stream).unwrap();
    let arrival = opened(&mut events);
    assert_eq!(arrival.transport, Transport::Wss);
    browser.send(Message::text("REGISTER")).unwrap();
    assert_eq!(received(&mut events), (arrival, b"REGISTER".to_vec()));
    net.outlet()
        .send(Target::Flow(arrival.flow), b"SIP/2.0 200 OK".to_vec())
        .unwrap();
    assert_eq!(browser.read().unwrap(), Message::text("SIP/2.0 200 OK"));
}

#[test]
fn words_sent_together_with_the_handshake_are_heard() {
    let (net, mut events) = started(&[Transport::Ws], |_| {});
    let mut stream = connect(net.local_address(0).unwrap());
    let mut octets = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: sip\r\n\r\n"
        .to_vec();
    octets.extend([
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ]);
    stream.write_all(&octets).unwrap();
    let arrival = opened(&mut events);
    assert_eq!(received(&mut events), (arrival, b"Hello".to_vec()));
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    let mut browser = WebSocket::from_raw_socket(stream, Role::Client, None);
    net.outlet()
        .send(Target::Flow(arrival.flow), b"Hello".to_vec())
        .unwrap();
    assert_eq!(browser.read().unwrap(), Message::text("Hello"));
}

#[test]
fn a_datagram_that_nobody_takes_is_told_and_others_are_not_held_up_by_it() {
    let (net, mut events) = started(&[Transport::Udp], |_| {});
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap();
    let nobody = gone.local_addr().unwrap();
    drop(gone);
    let friend = UdpSocket::bind("127.0.0.1:0").unwrap();
    friend
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let outlet = net.outlet();
    let target = Target::Address {
        network: OUTSIDE,
        transport: Transport::Udp,
        address: nobody,
    };
    outlet.send(target, b"OPTIONS one".to_vec()).unwrap();
    let flow = Flow::Datagram(OUTSIDE, nobody);
    assert_eq!(
        events.blocking_recv(),
        Some(NetEvent::Unreachable(Target::Flow(flow)))
    );
    // Whatever of it is still reported to the next sender must not be believed of this one.
    let to_friend = Flow::Datagram(OUTSIDE, friend.local_addr().unwrap());
    for _ in 0..20 {
        outlet.send(target, b"OPTIONS again".to_vec()).unwrap();
        outlet
            .send(Target::Flow(to_friend), b"OPTIONS two".to_vec())
            .unwrap();
    }
    let mut room = [0; 64];
    for _ in 0..20 {
        assert_eq!(friend.recv(&mut room).unwrap(), 11);
    }
}
