//! What is refused, so that no two readers of a message can see two different messages in it, and what its sender is told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use sip_message::limits::{MAX_HEADER_LINE, MAX_HEADERS, MAX_LIST, MAX_MESSAGE, MAX_URI};
use sip_message::{HeaderName, Malformed, Message, ParseError, Request, parse};

const HEAD: &str = "OPTIONS sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
    From: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.com>\r\n\
    Call-ID: 1@example.com\r\n\
    CSeq: 1 OPTIONS\r\n";

/// A good request with these lines added.
fn with(lines: &str) -> String {
    format!("{HEAD}{lines}\r\n")
}

fn request(text: &str) -> Request {
    match parse(text.as_bytes()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{text}: {other:?}"),
    }
}

fn refusal(bytes: impl AsRef<[u8]>) -> ParseError {
    match parse(bytes.as_ref()) {
        Err(error) => error,
        Ok(message) => panic!("accepted: {message:?}"),
    }
}

fn status(bytes: impl AsRef<[u8]>) -> Option<u16> {
    refusal(bytes).answer.map(|answer| answer.status.code())
}

#[test]
fn a_space_before_the_colon_hides_no_header() {
    for line in [
        "P-Asserted-Identity : <sip:x@y>\r\n",
        "p-asserted-identity\t:<sip:x@y>\r\n",
        "P-ASSERTED-IDENTITY \t :\r\n <sip:x@y>\r\n",
    ] {
        let headers = request(&with(line)).headers;
        assert_eq!(
            headers.get(&HeaderName::PAssertedIdentity),
            Some("<sip:x@y>"),
            "{line:?}"
        );
    }
}

#[test]
fn a_header_name_is_a_token() {
    for line in [
        "X Y: z\r\n",
        ": z\r\n",
        "X\u{e9}: z\r\n",
        "no colon\r\n",
        "X(Y): z\r\n",
    ] {
        assert_eq!(status(with(line)), Some(400), "{line:?}");
    }
}

#[test]
fn a_line_ends_with_cr_and_lf_and_nothing_else_ends_it() {
    for line in [
        "X: a\nRoute: <sip:evil>\r\n",
        "X: a\rRoute: <sip:evil>\r\n",
        "X: a\r\rb\r\n",
        "X: a\n\r\n",
        "\n",
    ] {
        assert!(
            matches!(refusal(with(line)).why, Malformed::Header(_)),
            "{line:?}"
        );
    }
}

#[test]
fn control_characters_are_refused_in_head_but_not_in_body() {
    for control in (0..0x20_u8)
        .chain([0x7f])
        .filter(|byte| !b"\t\r\n".contains(byte))
    {
        let line = format!("X: a{}b\r\n", char::from(control));
        assert!(
            matches!(refusal(with(&line)).why, Malformed::Header(_)),
            "{control}"
        );
        let start = HEAD.replacen("bob", &char::from(control).to_string(), 1);
        assert_eq!(
            refusal(format!("{start}\r\n")).why,
            Malformed::StartLine,
            "{control}"
        );
    }
    let body = format!("{}\u{0}\u{1}\n", with("Content-Length: 3\r\n"));
    assert_eq!(request(&body).body, b"\0\x01\n");
}

#[test]
fn an_escaped_control_character_becomes_the_replacement_character() {
    let from = HEAD.replace("From: <", "From: \"a\\\u{0}b\" <");
    let display = request(&format!("{from}\r\n"))
        .headers
        .from()
        .unwrap()
        .display;
    assert_eq!(display.as_deref(), Some("a\u{fffd}b"));
    // Behind an escaped backslash it is not escaped, but it does not survive either.
    let from = HEAD.replace("From: <", "From: \"a\\\\\u{1}b\" <");
    let display = request(&format!("{from}\r\n"))
        .headers
        .from()
        .unwrap()
        .display;
    assert_eq!(display.as_deref(), Some("a\\\u{fffd}b"));
}

