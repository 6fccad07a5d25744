//! What holds for every message, however it was made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use proptest::prelude::*;
use sip_message::{
    CSeq, Framed, FramingError, HeaderName, Host, Message, Method, NameAddr, Params, Request,
    Scheme, StatusCode, StreamFramer, Uri, Via, parse,
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Text as an attacker or a careless caller would write it.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{0,12}",
        "[ -~]{0,24}",
        "[a-z\"<>;,=@:%/?&\\\\\r\n\t \u{0}é€]{0,24}",
        Just("x\r\nRoute: <sip:evil.example>\r\n\r\nBYE".to_owned()),
        any::<String>(),
    ]
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,8}(\\.[a-z]{1,8}){0,2}".prop_map(|name| Host::Name(name.into())),
        any::<Ipv4Addr>().prop_map(Host::V4),
        any::<Ipv6Addr>().prop_map(Host::V6),
    ]
}

fn params() -> impl Strategy<Value = Params> {
    proptest::collection::vec(("[a-z-]{1,8}", proptest::option::of(nasty())), 0..4).prop_map(
        |list| {
            let mut params = Params::default();
            for (name, value) in list {
                params.set(&name, value.as_deref());
            }
            params
        },
    )
}

fn uri() -> impl Strategy<Value = Uri> {
    (
        any::<bool>(),
        proptest::option::of(nasty().prop_filter("a user is not empty", |user| !user.is_empty())),
        proptest::option::of(nasty()),
        host(),
        any::<Option<u16>>(),
        params(),
        proptest::option::of(nasty().prop_filter("headers are not empty", |text| !text.is_empty())),
    )
        .prop_map(
            |(secure, user, password, host, port, params, headers)| Uri {
                scheme: if secure { Scheme::Sips } else { Scheme::Sip },
                password: password.filter(|_| user.is_some()),
                user,
                host,
                port,
                params,
                headers,
            },
        )
}

fn name_addr() -> impl Strategy<Value = NameAddr> {
    (proptest::option::of(nasty()), uri(), params()).prop_map(|(display, uri, params)| NameAddr {
        display,
        uri,
        params,
    })
}

