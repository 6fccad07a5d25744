//! What browsers and telephones send is read, and what is printed is read back the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use media_sdp::{Direction, RtpMap, SessionDescription, Setup, Suite};
use std::fs;
use std::path::PathBuf;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/sdp")
}

fn read(name: &str) -> SessionDescription {
    let body = fs::read(corpus().join(name).with_extension("sdp")).expect(name);
    SessionDescription::parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn everything_in_the_corpus_is_read_and_printed_back() {
    let mut count = 0;
    for entry in fs::read_dir(corpus()).unwrap() {
        let path = entry.unwrap().path();
        let body = fs::read(&path).unwrap();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("malformed")
        {
            assert!(SessionDescription::parse(&body).is_err(), "{path:?}");
            continue;
        }
        let first = SessionDescription::parse(&body).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let printed = first.to_string();
        let second = SessionDescription::parse(printed.as_bytes()).unwrap();
        assert_eq!(first, second, "{path:?}");
        assert_eq!(printed, second.to_string(), "{path:?}");
        count += 1;
    }
    assert!(count >= 20);
}

#[test]
fn an_offer_of_chromium_comes_back_octet_for_octet() {
    let body = fs::read(corpus().join("chromium-sipjs-offer.sdp")).unwrap();
    let description = SessionDescription::parse(&body).unwrap();
    assert_eq!(description.to_string().as_bytes(), body);
}

#[test]
fn chromium_tells_its_transport() {
    let offer = read("chromium-sipjs-offer");
    let section = offer.section(0).unwrap();
    assert_eq!(section.ice_ufrag(), Some("Xk2Q"));
    assert_eq!(section.ice_pwd(), Some("p9Fh3kQ0vXr7LmZt5sWcYb1N"));
    assert_eq!(section.setup(), Some(Setup::ActPass));
    assert_eq!(section.direction(), Direction::SendRecv);
    let fingerprints = section.fingerprints();
    assert_eq!(fingerprints.len(), 1);
    assert_eq!(fingerprints[0].algorithm, "sha-256");
    assert_eq!(fingerprints[0].digest[..3], [0x4a, 0xad, 0xb9]);
    let attributes = &section.media().attributes;
    assert_eq!(attributes.mid(), Some("0"));
    assert!(attributes.rtcp_mux() && attributes.rtcp_rsize());
    assert_eq!(attributes.extmaps().count(), 4);
    assert_eq!(attributes.ice_options().collect::<Vec<_>>(), ["trickle"]);
    assert_eq!(attributes.ssrcs().next().unwrap().ssrc, 3_570_614_608);
    assert_eq!(attributes.rtcp().unwrap().port, 9);
    let candidates: Vec<_> = attributes.candidates().collect();
    assert_eq!(candidates.len(), 3);
    assert_eq!(candidates[0].socket_address(), None, "an mDNS name");
    let reflexive = candidates[1].socket_address().unwrap();
    assert_eq!(reflexive.to_string(), "203.0.113.9:50244");
    assert_eq!(
        (candidates[1].kind.as_str(), candidates[1].is_udp()),
        ("srflx", true)
    );
    assert!(!candidates[2].is_udp());
    let groups: Vec<_> = offer.attributes.groups().collect();
    assert_eq!(groups[0].to_string(), "BUNDLE 0");
}

#[test]
fn firefox_tells_its_fingerprint_for_the_whole_session() {
    let offer = read("firefox-offer");
    let section = offer.section(0).unwrap();
    assert!(section.media().attributes.fingerprints().next().is_none());
    assert_eq!(section.fingerprints()[0].digest[0], 0x19);
    let codecs: Vec<String> = section
        .media()
        .rtp_formats()
        .iter()
        .map(RtpMap::to_string)
        .collect();
    let expected = [
        "109 opus/48000/2",
        "9 G722/8000",
        "0 PCMU/8000",
        "8 PCMA/8000",
    ];
    assert_eq!(codecs[..4], expected);
    assert_eq!(codecs[4], "101 telephone-event/8000");
    assert_eq!(section.media().attributes.fmtp(101), Some("0-15"));
}

#[test]
fn telephones_tell_where_they_receive() {
    let cases = [
        ("baresip-offer", "192.168.7.20:20144", "192.168.7.20:20145"),
        ("asterisk-offer", "192.168.7.2:14320", "192.168.7.2:14321"),
        ("cisco-offer", "10.20.30.40:24580", "10.20.30.40:24581"),
        ("ipv6-offer", "[2001:db8::20]:40000", "[2001:db8::20]:40001"),
        ("sloppy-offer", "192.168.7.77:4000", "192.168.7.77:4001"),
    ];
    for (name, rtp, rtcp) in cases {
        let offer = read(name);
        let section = offer.section(0).unwrap();
        assert_eq!(section.rtp_address().unwrap().to_string(), rtp, "{name}");
        assert_eq!(section.rtcp_address().unwrap().to_string(), rtcp, "{name}");
    }
}

#[test]
fn rtcp_may_be_elsewhere() {
    let body = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    for (attribute, expected) in [
        ("a=rtcp:5000", "192.0.2.1:5000"),
        ("a=rtcp:5000 IN IP4 192.0.2.9", "192.0.2.9:5000"),
        ("a=rtcp:nowhere", "192.0.2.1:4001"),
    ] {
        let body = format!("{body}{attribute}\r\n");
        let description = SessionDescription::parse(body.as_bytes()).unwrap();
        let rtcp = description.section(0).unwrap().rtcp_address().unwrap();
        assert_eq!(rtcp.to_string(), expected);
    }
}

#[test]
fn bare_line_feeds_missing_lines_and_blanks_in_the_user_name_are_tolerated() {
    let offer = read("sloppy-offer");
    assert_eq!(offer.origin.username, "My Phone");
    assert_eq!(offer.name, "-");
    assert_eq!(offer.media[0].formats, ["0", "8", "101"]);
    assert_eq!(offer.media[0].attributes.ptime(), Some(20));
    assert!(offer.to_string().contains("\r\nt=0 0\r\n"));
}

#[test]
fn a_payload_type_without_rtpmap_means_what_is_assigned_to_it() {
    let offer = read("ipv6-offer");
    assert_eq!(offer.media[0].rtp_formats(), [RtpMap::new(0, "PCMU", 8000)]);
}

#[test]
fn sdes_keys_of_a_telephone_are_read() {
    let offer = read("snom-savp-and-avp-offer");
    let crypto: Vec<_> = offer.media[0].attributes.crypto().collect();
    assert_eq!(crypto.len(), 1);
    assert_eq!(crypto[0].suite, Suite::AesCm128HmacSha1_80);
    assert_eq!(crypto[0].key.len(), 30);
}

#[test]
fn a_key_that_cannot_be_honoured_to_the_letter_is_no_key() {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";
    let read = |line: &str| {
        let body = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/SAVP 0\r\na=crypto:{line}\r\n"
        );
        let offer = SessionDescription::parse(body.as_bytes()).unwrap();
        offer.media[0].attributes.crypto().next()
    };
    for good in [
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}"),
        format!("999999999 aes_cm_128_hmac_sha1_32 INLINE:{key}|2^31"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|1048576 WSH=64 -NEW=1"),
    ] {
        let crypto = read(&good).unwrap();
        assert_eq!(crypto.key, (0..30).collect::<Vec<u8>>(), "{good}");
        let again = read(&crypto.to_string());
        assert_eq!(again.as_ref(), Some(&crypto));
        assert!(!format!("{crypto:?}").contains(key));
    }
    for bad in [
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key}|1:4"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key};inline:{key}"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} UNENCRYPTED_SRTP"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} UNAUTHENTICATED_SRTP"),
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{key} KDR=1"),
        format!("1 AEAD_AES_128_GCM inline:{key}"),
        format!("1 AES_256_CM_HMAC_SHA1_80 inline:{key}"),
        format!("1 NULL_HMAC_SHA1_80 inline:{key}"),
        format!("1 AES_CM_128_HMAC_SHA1_80 uri:{key}"),
        format!("9999999999 AES_CM_128_HMAC_SHA1_80 inline:{key}"),
        format!("x AES_CM_128_HMAC_SHA1_80 inline:{key}"),
        "1 AES_CM_128_HMAC_SHA1_80".to_owned(),
        "1 AES_CM_128_HMAC_SHA1_80 inline:!!!!".to_owned(),
    ] {
        assert_eq!(read(&bad), None, "{bad}");
    }
}
