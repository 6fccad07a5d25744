//! The 49 torture test messages of RFC 4475 in `rfc4475/*.dat` (source: the RFC's text; those of §3.1.1 were compared with its archive, appendix A.1,
//! by SHA-256). Each is accepted or refused as its section demands of an element that parses; what belongs to layers above (416, 415, 420, 406,
//! 483, 501) is accepted here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use sip_message::{
    Framed, FramingError, HeaderName, Message, Method, Request, Response, StreamFramer, parse,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Demand {
    /// Well-formed.
    Accept,
    /// Refused, and answered with this status.
    Answer(u16),
    /// Refused without an answer: a response, or too little to answer to.
    Drop,
}
use Demand::{Accept, Answer, Drop};

macro_rules! messages {
    ($($section:literal $name:literal $demand:expr,)*) => {
        const MESSAGES: &[(&str, &str, &[u8], Demand)] = &[
            $(($section, $name, include_bytes!(concat!("rfc4475/", $name, ".dat")), $demand),)*
        ];
    };
}

messages! {
    "3.1.1.1" "wsinv" Accept,
    "3.1.1.2" "intmeth" Accept,
    "3.1.1.3" "esc01" Accept,
    "3.1.1.4" "escnull" Accept,
    "3.1.1.5" "esc02" Accept,
    "3.1.1.6" "lwsdisp" Accept,
    "3.1.1.7" "longreq" Accept,
    "3.1.1.8" "dblreq" Accept,
    "3.1.1.9" "semiuri" Accept,
    "3.1.1.10" "transports" Accept,
    "3.1.1.11" "mpart01" Accept,
    "3.1.1.12" "unreason" Accept,
    "3.1.1.13" "noreason" Accept,
    // Its only Via cannot be read, so a 400 would be of no use to anyone: it has no transaction to belong to.
    "3.1.2.1" "badinv01" Drop,
    "3.1.2.2" "clerr" Answer(400),
    "3.1.2.3" "ncl" Answer(400),
    "3.1.2.4" "scalar02" Answer(400),
    "3.1.2.5" "scalarlg" Drop,
    "3.1.2.6" "quotbal" Answer(400),
    "3.1.2.7" "ltgtruri" Answer(400),
    "3.1.2.8" "lwsruri" Answer(400),
    "3.1.2.9" "lwsstart" Answer(400),
    "3.1.2.10" "trws" Answer(400),
    "3.1.2.11" "escruri" Answer(400),
    // An element should not refuse it unless the date matters to what it does, and to us it does not.
    "3.1.2.12" "baddate" Accept,
    "3.1.2.13" "regbadct" Answer(400),
    "3.1.2.14" "badaspec" Answer(400),
    "3.1.2.15" "baddn" Answer(400),
    "3.1.2.16" "badvers" Answer(505),
    "3.1.2.17" "mismatch01" Answer(400),
    "3.1.2.18" "mismatch02" Answer(400),
    "3.1.2.19" "bigcode" Drop,
    // For the transaction layer: a branch that is the cookie alone names no transaction.
    "3.2.1" "badbranch" Accept,
    // From, To and Call-ID are missing: nothing to build a response from.
    "3.3.1" "insuf" Drop,
    "3.3.2" "unkscm" Accept,
    "3.3.3" "novelsc" Accept,
    "3.3.4" "unksm2" Accept,
    "3.3.5" "bext01" Accept,
    "3.3.6" "invut" Accept,
    "3.3.7" "regaut01" Accept,
    "3.3.8" "multi01" Answer(400),
    "3.3.9" "mcl01" Answer(400),
    "3.3.10" "bcast" Accept,
    "3.3.11" "zeromf" Accept,
    "3.3.12" "cparam01" Accept,
    "3.3.13" "cparam02" Accept,
    "3.3.14" "regescrt" Accept,
    "3.3.15" "sdp01" Accept,
    "3.4.1" "inv2543" Accept,
}

fn bytes(name: &str) -> &'static [u8] {
    MESSAGES
        .iter()
        .find(|message| message.1 == name)
        .expect("a message of the table")
        .2
}

fn request(name: &str) -> Request {
    match parse(bytes(name)) {
        Ok(Message::Request(request)) => request,
        other => panic!("{name}: {other:?}"),
    }
}