fn request() -> impl Strategy<Value = Request> {
    (
        prop_oneof![Just(Method::Invite), Just(Method::Other("X-Y".into()))],
        uri().prop_map(|uri| Uri {
            headers: None,
            ..uri
        }),
        (name_addr(), name_addr(), name_addr(), params()),
        proptest::collection::vec(("[A-Za-z-]{1,12}", nasty()), 0..6),
        proptest::collection::vec(any::<u8>(), 0..64),
    )
        .prop_map(|(method, uri, (from, to, contact, via), others, body)| {
            let mut request = Request::new(method.clone(), uri);
            let headers = &mut request.headers;
            let via = Via {
                transport: "WSS".into(),
                host: Host::Name("a.invalid".into()),
                port: None,
                params: via,
            };
            headers.push(HeaderName::Via, via);
            headers.push(HeaderName::From, from.with_tag("1"));
            headers.push(HeaderName::To, to.with_tag("2"));
            headers.push(HeaderName::CallId, "call@host");
            headers.push(HeaderName::CSeq, CSeq { number: 1, method });
            headers.push(HeaderName::Contact, contact);
            for (name, value) in others {
                headers.push(HeaderName::Other(format!("X-{name}").into()), value);
            }
            request.body = body;
            request
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_setter_takes_can_add_a_line(request in request()) {
        let bytes = request.to_bytes();
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        prop_assert_eq!(bytes.len(), head + 4 + request.body.len());
        let text = &bytes[..head];
        let lines = text.windows(2).filter(|two| two == b"\r\n").count();
        // One line end per header and one before Content-Length, counting from the start line.
        prop_assert_eq!(lines, request.headers.len() + 1);
        let controls = text.iter().filter(|byte| **byte < b' ' && **byte != b'\t' || **byte == 0x7f).count();
        prop_assert_eq!(controls, lines * 2);
    }

    #[test]
    fn a_built_message_parses_and_means_the_same_after_printing(request in request()) {
        let bytes = request.to_bytes();
        match parse(&bytes) {
            Ok(parsed) => prop_assert_eq!(parse(&parsed.to_bytes()), Ok(parsed)),
            Err(error) => prop_assert!(false, "{error}: {}", bytes.escape_ascii()),
        }
    }

    #[test]
    fn a_built_uri_reads_back_to_text_that_prints_the_same(uri in uri()) {
        let text = uri.to_string();
        match text.parse::<Uri>() {
            Ok(again) => prop_assert_eq!(again.to_string(), text),
            Err(error) => prop_assert!(false, "{error}: {text}"),
        }
    }

    #[test]
    fn a_uri_is_equivalent_to_itself_in_capitals_and_with_its_user_escaped(
        user in "[a-z0-9._~-]{1,10}", name in "[a-z]{1,9}\\.example", port in any::<Option<u16>>()
    ) {
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let plain: Uri = format!("sip:{user}@{name}{port}").parse().unwrap();
        let escaped: String = user.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let other: Uri = format!("SIP:{escaped}@{}{port}", name.to_uppercase()).parse().unwrap();
        prop_assert!(plain.is_equivalent(&other) && other.is_equivalent(&plain));
        prop_assert_eq!(plain.address_of_record(), other.address_of_record());
    }

    #[test]
    fn any_text_that_is_a_value_prints_to_the_same_value(text in nasty()) {
        for text in [text.clone(), format!("<sip:{text}>"), format!("\"{text}\" <sip:a@b>"), format!("sip:{text}")] {
            if let Ok(value) = text.parse::<NameAddr>() {
                prop_assert_eq!(value.to_string().parse(), Ok(value));
            }
            if let Ok(value) = text.parse::<Uri>() {
                prop_assert_eq!(value.to_string().parse(), Ok(value));
            }
        }
        if let Ok(value) = format!("SIP/2.0/UDP {text}").parse::<Via>() {
            prop_assert_eq!(value.to_string().parse(), Ok(value));
        }
    }

    #[test]
    fn a_damaged_message_is_refused_or_means_the_same_after_printing(
        which in 0..SAMPLES.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 0..6),
    ) {
        let mut bytes = SAMPLES[which].to_vec();
        for (at, how, byte) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.insert(at, b"\r\n\t ,;:<>\"\\=@%"[usize::from(byte) % 14]),
            }
        }
        if let Ok(message) = parse(&bytes) {
            prop_assert_eq!(parse(&message.to_bytes()), Ok(message));
        }
    }

    #[test]
    fn the_cuts_of_a_stream_make_no_difference(
        which in proptest::collection::vec(0..SAMPLES.len(), 1..4),
        keep_alives in 0..3_usize,
        cuts in proptest::collection::vec(1..200_usize, 1..20),
    ) {
        let mut stream = Vec::new();
        for which in which {
            stream.extend_from_slice(SAMPLES[which]);
            stream.extend(b"\r\n".repeat(keep_alives));
        }
        let mut pieces = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, after) = rest.split_at(rest.len().min(*cut));
            pieces.push(piece);
            rest = after;
        }
        prop_assert_eq!(play(&[&stream]), play(&pieces));
    }

    #[test]
    fn a_response_goes_the_way_its_request_came(request in request(), code in 100..700_u16) {
        let Ok(Message::Request(request)) = parse(&request.to_bytes()) else { return Ok(()) };
        let response = request.response(StatusCode::of(code));
        prop_assert_eq!(response.headers.vias(), request.headers.vias());
        let message = Message::Response(response);
        prop_assert_eq!(parse(&message.to_bytes()), Ok(message));
    }
}

const SAMPLES: [&[u8]; 8] = [
    include_bytes!("rfc4475/wsinv.dat"),
    include_bytes!("rfc4475/intmeth.dat"),
    include_bytes!("rfc4475/esc01.dat"),
    include_bytes!("rfc4475/dblreq.dat"),
    include_bytes!("rfc4475/mpart01.dat"),
    include_bytes!("rfc4475/unreason.dat"),
    include_bytes!("rfc4475/transports.dat"),
    include_bytes!("rfc4475/regescrt.dat"),
];

/// Messages, pings, and the error that ended the stream.
fn play(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, usize, Option<FramingError>) {
    let mut framer = StreamFramer::new();
    let (mut messages, mut pings) = (Vec::new(), 0);
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Framed::Message(message))) => messages.push(message),
                Ok(Some(Framed::Ping)) => pings += 1,
                Ok(Some(Framed::Pong)) => {}
                Ok(None) => break,
                Err(error) => return (messages, pings, Some(error)),
            }
        }
    }
    (messages, pings, None)
}

#[test]
fn a_message_is_a_value_that_can_be_written_down() {
    let message = parse(SAMPLES[0]).unwrap();
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
}
