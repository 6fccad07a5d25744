//! Datagrams into the STUN parser, and attributes of the fuzzer's choice, properly sealed, into the lite agent.
#![expect(clippy::expect_used, reason = "a fuzz body speaks by panicking")]

use proto_base::Time;
use rtc_ice::{Builder, Class, Credentials, Lite, Message, TransactionId};
use std::net::SocketAddr;

const UFRAG: &str = "0000ours";
const PASSWORD: &str = "our-password-of-22-chars";
const BROWSER: &str = "brow";

fn agent() -> Lite {
    Lite::new(Time::ZERO, Credentials::new(UFRAG, PASSWORD), Some(BROWSER))
}

fn from() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

/// What is believed was made with our password; what is answered is answered in kind.
fn hand(lite: &mut Lite, bytes: &[u8]) {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    let authentic = message.is_authentic(PASSWORD);
    let before = lite.addresses().count();
    match lite.handle(Time::ZERO, from(), &message) {
        Ok(answer) => {
            assert!(authentic && message.has_fingerprint());
            let answer = Message::parse(&answer).expect("our own words parse");
            assert!(answer.is_authentic(PASSWORD) && answer.has_fingerprint());
            assert_eq!(answer.transaction(), message.transaction());
            assert!(matches!(answer.class(), Class::Success | Class::Error));
            if answer.class() == Class::Success {
                assert_eq!(answer.mapped_address(), Some(from()));
                assert!(lite.is_valid(from()));
            }
        }
        Err(_) => assert_eq!(lite.addresses().count(), before),
    }
}

/// `bytes` as a datagram; then as a list of attributes: kind (2 octets), length (1 octet), value.
pub fn stun(bytes: &[u8]) {
    hand(&mut agent(), bytes);

    let mut sealed = Builder::new(Class::Request, TransactionId([7; 12]))
        .username(&format!("{UFRAG}:{BROWSER}"));
    let mut rest = bytes;
    while let [high, low, length, tail @ ..] = rest {
        let kind = u16::from_be_bytes([*high, *low]);
        let (value, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        sealed = sealed.attribute(kind, value);
        rest = tail;
    }
    let sealed = sealed.finish(PASSWORD);
    let mut lite = agent();
    hand(&mut lite, &sealed);
    hand(&mut lite, &sealed);
    lite.handle_timeout(Time::from_micros(100_000_000), None);
    assert_eq!(lite.addresses().count(), 0, "nobody is left after 100 s");
}
