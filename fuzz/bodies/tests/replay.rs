//! Every seed and every finding of the fuzzers, played again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::path::Path;

/// Plays a folder of the corpus; it must hold something.
fn replay(name: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(name);
    let mut played = 0;
    for entry in std::fs::read_dir(&folder).expect("each body has a corpus") {
        let path = entry.expect("a readable folder").path();
        body(&std::fs::read(&path).expect("a readable file"));
        played += 1;
    }
    assert!(played >= 5, "{name}: only {played} seeds");
}

/// And what no seed has: nothing, one octet of each kind, and long runs.
fn extremes(body: fn(&[u8])) {
    body(&[]);
    for octet in 0..=u8::MAX {
        body(&[octet]);
    }
    for octet in [0, b'\r', b':', 0x80, 0xff] {
        body(&vec![octet; 70_000]);
    }
}

macro_rules! bodies {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), fuzz_bodies::$name::$name);
            extremes(fuzz_bodies::$name::$name);
        })*
    };
}

bodies!(
    border,
    dtls,
    locate,
    ng,
    ice_agent,
    offer_answer,
    proxy,
    references,
    routing,
    rtcp,
    rtp,
    sdp,
    sdp_fragment,
    sip_auth,
    sip_message,
    sip_stream,
    sip_transaction,
    srtp,
    stream,
    stun,
    transcode,
    trunk,
    web_socket,
    worker_datagrams,
);