fn response(name: &str) -> Response {
    match parse(bytes(name)) {
        Ok(Message::Response(response)) => response,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_message_is_accepted_or_refused_as_its_section_demands() {
    assert_eq!(MESSAGES.len(), 49);
    for (section, name, bytes, demand) in MESSAGES {
        let met = match parse(bytes) {
            Ok(_) => Accept,
            Err(error) => match error.answer {
                Some(answer) => Answer(answer.status.code()),
                None => Drop,
            },
        };
        assert_eq!(met, *demand, "§{section} {name}: {:?}", parse(bytes));
    }
}

#[test]
fn what_is_accepted_means_the_same_after_printing() {
    for (section, name, bytes, _) in MESSAGES {
        if let Ok(message) = parse(bytes) {
            let again = parse(&message.to_bytes());
            assert_eq!(again.as_ref(), Ok(&message), "§{section} {name}");
        }
    }
}

#[test]
fn a_refusal_is_answered_in_the_transaction_of_the_request() {
    for (section, name, bytes, _) in MESSAGES {
        let Err(error) = parse(bytes) else { continue };
        let Some(answer) = error.answer else { continue };
        let text = String::from_utf8(answer.to_bytes()).expect("text");
        let via = answer.headers.get(&HeaderName::Via).expect("a Via");
        assert!(
            String::from_utf8_lossy(bytes).contains(via),
            "§{section} {name}: the Via comes back"
        );
        assert!(
            text.ends_with("Content-Length: 0\r\n\r\n"),
            "§{section} {name}"
        );
        for needed in [
            HeaderName::From,
            HeaderName::To,
            HeaderName::CallId,
            HeaderName::CSeq,
        ] {
            assert!(answer.headers.has(&needed), "§{section} {name}: {needed}");
        }
    }
}

#[test]
fn s3_1_1_1_folds_white_space_and_compact_forms_are_gone() {
    let message = request("wsinv");
    let headers = &message.headers;
    assert_eq!(message.method, Method::Invite);
    assert!(message.uri.params.has("unknownparam"));
    assert_eq!(headers.to().unwrap().tag(), Some("1918181833n"));
    let from = headers.from().unwrap();
    assert_eq!(from.display.as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    assert_eq!(headers.cseq().unwrap().number, 9);
    assert_eq!(headers.get(&HeaderName::Subject), Some(""));
    let vias = headers.vias().unwrap();
    assert_eq!(vias.len(), 3);
    assert_eq!(vias[0].branch(), Some("390skdjuw"));
    assert_eq!(&*vias[1].transport, "TCP");
    assert_eq!(vias[1].branch(), Some("z9hG4bK9ikj8"));
    assert_eq!(vias[2].branch(), Some("z9hG4bK30239"));
    assert_eq!(
        headers.routes().unwrap()[0].uri.params.get("lr"),
        Some(None)
    );
    let contacts = headers.contacts().unwrap();
    assert_eq!(contacts.len(), 1);
    assert_eq!(contacts[0].display.as_deref(), Some("Quoted string \"\""));
    assert_eq!(contacts[0].params.value("newparam"), Some("newvalue"));
    assert_eq!(contacts[0].params.get("secondparam"), Some(None));
    assert_eq!(contacts[0].params.value("q"), Some("0.33"));
    assert_eq!(
        headers.get(&HeaderName::Other("newfangledheader".into())),
        Some("newfangled value continued newfangled value")
    );
    assert_eq!(
        headers.get(&HeaderName::Other("UnknownHeaderWithUnusualValue".into())),
        Some(";;,,;;,;")
    );
    assert_eq!(message.body.len(), 150);
}

#[test]
fn s3_1_1_2_every_legal_character_is_read_but_no_control_character_survives() {
    let message = request("intmeth");
    assert_eq!(
        message.method.as_str(),
        "!interesting-Method0123456789_*+`.%indeed'~"
    );
    assert_eq!(
        message.uri.user.as_deref(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(
        message.uri.password.as_deref(),
        Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
    );
    let to = message.headers.to().unwrap();
    assert_eq!(
        to.display.as_deref(),
        Some("BEL:\u{fffd} NUL:\u{fffd} DEL:\u{fffd}")
    );
    let from = message.headers.from().unwrap();
    assert_eq!(
        from.display.as_deref(),
        Some("token1~` token2'+_ token3*%!.-")
    );
    assert_eq!(from.params.value("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(
        message.headers.call_id(),
        Ok("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{")
    );
    assert!(
        message
            .to_bytes()
            .iter()
            .all(|byte| *byte >= b' ' || b"\r\n".contains(byte))
    );
}

#[test]
fn s3_1_1_3_escapes_are_resolved_where_they_are_escapes() {
    let message = request("esc01");
    assert_eq!(
        message.uri.user_decoded().as_deref(),
        Some("sips:user@example.com")
    );
    let user: sip_message::Uri = "sip:user@example.com".parse().unwrap();
    assert!(message.headers.to().unwrap().uri.is_equivalent(&user));
    assert_eq!(
        message
            .headers
            .from()
            .unwrap()
            .uri
            .user_decoded()
            .as_deref(),
        Some("I have spaces")
    );
}

#[test]
fn s3_1_1_4_an_escaped_null_does_not_end_a_user() {
    let contacts = request("escnull").headers.contacts().unwrap();
    assert_eq!(contacts[0].uri.user_decoded().as_deref(), Some("\0"));
    assert_eq!(contacts[1].uri.user_decoded().as_deref(), Some("\0\0"));
    assert_ne!(
        contacts[0].uri.address_of_record(),
        contacts[1].uri.address_of_record()
    );
}

#[test]
fn s3_1_1_5_a_percent_sign_in_a_method_or_header_name_is_only_that() {
    let message = request("esc02");
    assert_eq!(message.method, Method::Other("RE%47IST%45R".into()));
    assert_eq!(message.headers.contacts().unwrap().len(), 2);
    assert_eq!(
        message.headers.from().unwrap().display.as_deref(),
        Some("%Z%45")
    );
}

#[test]
fn s3_1_1_7_long_values_are_read_whole() {
    let message = request("longreq");
    assert_eq!(message.headers.vias().unwrap().len(), 34);
    assert_eq!(message.headers.from().unwrap().tag().unwrap().len(), 155);
    assert_eq!(message.headers.to().unwrap().uri.port, Some(6000));
}

#[test]
fn s3_1_1_8_what_follows_the_body_is_dropped() {
    let message = request("dblreq");
    assert_eq!(message.method, Method::Register);
    assert!(message.body.is_empty());
}

#[test]
fn s3_1_1_9_semicolons_before_the_at_sign_belong_to_the_user() {
    let message = request("semiuri");
    assert_eq!(
        message.uri.user_decoded().as_deref(),
        Some("user;par=u@example.net")
    );
    assert!(message.uri.params.is_empty());
}

#[test]
fn s3_1_1_11_a_binary_body_is_left_alone() {
    let message = request("mpart01");
    assert_eq!(message.body.len(), 553);
    assert!(message.body.contains(&0));
    assert!(bytes("mpart01").ends_with(&message.body));
}

#[test]
fn s3_1_1_12_a_reason_phrase_may_be_of_any_script() {
    let message = response("unreason");
    assert_eq!(
        message.reason,
        "= 2**3 * 5**2 но сто девяносто девять - простое"
    );
}

#[test]
fn s3_1_1_13_a_reason_phrase_may_be_empty() {
    assert_eq!(response("noreason").reason, "");
}

#[test]
fn s3_3_12_to_14_parameters_belong_to_the_contact_or_to_the_uri() {
    let outside = &request("cparam01").headers.contacts().unwrap()[0];
    assert!(outside.params.has("unknownparam") && outside.uri.params.is_empty());
    let inside = &request("cparam02").headers.contacts().unwrap()[0];
    assert!(inside.uri.params.has("unknownparam") && inside.params.is_empty());
    let escaped = &request("regescrt").headers.contacts().unwrap()[0];
    assert_eq!(
        escaped.uri.headers.as_deref(),
        Some("Route=%3Csip:sip.example.com%3E")
    );
}

#[test]
fn s3_3_15_what_the_layers_above_refuse_is_there_to_be_seen() {
    assert_eq!(
        request("unkscm").uri.scheme.as_str(),
        "nobodyknowsthisscheme"
    );
    assert_eq!(
        request("novelsc").uri.user.as_deref(),
        Some("//192.0.2.103:3002")
    );
    assert!(
        request("bext01")
            .headers
            .has_token(&HeaderName::Require, "nothingSupportsThisEither")
    );
    assert_eq!(
        request("invut").headers.get(&HeaderName::ContentType),
        Some("application/unknownformat")
    );
    assert_eq!(request("zeromf").headers.max_forwards(), Ok(Some(0)));
    assert_eq!(
        request("badbranch").headers.via().unwrap().branch(),
        Some("z9hG4bK")
    );
    assert_eq!(request("inv2543").headers.via().unwrap().branch(), None);
}

/// What a stream makes of a message: the messages it is cut into, and the error that ends the stream.
fn framed(name: &str) -> (Vec<Vec<u8>>, Option<FramingError>) {
    let mut framer = StreamFramer::new();
    framer.push(bytes(name));
    let mut messages = Vec::new();
    loop {
        match framer.next() {
            Ok(Some(Framed::Message(message))) => messages.push(message),
            Ok(Some(_)) => {}
            Ok(None) => return (messages, None),
            Err(error) => return (messages, Some(error)),
        }
    }
}

#[test]
fn on_a_stream_a_content_length_that_cannot_be_trusted_ends_the_connection() {
    for name in ["ncl", "mcl01"] {
        assert_eq!(
            framed(name),
            (vec![], Some(FramingError::BadContentLength)),
            "{name}"
        );
    }
    assert_eq!(
        framed("inv2543"),
        (vec![], Some(FramingError::NoContentLength))
    );
    assert_eq!(
        framed("clerr"),
        (vec![], None),
        "the rest of the body is waited for"
    );
}

#[test]
fn on_a_stream_two_requests_in_a_row_are_two_messages() {
    let (messages, error) = framed("dblreq");
    assert_eq!(messages.len(), 2);
    assert!(
        matches!(parse(&messages[1]), Ok(Message::Request(second)) if second.method == Method::Invite)
    );
    // The second one's body is three bytes longer than it says; what is left over begins no message.
    assert_eq!(error, Some(FramingError::NoContentLength));
}
