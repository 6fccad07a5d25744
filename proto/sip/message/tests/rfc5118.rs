//! The 12 messages of RFC 5118 (IPv6) in `rfc5118/*.dat`. Source: the RFC's text. As printed there, the Content-Length of the three that
//! have a body does not fit the lines of the body; here it does. Each is accepted or refused as its section demands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use sip_message::{Message, Request, parse};

macro_rules! messages {
    ($($section:literal $name:literal $answer:expr,)*) => {
        /// Section, name, bytes, and the status of the refusal if it is to be refused.
        const MESSAGES: &[(&str, &str, &[u8], Option<u16>)] = &[
            $(($section, $name, include_bytes!(concat!("rfc5118/", $name, ".dat")), $answer),)*
        ];
    };
}

messages! {
    "4.1" "ipv6-good" None,
    "4.2" "ipv6-bad" Some(400),
    "4.3" "port-ambiguous" None,
    "4.4" "port-unambiguous" None,
    "4.5" "via-received-param-with-delim" None,
    "4.5" "via-received-param-no-delim" None,
    "4.6" "ipv6-in-sdp" None,
    "4.7" "mult-ip-in-header" None,
    "4.8" "mult-ip-in-sdp" None,
    "4.9" "ipv4-mapped-ipv6" None,
    // One may be lenient with the third colon; we are not obliged to be.
    "4.10" "ipv6-bug-abnf-3-colons" Some(400),
    "4.10" "ipv6-correct-abnf-2-colons" None,
}

fn request(name: &str) -> Request {
    let (.., bytes, _) = MESSAGES.iter().find(|message| message.1 == name).unwrap();
    match parse(bytes) {
        Ok(Message::Request(request)) => request,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_message_is_accepted_or_refused_as_its_section_demands() {
    assert_eq!(MESSAGES.len(), 12);
    for (section, name, bytes, answer) in MESSAGES {
        let met = parse(bytes).err().map(|error| {
            let answer = error.answer.expect("there is enough to answer to");
            answer.status.code()
        });
        assert_eq!(met, *answer, "§{section} {name}: {:?}", parse(bytes));
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
fn a_port_belongs_to_the_address_only_behind_the_bracket() {
    assert_eq!(request("port-ambiguous").uri.port, None);
    assert_eq!(
        request("port-ambiguous").uri.host.to_string(),
        "[2001:db8::10:5070]"
    );
    assert_eq!(request("port-unambiguous").uri.port, Some(5070));
    assert_eq!(
        request("port-unambiguous").uri.host.to_string(),
        "[2001:db8::10]"
    );
}

#[test]
fn addresses_of_both_families_stand_in_one_message() {
    let vias = request("mult-ip-in-header").headers.vias().unwrap();
    assert_eq!(vias.len(), 3);
    assert_eq!(vias[0].port, Some(6050));
    let mapped = request("ipv4-mapped-ipv6").headers.vias().unwrap();
    assert_eq!(mapped[0].port, Some(19823));
}
