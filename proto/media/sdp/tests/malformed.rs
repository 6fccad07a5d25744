//! What is no SDP is refused, with the line that is to blame, and within bounds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use media_sdp::{Fault, SessionDescription, limits};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

fn refused(body: &str) -> (usize, Fault) {
    let error = SessionDescription::parse(body.as_bytes()).expect_err(body);
    (error.line, error.fault)
}

#[test]
fn each_malformed_line_is_named() {
    let cases = [
        ("", 0, Fault::Version),
        ("v=1\r\n", 1, Fault::Version),
        ("o=- 1 1 IN IP4 192.0.2.1\r\n", 1, Fault::Version),
        ("v=0\r\ns=-\r\n", 0, Fault::Origin),
        ("v=0\r\no=- 1 IN IP4 192.0.2.1\r\n", 2, Fault::Origin),
        ("v=0\r\no=- one 1 IN IP4 192.0.2.1\r\n", 2, Fault::Origin),
        ("v=0\r\no=- 1 -1 IN IP4 192.0.2.1\r\n", 2, Fault::Origin),
        ("v=0\r\no=- 1 1 IN IP5 192.0.2.1\r\n", 2, Fault::Origin),
    ];
    for (body, line, fault) in cases {
        assert_eq!(refused(body), (line, fault), "{body}");
    }
    let cases = [
        ("v=0", Fault::Version),
        ("o=- 1 1 IN IP4 192.0.2.1", Fault::Origin),
        ("c=IN IP4", Fault::Connection),
        ("c=192.0.2.1", Fault::Connection),
        ("m=audio", Fault::Media),
        ("m=audio 4000", Fault::Media),
        ("m=audio 70000 RTP/AVP 0", Fault::Media),
        ("m=audio -1 RTP/AVP 0", Fault::Media),
        ("m=audio +1 RTP/AVP 0", Fault::Media),
        ("m=audio 4000/x RTP/AVP 0", Fault::Media),
        ("a=", Fault::Attribute),
        ("a=:x", Fault::Attribute),
        ("x=1", Fault::UnknownType),
        ("A=sendrecv", Fault::NotALine),
        ("nonsense", Fault::NotALine),
        ("a", Fault::NotALine),
        ("a=a\rb", Fault::NotALine),
        ("a=a\0b", Fault::NotALine),
    ];
    for (line, fault) in cases {
        assert_eq!(
            refused(&format!("{HEAD}{line}\r\na=x\r\n")),
            (5, fault),
            "{line}"
        );
    }
    let media = format!("{HEAD}m=audio 4000 RTP/AVP 0\r\n");
    for line in ["t=0 0", "s=-", "u=x", "z=0"] {
        let body = format!("{media}{line}\r\n");
        assert_eq!(refused(&body), (6, Fault::UnknownType), "{line}");
    }
}

#[test]
fn the_error_says_which_line() {
    let error = SessionDescription::parse(b"v=0\r\no=nobody\r\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: o= is missing, doubled or malformed"
    );
}

#[test]
fn each_bound_holds_and_what_is_within_it_is_read() {
    let media = format!("{HEAD}m=audio 4000 RTP/AVP 0\r\n");
    let candidate = "a=candidate:1 1 udp 1 192.0.2.1 4000 typ host\r\n";
    let format_list = |count: usize| " 0".repeat(count);
    type Body<'a> = &'a dyn Fn(usize) -> String;
    let bounds: [(usize, Fault, Body<'_>); 4] = [
        (limits::MEDIA, Fault::TooManyMedia, &|count| {
            format!("{HEAD}{}", "m=audio 0 RTP/AVP 0\r\n".repeat(count))
        }),
        (limits::CANDIDATES, Fault::TooManyCandidates, &|count| {
            format!("{media}{}", candidate.repeat(count))
        }),
        (limits::FORMATS, Fault::TooManyFormats, &|count| {
            format!("{HEAD}m=audio 4000 RTP/AVP{}\r\n", format_list(count))
        }),
        // The head has four lines, and the body ends in an empty one.
        (limits::LINES - 5, Fault::TooManyLines, &|count| {
            format!("{HEAD}{}", "a=x\r\n".repeat(count))
        }),
    ];
    for (bound, fault, body) in bounds {
        assert!(
            SessionDescription::parse(body(bound).as_bytes()).is_ok(),
            "{fault:?}"
        );
        assert_eq!(refused(&body(bound + 1)).1, fault);
    }
    let long = format!("{HEAD}a={}\r\n", "x".repeat(limits::OCTETS));
    assert_eq!(refused(&long), (0, Fault::TooLarge));
}

#[test]
fn malformed_attributes_read_as_absent() {
    let body = format!(
        "{HEAD}m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96\r\na=rtpmap:96 opus\r\na=rtpmap:300 opus/48000\r\n\
         a=rtpmap:97 opus/0\r\na=fmtp:96\r\na=fmtp\r\na=ptime:-5\r\na=setup:maybe\r\na=fingerprint:sha-256 AB:CD\r\n\
         a=fingerprint:md5 {md5}\r\na=candidate:1 2 udp\r\na=candidate:1 0 udp 1 192.0.2.1 4 typ host\r\n\
         a=candidate:1 999 udp 1 192.0.2.1 4 typ host\r\na=rtcp:x\r\na=mid:\r\na=group\r\na=ssrc:x cname:y\r\na=msid\r\n",
        md5 = ["00"; 16].join(":"),
    );
    let description = SessionDescription::parse(body.as_bytes()).unwrap();
    let media = &description.media[0];
    assert!(media.rtp_formats().is_empty());
    let attributes = &media.attributes;
    assert_eq!(attributes.fmtp(96), None);
    assert_eq!(
        (attributes.ptime(), attributes.setup(), attributes.mid()),
        (None, None, None)
    );
    assert_eq!(attributes.fingerprints().count(), 0);
    assert_eq!(attributes.candidates().count(), 0);
    assert_eq!(attributes.groups().count() + attributes.ssrcs().count(), 0);
    assert!(attributes.rtcp().is_none() && attributes.msid().is_none());
}

#[test]
fn no_string_of_a_caller_begins_a_line_of_its_own() {
    let mut description = SessionDescription::parse(HEAD.as_bytes()).unwrap();
    description
        .attributes
        .push("tool", "x\r\nm=audio 1 RTP/AVP 0\n\0");
    let read = SessionDescription::parse(description.to_string().as_bytes()).unwrap();
    assert!(read.media.is_empty());
}
