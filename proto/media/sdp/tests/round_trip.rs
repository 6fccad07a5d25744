//! Whatever can be built is printed and read back the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use media_sdp::{
    Attribute, Attributes, Candidate, Connection, Fingerprint, Line, Media, Origin, RtpMap,
    SessionDescription, fingerprint_text,
};
use proptest::prelude::*;
use std::net::{IpAddr, SocketAddr};

fn text() -> impl Strategy<Value = String> {
    "[ -~]{0,20}"
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let attribute = ("[a-zA-Z][a-zA-Z0-9-]{0,11}", proptest::option::of(text()));
    proptest::collection::vec(attribute, 0..8).prop_map(|all| {
        let mut attributes = Attributes::default();
        for (name, value) in all {
            attributes.push_attribute(Attribute { name, value });
        }
        attributes
    })
}

fn media() -> impl Strategy<Value = Media> {
    let formats = proptest::collection::vec("[a-z0-9]{1,5}", 0..6);
    let connection = proptest::option::of(any::<IpAddr>());
    let bandwidth = proptest::option::of(text());
    let ports = proptest::option::of(any::<u16>());
    (
        "[a-z]{1,8}",
        any::<u16>(),
        ports,
        "[A-Z/]{1,12}",
        formats,
        connection,
        bandwidth,
        attributes(),
    )
        .prop_map(
            |(kind, port, ports, protocol, formats, connection, bandwidth, attributes)| Media {
                ports,
                formats,
                connection: connection.map(Connection::new),
                lines: bandwidth
                    .into_iter()
                    .map(|value| Line { letter: 'b', value })
                    .collect(),
                attributes,
                ..Media::new(&kind, port, &protocol)
            },
        )
}

fn description() -> impl Strategy<Value = SessionDescription> {
    let medias = proptest::collection::vec(media(), 0..4);
    (
        any::<u64>(),
        any::<u64>(),
        any::<IpAddr>(),
        "[!-~][ -~]{0,10}",
        attributes(),
        medias,
    )
        .prop_map(
            |(id, version, address, name, attributes, media)| SessionDescription {
                name,
                attributes,
                media,
                ..SessionDescription::new(Origin::new(id, version, address))
            },
        )
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(description in description()) {
        let read = SessionDescription::parse(description.to_string().as_bytes()).unwrap();
        prop_assert_eq!(read, description);
    }

    #[test]
    fn typed_attributes_are_read_back(
        address in any::<SocketAddr>(),
        preference in any::<u16>(),
        digest in proptest::collection::vec(any::<u8>(), 32),
        payload_type in 0..128_u8,
        clock_rate in 1..u32::MAX,
        channels in 1..9_u8,
        parameters in "[a-z0-9=;]{1,20}",
    ) {
        let candidate = Candidate::host("1", address, preference);
        let fingerprint = Fingerprint { algorithm: "sha-256".to_owned(), digest };
        let format = RtpMap { channels, ..RtpMap::new(payload_type, "opus", clock_rate) };
        let mut media = Media::new("audio", 9, "RTP/AVP");
        media.push_format(&format, Some(&parameters));
        media.attributes.push("candidate", &candidate.to_string());
        media.attributes.push("fingerprint", &fingerprint_text(&fingerprint));
        prop_assert_eq!(media.rtp_formats(), [format]);
        prop_assert_eq!(media.attributes.fmtp(payload_type), Some(parameters.as_str()));
        prop_assert_eq!(media.attributes.candidates().next(), Some(candidate));
        prop_assert_eq!(media.attributes.fingerprints().next(), Some(fingerprint));
    }

    #[test]
    fn any_octets_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = SessionDescription::parse(&body);
    }
}

#[test]
fn a_lone_host_candidate_has_the_priority_of_the_standard() {
    let candidate = Candidate::host("1", "192.0.2.1:443".parse().unwrap(), 65535);
    assert_eq!(
        candidate.to_string(),
        "1 1 udp 2130706431 192.0.2.1 443 typ host"
    );
}
