//! SIP servers and telephones over TLS and TCP: who proves what, what a broken stream costs, what is left of those who come and go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod world;

use engine_net::{Authorities, Identity, NetEvent, Target, Undelivered};
use proto_base::Transport;
use std::io::{Read, Write};
use std::time::Duration;
use world::*;

#[test]
fn a_peer_is_dialled_over_tls_and_both_prove_their_names() {
    let authority = Authority::new();
    let (carrier, mut at_carrier) = started(&[Transport::Tls], |settings| {
        settings.identity = Some(authority.identity(&["sip.carrier.example"]));
        settings.authorities = authority.authorities();
        settings.mutual = vec![OUTSIDE];
    });
    let (border, mut at_border) = started(&[], |settings| {
        settings.identity = Some(authority.identity(&["border.example"]));
        settings.authorities = authority.authorities();
    });
    let address = carrier.local_address(0).unwrap();
    let outlet = border.outlet();
    outlet.expect(OUTSIDE, address, "SIP.carrier.example");
    outlet
        .send(to(Transport::Tls, address), OPTIONS.to_vec())
        .unwrap();
    let (arrival, names) = opened(&mut at_border);
    assert_eq!(
        (arrival.transport, arrival.remote),
        (Transport::Tls, address)
    );
    assert_eq!(names, ["sip.carrier.example"]);
    let (arrival, names) = opened(&mut at_carrier);
    assert_eq!(arrival.transport, Transport::Tls);
    assert_eq!(names, ["border.example"]);
    assert_eq!(received(&mut at_carrier), (arrival, OPTIONS.to_vec()));
    // And back on the same connection.
    let back = Target::Flow(arrival.flow);
    carrier.outlet().send(back, OPTIONS.to_vec()).unwrap();
    assert_eq!(received(&mut at_border).1, OPTIONS);
}

#[test]
fn a_peer_that_proves_another_name_or_none_is_not_spoken_to() {
    let authority = Authority::new();
    for (shown, expected) in [
        (authority.identity(&["evil.example"]), "carrier.example"),
        (
            authority.identity(&["*.carrier.example"]),
            "sip.carrier.example",
        ),
        (
            Authority::new().identity(&["carrier.example"]),
            "carrier.example",
        ),
        (
            Identity::self_signed(&["carrier.example".to_owned()]).unwrap(),
            "carrier.example",
        ),
    ] {
        let (carrier, _at_carrier) = started(&[Transport::Tls], |settings| {
            settings.identity = Some(shown);
        });
        let (border, mut at_border) = started(&[], |settings| {
            settings.authorities = authority.authorities();
        });
        let address = carrier.local_address(0).unwrap();
        border.outlet().expect(OUTSIDE, address, expected);
        let target = to(Transport::Tls, address);
        border.outlet().send(target, OPTIONS.to_vec()).unwrap();
        assert_eq!(next(&mut at_border), Some(NetEvent::Unreachable(target)));
    }
}

#[test]
fn a_peer_known_by_its_address_alone_must_prove_the_address() {
    let authority = Authority::new();
    for (shown, proves) in [
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("localhost", false),
    ] {
        let (carrier, _at_carrier) = started(&[Transport::Tls], |settings| {
            settings.identity = Some(authority.identity(&[shown]));
        });
        let (border, mut at_border) = started(&[], |settings| {
            settings.authorities = authority.authorities();
        });
        let target = to(Transport::Tls, carrier.local_address(0).unwrap());
        border.outlet().send(target, OPTIONS.to_vec()).unwrap();
        let event = next(&mut at_border);
        assert_eq!(
            matches!(event, Some(NetEvent::Opened(..))),
            proves,
            "{shown}"
        );
    }
}

