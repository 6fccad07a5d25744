//! Datagrams into a DTLS association, and a handshake between two of ours whose datagrams the fuzzer spoils.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a fuzz body speaks by panicking"
)]

use proto_base::Time;
use rtc_dtls::{Association, Identity, Output, Role, generate_certificate};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Certificates are drawn once per run: nothing here depends on which they are.
static IDENTITIES: LazyLock<[Identity; 2]> = LazyLock::new(|| {
    let epoch = Instant::now();
    [(), ()].map(|()| {
        let (certificate, key) = generate_certificate().expect("a certificate is made");
        Identity::new(certificate, key, epoch).expect("and can be used")
    })
});

/// Enough for a handshake and its retransmissions.
const MAX_STEPS: usize = 64;

/// The first octet chooses: arbitrary datagrams (each after its length in two octets) to one association, or a handshake under
/// instructions (which datagram, which octet, XOR what).
pub fn dtls(bytes: &[u8]) {
    let [choice, rest @ ..] = bytes else { return };
    let role = if choice & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    if choice & 2 == 0 {
        arbitrary(role, rest);
    } else {
        spoilt(rest);
    }
}

fn arbitrary(role: Role, mut rest: &[u8]) {
    let mut now = Time::from_micros(1);
    let mut association = Association::new(now, &IDENTITIES[0], role);
    for _ in 0..MAX_STEPS {
        let [high, low, tail @ ..] = rest else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (datagram, tail) = tail.split_at(length.min(tail.len()));
        rest = tail;
        association.handle_datagram(now, datagram);
        while let Some(output) = association.poll_output() {
            assert!(
                !matches!(output, Output::Connected(_)),
                "nobody connects without a key exchange"
            );
        }
        now = now + Duration::from_millis(30);
        association.handle_timeout(now);
    }
}

fn spoilt(mut rest: &[u8]) {
    let mut now = Time::from_micros(1);
    let mut peers = [
        Association::new(now, &IDENTITIES[0], Role::Client),
        Association::new(now, &IDENTITIES[1], Role::Server),
    ];
    let mut keys = [None, None];
    let mut number = 0_u8;
    for _ in 0..MAX_STEPS {
        let mut spoke = false;
        for from in 0..2 {
            while let Some(output) = peers[from].poll_output() {
                match output {
                    Output::Transmit(mut datagram) => {
                        spoke = true;
                        if let [which, at, flip, tail @ ..] = rest
                            && *which == number
                        {
                            rest = tail;
                            let at = usize::from(*at) * datagram.len() / 256;
                            datagram[at] ^= *flip;
                        }
                        number = number.wrapping_add(1);
                        peers[1 - from].handle_datagram(now, &datagram);
                    }
                    Output::Connected(material) => keys[from] = Some(material),
                    Output::PeerCertificate(certificate) => assert_eq!(
                        certificate.sha256().len(),
                        IDENTITIES[1 - from].fingerprint().len()
                    ),
                    Output::Failed(_) | Output::Closed => {}
                }
            }
        }
        if !spoke {
            let next = peers.iter().filter_map(Association::poll_timeout).min();
            let Some(next) = next else { break };
            now = now.max(next);
            for peer in &mut peers {
                peer.handle_timeout(now);
            }
        }
    }
    if let [Some(one), Some(two)] = &keys {
        assert_eq!(one, two, "both ends export the same");
    }
}