#[test]
fn letters_that_are_no_utf_8_are_replaced_in_names_and_refused_in_what_is_compared() {
    let mut bytes = HEAD
        .replace("From: <", "From: \"M\u{1}ller\" <")
        .into_bytes();
    let at = bytes.iter().position(|byte| *byte == 1).unwrap();
    bytes[at] = 0xfc;
    bytes.extend_from_slice(b"\r\n");
    let Ok(Message::Request(request)) = parse(&bytes) else {
        panic!("refused")
    };
    assert_eq!(
        request.headers.from().unwrap().display.as_deref(),
        Some("M\u{fffd}ller")
    );
    for (place, what) in [
        ("1@example", "Call-ID"),
        ("bob@example.com>", "To"),
        ("tag=1", "From"),
    ] {
        let text = HEAD.replacen(place, &format!("\u{e9}{place}"), 1);
        let error = refusal(format!("{text}\r\n"));
        assert_eq!(error.why, Malformed::Header(what));
    }
}

#[test]
fn a_start_line_is_not_folded() {
    let text = HEAD.replacen("\r\n", "\r\n Route: <sip:evil>\r\n", 1);
    assert_eq!(refusal(format!("{text}\r\n")).why, Malformed::StartLine);
}

#[test]
fn what_there_may_be_one_of_is_not_said_twice_in_different_words() {
    for line in [
        "t: <sip:eve@example.com>\r\n",
        "From: <sip:eve@example.com>;tag=2\r\n",
        "i: 2@example.com\r\n",
        "CSeq: 2 OPTIONS\r\n",
        "Max-Forwards: 1\r\nMax-Forwards: 2\r\n",
        "Content-Type: application/sdp\r\nc: text/plain\r\n",
        "Content-Length: 0\r\nl: 1\r\n",
        "Expires: 1\r\nExpires: 2\r\n",
    ] {
        assert_eq!(status(with(line)), Some(400), "{line:?}");
    }
    let headers = request(&with("Max-Forwards: 5\r\nMAX-FORWARDS: 5\r\n")).headers;
    assert_eq!(headers.get_all(&HeaderName::MaxForwards).count(), 1);
}

#[test]
fn a_content_length_is_digits_that_fit() {
    for value in [
        "-1",
        "+1",
        "1x",
        "",
        "0x1",
        "1, 1",
        "99999999999999999999999",
        "4294967296",
        "1 1",
    ] {
        assert_eq!(
            status(with(&format!("Content-Length: {value}\r\n"))),
            Some(400),
            "{value:?}"
        );
    }
    assert_eq!(refusal(with("l: 1\r\n")).why, Malformed::Body);
    assert!(request(&format!("{}x", with("l: 0000000000001\r\nl: 1\r\n"))).body == b"x");
}

#[test]
fn a_body_without_content_length_is_the_rest_of_the_datagram() {
    assert_eq!(request(&format!("{}rest", with(""))).body, b"rest");
}

#[test]
fn a_method_of_cseq_is_the_method_of_the_line() {
    assert_eq!(status(with("").replace("1 OPTIONS", "1 INVITE")), Some(400));
    // Methods compare with case.
    assert_eq!(
        status(with("").replace("1 OPTIONS", "1 options")),
        Some(400)
    );
}

#[test]
fn lists_are_split_where_commas_separate() {
    let line = "Contact: \"a, \\\"b\" <sip:a,b@c>;x=\"1,2\" , <sip:d@e>\r\nRoute:<sip:a;lr>,<sip:b;lr>\r\nRoute: <sip:c;lr>\r\nX: a, b\r\nSupported: path, gruu\r\n";
    let headers = request(&with(line)).headers;
    assert_eq!(headers.contacts().unwrap().len(), 2);
    assert_eq!(
        headers.get(&HeaderName::Contact),
        Some("\"a, \\\"b\" <sip:a,b@c>;x=\"1,2\"")
    );
    assert_eq!(
        headers.get_all(&HeaderName::Route).collect::<Vec<_>>(),
        ["<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"]
    );
    assert_eq!(headers.get(&HeaderName::Supported), Some("path, gruu"));
    for line in [
        "Route: <sip:a>,,<sip:b>\r\n",
        "Route: <sip:a>,\r\n",
        "Contact: <sip:a>,\"b <sip:c>\r\n",
        "Contact: *, <sip:a@b\r\n",
        "Route: sip:a\r\n",
    ] {
        assert_eq!(status(with(line)), Some(400), "{line:?}");
    }
}

#[test]
fn a_parameter_is_not_given_twice() {
    for line in [
        "Contact: <sip:a@b>;x=1;X=2\r\n",
        "Contact: <sip:a@b;lr;LR>\r\n",
    ] {
        assert_eq!(status(with(line)), Some(400), "{line:?}");
    }
    assert_eq!(status(with("").replace("tag=1", "tag=1;tag=2")), Some(400));
    assert_eq!(status(with("").replace("tag=1", "tag=\"1\"")), Some(400));
    assert_eq!(status(with("").replace("tag=1", "tag=")), Some(400));
}