#[test]
fn a_client_without_a_certificate_proves_nothing_and_where_one_is_demanded_is_refused() {
    let authority = Authority::new();
    for demanded in [false, true] {
        let (carrier, mut at_carrier) = started(&[Transport::Tls], |settings| {
            settings.identity = Some(authority.identity(&["carrier.example"]));
            settings.authorities = authority.authorities();
            settings.mutual = if demanded { vec![OUTSIDE] } else { vec![] };
        });
        let (phone, mut at_phone) = started(&[], |settings| {
            settings.authorities = authority.authorities();
        });
        let address = carrier.local_address(0).unwrap();
        phone.outlet().expect(OUTSIDE, address, "carrier.example");
        let target = to(Transport::Tls, address);
        phone.outlet().send(target, OPTIONS.to_vec()).unwrap();
        if demanded {
            // With TLS 1.3 a client learns of it behind its own handshake.
            let refused =
                |event| matches!(event, Some(NetEvent::Unreachable(_) | NetEvent::Closed(_)));
            let first = next(&mut at_phone);
            assert!(refused(first) || refused(next(&mut at_phone)));
        } else {
            let (_, names) = opened(&mut at_carrier);
            assert!(names.is_empty());
            received(&mut at_carrier);
        }
    }
}

#[test]
fn p17_a_renewed_certificate_is_shown_to_the_next_and_the_connected_stay() {
    let authority = Authority::new();
    let (carrier, mut at_carrier) = started(&[Transport::Tls], |settings| {
        settings.identity = Some(authority.identity(&["old.example"]));
    });
    let (border, mut at_border) = started(&[], |settings| {
        settings.authorities = authority.authorities();
    });
    let address = carrier.local_address(0).unwrap();
    let outlet = border.outlet();
    outlet.expect(OUTSIDE, address, "old.example");
    let target = to(Transport::Tls, address);
    outlet.send(target, OPTIONS.to_vec()).unwrap();
    let (first, _) = opened(&mut at_border);
    opened(&mut at_carrier);
    received(&mut at_carrier);

    carrier
        .outlet()
        .renew(&authority.identity(&["new.example"]))
        .unwrap();
    let (one, two) = (authority.identity(&["a"]), authority.identity(&["b"]));
    let mixed = Identity::from_der(vec![one.certificate().to_vec()], two.private_key().to_vec());
    assert!(carrier.outlet().renew(&mixed).is_err());
    outlet
        .send(Target::Flow(first.flow), OPTIONS.to_vec())
        .unwrap();
    received(&mut at_carrier);
    outlet.close(first.flow);
    assert_eq!(next(&mut at_border), Some(NetEvent::Closed(first.flow)));
    outlet.expect(OUTSIDE, address, "new.example");
    outlet.send(target, OPTIONS.to_vec()).unwrap();
    assert_eq!(opened(&mut at_border).1, ["new.example"]);
}

#[test]
fn a_tls_listener_without_a_certificate_is_told_with_a_remedy() {
    let error = failing(&[Transport::Tls], |_| {});
    assert!(
        error.contains("(TLS)") && error.contains("Name a certificate"),
        "{error}"
    );
    let error = failing(&[Transport::Tls], |settings| {
        settings.identity = Some(Identity::self_signed(&[]).unwrap());
        settings.mutual = vec![OUTSIDE];
        settings.authorities = Authorities::default();
    });
    assert!(error.contains("authorities"), "{error}");
}

