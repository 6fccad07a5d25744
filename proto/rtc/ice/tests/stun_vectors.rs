//! The sample messages of RFC 5769 §2.1 to §2.3, and what must not parse.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use rtc_ice::{Builder, Class, IceRole, Malformed, Message, TransactionId};

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
const RESPONSE_IPV4: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
const RESPONSE_IPV6: &str = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

const TRANSACTION: TransactionId = TransactionId([
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
]);

#[test]
fn the_sample_request_is_read_and_authentic() {
    let bytes = octets(REQUEST);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.class(), Class::Request);
    assert!(message.is_binding());
    assert_eq!(message.transaction(), TRANSACTION);
    assert_eq!(message.username(), Some(&b"evtj:h6vY"[..]));
    assert_eq!(message.ufrags(), Some((&b"evtj"[..], &b"h6vY"[..])));
    assert_eq!(message.priority(), Some(0x6e00_01ff));
    assert_eq!(
        message.role(),
        Some(IceRole::Controlled(0x932f_f9b1_5126_3b36))
    );
    assert!(!message.nominates());
    assert!(message.has_fingerprint());
    assert!(message.unknown_attributes().is_empty());
    assert!(message.is_authentic(PASSWORD));
    assert!(!message.is_authentic("VOkJxbRl1RmTxUk/WvJxBu"));
    assert!(!message.is_authentic(""));
}

#[test]
fn the_sample_responses_tell_their_addresses() {
    for (hex, address) in [
        (RESPONSE_IPV4, "192.0.2.1:32853"),
        (
            RESPONSE_IPV6,
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
        ),
    ] {
        let bytes = octets(hex);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.mapped_address(), Some(address.parse().unwrap()));
        assert!(message.is_authentic(PASSWORD) && message.has_fingerprint());
    }
}

#[test]
fn a_response_is_written_as_the_sample_says() {
    // The sample pads SOFTWARE with a blank; our own zeroes differ, so it goes in with its padding as one value of twelve.
    for (hex, address) in [
        (RESPONSE_IPV4, "192.0.2.1:32853"),
        (
            RESPONSE_IPV6,
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
        ),
    ] {
        let sample = octets(hex);
        let address = address.parse().unwrap();
        let written = Builder::new(Class::Success, TRANSACTION)
            .mapped_address(address)
            .finish(PASSWORD);
        let software = 16;
        let mapped = if address.is_ipv4() { 12 } else { 24 };
        assert_eq!(
            written[20..20 + mapped],
            sample[20 + software..20 + software + mapped]
        );
        let message = Message::parse(&written).unwrap();
        assert_eq!(message.mapped_address(), Some(address));
        assert!(message.is_authentic(PASSWORD));
    }
}

#[test]
fn any_flipped_bit_is_noticed() {
    let whole = octets(REQUEST);
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let authentic = Message::parse(&bytes)
                .is_ok_and(|message| message.has_fingerprint() && message.is_authentic(PASSWORD));
            assert!(!authentic, "octet {at}, bit {bit}");
        }
    }
}

#[test]
fn no_shortened_message_parses() {
    for hex in [REQUEST, RESPONSE_IPV4, RESPONSE_IPV6] {
        let whole = octets(hex);
        for length in 0..whole.len() {
            assert!(Message::parse(&whole[..length]).is_err(), "{length}");
        }
        let mut longer = whole;
        longer.push(0);
        assert_eq!(Message::parse(&longer).unwrap_err(), Malformed::Header);
    }
}

#[test]
fn what_follows_message_integrity_is_not_believed() {
    // USE-CANDIDATE slipped in behind MESSAGE-INTEGRITY by somebody who can compute a CRC.
    let honest = Builder::new(Class::Request, TRANSACTION)
        .username("a:b")
        .finish(PASSWORD);
    let mut forged = honest[..honest.len() - 8].to_vec();
    forged.extend([0x00, 0x25, 0, 0]);
    let length = u16::try_from(forged.len() - 20 + 8).unwrap();
    forged[2..4].copy_from_slice(&length.to_be_bytes());
    let crc = crc32fast::hash(&forged) ^ 0x5354_554e;
    forged.extend([0x80, 0x28, 0, 4]);
    forged.extend(crc.to_be_bytes());

    let message = Message::parse(&forged).unwrap();
    assert!(
        message.is_authentic(PASSWORD),
        "what it covers is untouched"
    );
    assert!(!message.nominates(), "and the rest is ignored");
}

#[test]
fn the_first_of_two_attributes_counts() {
    let bytes = Builder::new(Class::Request, TRANSACTION)
        .priority(1)
        .priority(2)
        .finish(PASSWORD);
    assert_eq!(Message::parse(&bytes).unwrap().priority(), Some(1));
}

#[test]
fn a_flood_of_attributes_is_refused() {
    let mut request = Builder::new(Class::Request, TRANSACTION);
    for _ in 0..200 {
        request = request.attribute(0x9999, &[]);
    }
    let bytes = request.finish(PASSWORD);
    assert_eq!(Message::parse(&bytes).unwrap_err(), Malformed::Attribute);
}

#[test]
fn the_classes_have_the_codes_of_the_standard() {
    for (class, code) in [
        (Class::Request, 0x0001_u16),
        (Class::Indication, 0x0011),
        (Class::Success, 0x0101),
        (Class::Error, 0x0111),
    ] {
        let bytes = Builder::new(class, TRANSACTION).finish_bare();
        assert_eq!(bytes[..2], code.to_be_bytes());
        assert_eq!(Message::parse(&bytes).unwrap().class(), class);
    }
}
