//! Datagrams of a proxy, one after another, with the real negotiator behind the door; and every payload as a value alone.

use control_command::{Event, Fingerprint, LegCounters, LegId, What, WorkerCommand};
use control_ng::{Encoding, Front, Interface, Output, Settings};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use proto_base::{NetworkId, Random, Time};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const SEPARATOR: u8 = 0x1e;
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// What is read is written and read the same; each datagram has one reply at most; at the end nothing is left.
pub fn ng(bytes: &[u8]) {
    for encoding in [Encoding::Bencode, Encoding::Json] {
        if let Ok(value) = encoding.read(bytes) {
            let mut written = Vec::new();
            encoding.write(&value, &mut written);
            // Replacement characters and escapes make JSON longer, so it may have grown beyond a bound; never otherwise.
            if let Ok(again) = encoding.read(&written) {
                assert_eq!(again, value);
            } else {
                assert_eq!(encoding, Encoding::Json);
            }
        }
    }
    let interface = Interface {
        name: "default".to_owned(),
        network: NetworkId(0),
        address: HERE,
    };
    let mut table = Table {
        front: Front::new(Settings {
            interfaces: vec![interface],
            started: 0,
        }),
        negotiator: Negotiator::new(plan(), Random::from_number(1)),
    };
    let mut now = Time::from_micros(1);
    for datagram in bytes.split(|octet| *octet == SEPARATOR) {
        now = Time::from_micros(now.as_micros() + 500_000);
        let peer = SocketAddr::new(HERE, 5060);
        table
            .front
            .handle(now, &mut table.negotiator, 0, peer, datagram);
        assert!(table.drain(now) <= 1);
        if table.front.poll_timeout().is_some_and(|at| at <= now) {
            table.front.handle_timeout(now, &mut table.negotiator);
            table.drain(now);
        }
    }
    table.front.shut_down(now, &mut table.negotiator);
    table.drain(now);
    assert_eq!(table.front.call_count(), 0);
    assert!(table.negotiator.is_idle());
}

struct Table {
    front: Front,
    negotiator: Negotiator,
}

impl Table {
    /// Replies given.
    fn drain(&mut self, now: Time) -> usize {
        let mut replies = 0;
        loop {
            let mut quiet = true;
            while let Some((_, command)) = self.negotiator.poll_command() {
                let (session, what) = match command {
                    WorkerCommand::Apply(_) => continue,
                    WorkerCommand::Count(session) => (
                        session,
                        What::Counted(vec![(LegId(0), LegCounters::default())]),
                    ),
                    WorkerCommand::Close(session) => (session, What::Ended(Vec::new())),
                };
                quiet = false;
                let event = Event {
                    session,
                    leg: None,
                    what,
                };
                self.negotiator.hear(&event);
                self.front.hear(now, &mut self.negotiator, event);
            }
            while let Some(output) = self.front.poll_output() {
                quiet = false;
                if let Output::Reply { bytes, .. } = output {
                    // All that a client of the protocol can read.
                    assert!(bytes.len() <= 65_507);
                    replies += 1;
                }
            }
            if quiet {
                return replies;
            }
        }
    }
}

fn plan() -> MediaPlan {
    MediaPlan {
        networks: vec![MediaNetwork {
            ice: media_offer_answer::IceMode::Lite,
            id: NetworkId(0),
            webrtc: vec![WebRtcAddress {
                socket: proto_base::SocketId(0),
                advertised: SocketAddr::new(HERE, 30_000),
            }],
            rtp: Some(RtpRange {
                bind: HERE,
                advertised: HERE,
                first: 30_002,
                last: 30_009,
            }),
        }],
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: vec![7; 32],
        },
        adopts: true,
        workers: 1,
    }
}