#[test]
fn p13_half_a_handshake_and_many_comings_and_goings_leave_nothing() {
    let authority = Authority::new();
    let (net, mut events) = started(
        &[Transport::Tls, Transport::Wss, Transport::Tcp],
        |settings| {
            settings.identity = Some(authority.identity(&["localhost"]));
            settings.limits.connections = 20;
            settings.limits.connections_per_source = 20;
            settings.limits.handshake = Duration::from_millis(300);
            settings.limits.header_read = Duration::from_millis(300);
        },
    );
    // The beginning of a TLS 1.2 ClientHello, then silence, an end, or rubbish.
    for round in 0..300_usize {
        let address = net.local_address(round % 3).unwrap();
        let mut stranger = connect(address);
        let _ = match round % 4 {
            0 => stranger.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
            1 => stranger.write_all(b"OPTIONS sip:"),
            2 => Ok(()),
            _ => stranger.write_all(&[0xFF; 64]),
        };
    }
    let held: Vec<_> = (0..20)
        .map(|_| connect(net.local_address(0).unwrap()))
        .collect();
    std::thread::sleep(Duration::from_millis(600));
    drop(held);
    // Every place is free again: an honest peer is heard.
    let heard = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        let mut peer = connect(net.local_address(2).unwrap());
        let _ = peer.write_all(OPTIONS);
        let mut answer = [0; 2];
        let _ = peer.write_all(b"\r\n\r\n");
        peer.read_exact(&mut answer).is_ok()
    });
    assert!(heard);
    let mut open = std::collections::BTreeSet::new();
    while let Some(event) = within(&mut events, Duration::from_millis(700)) {
        match event {
            NetEvent::Opened(arrival, _) => assert!(open.insert(arrival.flow)),
            NetEvent::Closed(flow) => assert!(open.remove(&flow)),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_framing_error_is_answered_and_closes_the_stream_and_its_body_is_never_a_message() {
    let hidden = "INVITE sip:premium@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let framed = |length: &str| {
        format!(
            "MESSAGE sip:bob@example.com SIP/2.0\r\n\
             Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n\
             Call-ID: 1\r\nCSeq: 1 MESSAGE\r\n{length}\r\n{hidden}"
        )
    };
    let authority = Authority::new();
    let (net, mut events) = started(&[Transport::Tcp, Transport::Tls], |settings| {
        settings.identity = Some(authority.identity(&["localhost"]));
    });
    for length in [
        "Content-Length: -1\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n",
        "Content-Length: 99999999\r\n",
        "",
    ] {
        let mut bare = connect(net.local_address(0).unwrap());
        let mut secure = authority.client(net.local_address(1).unwrap(), "localhost");
        let sides: [&mut dyn Stream; 2] = [&mut bare, &mut secure];
        for stream in sides {
            stream.write_all(framed(length).as_bytes()).unwrap();
            let mut said = Vec::new();
            let _ = stream.read_to_end(&mut said);
            let said = String::from_utf8_lossy(&said);
            let refused = said.starts_with("SIP/2.0 4") || said.starts_with("SIP/2.0 5");
            assert!(refused, "{length:?}: {said:?}");
            let (arrival, _) = opened(&mut events);
            assert_eq!(next(&mut events), Some(NetEvent::Closed(arrival.flow)));
        }
    }
}

#[test]
fn p45_a_message_of_almost_64_kilobytes_arrives_whole_however_it_is_cut() {
    let authority = Authority::new();
    let (net, mut events) = started(&[Transport::Tcp, Transport::Tls], |settings| {
        settings.identity = Some(authority.identity(&["localhost"]));
    });
    let message = long_message(60_000);
    let mut bare = connect(net.local_address(0).unwrap());
    let mut secure = authority.client(net.local_address(1).unwrap(), "localhost");
    let sides: [&mut dyn Stream; 2] = [&mut bare, &mut secure];
    for stream in sides {
        for piece in message.chunks(1379) {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
        }
        let (arrival, _) = opened(&mut events);
        assert_eq!(received(&mut events), (arrival, message.clone()));
        // And back.
        let back = Target::Flow(arrival.flow);
        net.outlet().send(back, message.clone()).unwrap();
        let mut heard = vec![0; message.len()];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, message);
    }
}

#[test]
fn a_stranger_that_just_stays_is_shown_the_door_and_whoever_keeps_alive_is_not() {
    let (net, mut events) = started(&[Transport::Tcp], |settings| {
        settings.limits.idle = Duration::from_millis(200);
    });
    let mut silent = connect(net.local_address(0).unwrap());
    silent.write_all(OPTIONS).unwrap();
    let (arrival, _) = opened(&mut events);
    received(&mut events);
    assert_eq!(next(&mut events), Some(NetEvent::Closed(arrival.flow)));
    let mut lively = connect(net.local_address(0).unwrap());
    lively.write_all(OPTIONS).unwrap();
    let (arrival, _) = opened(&mut events);
    for _ in 0..6 {
        std::thread::sleep(Duration::from_millis(80));
        lively.write_all(b"\r\n\r\n").unwrap();
        lively.read_exact(&mut [0; 2]).unwrap();
    }
    lively.write_all(OPTIONS).unwrap();
    received(&mut events);
    assert_eq!(received(&mut events).0, arrival);
}

