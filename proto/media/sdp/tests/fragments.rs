//! Fragments of SDP, as trickle ICE sends them (RFC 8840 §9).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use media_sdp::{Fault, IceFragment, limits};

#[test]
fn a_fragment_is_read_part_by_part() {
    let text = "a=ice-ufrag:Main\r\na=ice-pwd:mainmainmainmainmainma\r\n\
        m=audio 9 RTP/AVP 0\r\na=mid:1\r\n\
        a=candidate:1 1 UDP 5 192.0.2.1 4000 typ host\r\n\
        a=candidate:2 1 UDP 5 192.0.2.2 4000 typ host ufrag Main\r\n\
        a=candidate:3 1 UDP 5 192.0.2.3 4000 typ host ufrag Else\r\n\
        m=audio 9 RTP/AVP 0\na=mid:2\na=ice-ufrag:Own1\na=end-of-candidates\n";
    let fragment = IceFragment::parse(text.as_bytes()).unwrap();
    let mut parts = fragment.parts();
    let first = parts.next().unwrap();
    assert_eq!(
        (first.mid, first.ufrag, first.is_last),
        (Some("1"), Some("Main"), false)
    );
    assert_eq!(first.pwd, Some("mainmainmainmainmainma"));
    let addresses: Vec<String> = first.candidates.map(|it| it.address).collect();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2"]);
    let second = parts.next().unwrap();
    assert_eq!(
        (second.mid, second.ufrag, second.is_last),
        (Some("2"), Some("Own1"), true)
    );
    assert_eq!(second.candidates.count(), 0);
    assert!(parts.next().is_none());
}

#[test]
fn without_a_media_line_there_is_one_part() {
    let text = b"a=ice-ufrag:Main\na=candidate:1 1 UDP 5 192.0.2.1 4000 typ host\n";
    let fragment = IceFragment::parse(text).unwrap();
    let part = fragment.parts().next().unwrap();
    assert_eq!((part.mid, part.ufrag), (None, Some("Main")));
    assert_eq!(part.candidates.count(), 1);
}

#[test]
fn each_bound_of_a_fragment_holds() {
    let many = |line: &str, count: usize| line.repeat(count);
    let candidate = "a=candidate:1 1 UDP 5 192.0.2.1 4000 typ host\n";
    let cases = [
        (many("a=x\n", limits::LINES + 1), Fault::TooManyLines),
        (many("m=\n", limits::MEDIA + 1), Fault::TooManyMedia),
        (
            many(candidate, limits::CANDIDATES + 1),
            Fault::TooManyCandidates,
        ),
        (many("a", limits::OCTETS + 1), Fault::TooLarge),
        ("v=0\n".to_owned(), Fault::NotALine),
        ("a=\n".to_owned(), Fault::Attribute),
        ("a=x\0\n".to_owned(), Fault::NotALine),
    ];
    for (text, fault) in cases {
        let error = IceFragment::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.fault, fault);
    }
}