#[test]
fn each_limit_holds() {
    let long = "x".repeat(MAX_HEADER_LINE);
    assert_eq!(status(with(&format!("X: {long}\r\n"))), Some(513));
    assert_eq!(status(with(&"X: y\r\n".repeat(MAX_HEADERS))), Some(513));
    assert_eq!(status(with(&"X:\r\n".repeat(8000))), Some(513));
    let routes = vec!["<sip:a>"; MAX_LIST + 1].join(",");
    assert_eq!(status(with(&format!("Route: {routes}\r\n"))), Some(513));
    let uri = HEAD.replacen("bob", &"b".repeat(MAX_URI), 1);
    assert_eq!(status(format!("{uri}\r\n")), Some(414));
    let mut large = with("").into_bytes();
    large.resize(MAX_MESSAGE + 1, b'x');
    assert_eq!(status(&large), Some(513));
    large.truncate(60_000);
    assert_eq!(
        parse(&large).map(|message| matches!(message, Message::Request(_))),
        Ok(true)
    );
}

#[test]
fn what_is_accepted_can_be_accepted_again_though_long_names_are_longer() {
    // Invalid octets grow to three when replaced, and lists to one line per entry.
    let mut bytes = HEAD.as_bytes().to_vec();
    for _ in 0..4 {
        bytes.extend_from_slice(b"X: ");
        bytes.extend(std::iter::repeat_n(0xff, 4000));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    assert_eq!(refusal(&bytes).why, Malformed::TooLong);
}

#[test]
fn acknowledgements_responses_and_noise_are_never_answered() {
    assert_eq!(status(with("X\r\n").replace("OPTIONS", "ACK")), None);
    assert_eq!(status(with("").replace("1 OPTIONS", "1 ACK")), None);
    assert_eq!(
        status(with("").replace("OPTIONS sip:bob@example.com SIP/2.0", "SIP/2.0 2000 OK")),
        None
    );
    assert_eq!(
        status(with("").replace("OPTIONS sip:bob@example.com SIP/2.0", "SIP/3.0 200 OK")),
        None
    );
    assert_eq!(
        status(with("").replace("SIP/2.0\r\nVia", "HTTP/1.1\r\nVia")),
        None
    );
    for noise in [
        "",
        "\r\n\r\n",
        "\0\0\0\0",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "hello",
    ] {
        assert_eq!(status(noise), None, "{noise:?}");
    }
    for missing in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let text = with("").replace(&format!("\r\n{missing}:"), "\r\nX:");
        let error = refusal(text);
        assert_eq!(
            (error.why, error.answer),
            (Malformed::MissingHeader(missing), None)
        );
    }
}

#[test]
fn an_answer_is_a_message_with_a_to_tag_that_a_retransmission_gets_again() {
    let text = with("X\r\n");
    let (one, two) = (
        refusal(&text).answer.unwrap(),
        refusal(&text).answer.unwrap(),
    );
    assert_eq!(one, two);
    assert!(one.headers.to().unwrap().tag().is_some());
    assert!(one.reason.starts_with("Bad Request"));
    let other = refusal(text.replace("z9hG4bK1", "z9hG4bK2"))
        .answer
        .unwrap();
    assert_ne!(one.headers.to(), other.headers.to());
    assert_eq!(parse(&one.to_bytes()), Ok(Message::Response(*one)));
}

#[test]
fn a_tag_that_is_there_is_kept_in_the_answer() {
    let text = with("X\r\n").replace(
        "To: <sip:bob@example.com>",
        "To: <sip:bob@example.com>;tag=b",
    );
    assert_eq!(
        refusal(text).answer.unwrap().headers.to().unwrap().tag(),
        Some("b")
    );
}

#[test]
fn of_a_response_only_what_finds_its_transaction_must_be_readable() {
    let text = with("Contact: ???\r\nRecord-Route: sip:a\r\n")
        .replace("OPTIONS sip:bob@example.com SIP/2.0", "SIP/2.0 200 OK");
    let Ok(Message::Response(response)) = parse(text.as_bytes()) else {
        panic!("refused")
    };
    assert!(response.headers.contacts().is_err());
}