#[test]
fn p10_a_connection_that_is_gone_is_opened_anew_by_the_next_request() {
    let (border, mut at_border) = started(&[], |_| {});
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = to(Transport::Tcp, server.local_addr().unwrap());
    let outlet = border.outlet();
    outlet.send(target, OPTIONS.to_vec()).unwrap();
    let (connection, _) = server.accept().unwrap();
    let (first, _) = opened(&mut at_border);
    drop(connection);
    assert_eq!(next(&mut at_border), Some(NetEvent::Closed(first.flow)));
    assert_eq!(
        outlet.send(Target::Flow(first.flow), OPTIONS.to_vec()),
        Err(Undelivered::Closed(first.flow))
    );
    outlet.send(target, OPTIONS.to_vec()).unwrap();
    let (mut connection, _) = server.accept().unwrap();
    let (second, _) = opened(&mut at_border);
    assert_ne!(first.flow, second.flow);
    let mut heard = vec![0; OPTIONS.len()];
    connection.read_exact(&mut heard).unwrap();
    assert_eq!(heard, OPTIONS);
}

/// What a client shows, whatever it is.
#[derive(Debug)]
struct Shows(std::sync::Arc<rustls::sign::CertifiedKey>);

impl rustls::client::ResolvesClientCert for Shows {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[rustls::SignatureScheme],
    ) -> Option<std::sync::Arc<rustls::sign::CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn a_client_with_a_poisoned_certificate_is_refused_and_the_next_one_served() {
    use std::sync::Arc;
    let authority = Authority::new();
    let (net, mut events) = started(&[Transport::Tls], |settings| {
        settings.identity = Some(authority.identity(&["border.example"]));
        settings.authorities = authority.authorities();
    });
    let address = net.local_address(0).unwrap();
    let sound = authority.identity(&["peer.example"]).certificate().to_vec();
    // The curve's name (prime256v1) turned into explicit parameters that are none (CVE-2022-0778), a key of no length, a length that
    // lies, noise, nothing, and a chain without end.
    let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let at = sound
        .windows(curve.len())
        .position(|window| window == curve)
        .unwrap();
    let mut explicit = sound.clone();
    explicit[at] = 0x30;
    let mut pointless = sound.clone();
    pointless[at + curve.len() + 1] = 0;
    let mut lying = sound.clone();
    lying[3] = 0xff;
    let noise: Vec<u8> = (0..2000_u32).map(|at| (at * 31 % 251) as u8).collect();
    let chains: [Vec<Vec<u8>>; 6] = [
        vec![explicit],
        vec![pointless],
        vec![lying],
        vec![noise],
        vec![Vec::new()],
        vec![sound; 60],
    ];
    for (number, chain) in chains.into_iter().enumerate() {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = rcgen::KeyPair::generate().unwrap().serialize_der();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let chain = chain.into_iter().map(Into::into).collect();
        let shown = rustls::sign::CertifiedKey::new(chain, key);
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(authority.roots())
            .with_client_cert_resolver(Arc::new(Shows(Arc::new(shown))));
        let name = "border.example".try_into().unwrap();
        let tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = rustls::StreamOwned::new(tls, connect(address));
        let mut answer = [0; 16];
        let heard = stream
            .write_all(OPTIONS)
            .and_then(|()| stream.read(&mut answer));
        assert!(!matches!(heard, Ok(1..)), "chain {number} was believed");
    }
    let mut sound = authority.client(address, "border.example");
    sound.write_all(OPTIONS).unwrap();
    opened(&mut events);
    assert_eq!(received(&mut events).1, OPTIONS, "and nobody before it");
}
