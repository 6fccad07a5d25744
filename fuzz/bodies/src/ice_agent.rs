//! The full agent's life, step by step as the fuzzer chooses: two agents on a way that loses, doubles and delays, a stranger who
//! replays, restarts and candidates in between.
#![expect(clippy::expect_used, reason = "a fuzz body speaks by panicking")]

use proto_base::{Random, SocketId, Time};
use rtc_ice::full::{LocalCandidate, MAX_PAIRS, RemoteCandidate, RemoteDescription, Transmit};
use rtc_ice::{Credentials, Full, Message};
use std::net::SocketAddr;
use std::time::Duration;

const HERE: SocketId = SocketId(0);
/// Datagrams under way; the oldest gives way.
const WIRE: usize = 64;

struct Side {
    agent: Full,
    random: Random,
    credentials: Credentials,
    address: SocketAddr,
}

struct Story {
    now: Time,
    sides: [Side; 2],
    /// For which side, from where, what.
    wire: Vec<(bool, SocketAddr, Vec<u8>)>,
}

fn address(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], port))
}

fn credentials(side: u8, generation: u8) -> Credentials {
    Credentials::new(
        format!("side{side}g{generation}"),
        format!("password-of-{side}-generation-{generation}"),
    )
}

impl Side {
    fn new(number: u8, controlling: bool) -> Self {
        let mut random = Random::from_number(u64::from(number));
        let credentials = credentials(number, 0);
        let local = LocalCandidate {
            socket: HERE,
            address: address(number, 4000),
            preference: u16::MAX,
        };
        Self {
            agent: Full::new(
                credentials.clone(),
                &[local],
                controlling,
                [number; 8],
                &mut random,
            ),
            random,
            credentials,
            address: address(number, 4000),
        }
    }

    fn describe(&self, extra: u8) -> RemoteDescription {
        let own = RemoteCandidate {
            address: self.address,
            priority: 0x7EFF_FFFF,
            foundation: 1,
        };
        let more = (0..extra).map(|number| RemoteCandidate {
            address: address(number, 9),
            priority: u32::from(number) << 8,
            foundation: u32::from(number & 3),
        });
        RemoteDescription {
            credentials: self.credentials.clone(),
            candidates: std::iter::once(own).chain(more).collect(),
            lite: false,
            candidates_ended: extra & 1 == 0,
        }
    }
}

impl Story {
    fn step(&mut self, what: u8, how: u8) {
        let second = what & 0x80 != 0;
        let [one, other] = &mut self.sides;
        let (side, far) = if second { (other, one) } else { (one, other) };
        match what & 7 {
            // It hears what the far end tells now.
            0 => {
                let told = far.describe(how & 0x3F);
                side.agent.apply(self.now, &side.credentials, Some(&told));
            }
            // New credentials; the far end may or may not hear of them later.
            1 => {
                side.credentials = credentials(u8::from(second) + 1, how);
                side.agent.apply(self.now, &side.credentials, None);
            }
            2 => self.now = self.now + Duration::from_millis(u64::from(how) * 4),
            3 => self.now = self.now + Duration::from_millis(u64::from(how) * 500),
            // The next datagram arrives, is lost, is doubled, or is replayed by a stranger.
            4 | 5 if !self.wire.is_empty() => {
                let place = usize::from(how >> 2) % self.wire.len();
                let (to, from, bytes) = self.wire.get(place).cloned().expect("a place in it");
                if how & 3 != 2 {
                    self.wire.remove(place);
                }
                let from = if how & 3 == 3 { address(66, 666) } else { from };
                if how & 3 != 1 {
                    self.hand(to, from, &bytes);
                }
            }
            6 => {
                let media = (how & 1 == 1).then_some(self.now);
                side.agent.handle_timeout(self.now, media, &mut side.random);
            }
            _ => {
                let due = side.agent.poll_timeout();
                self.now = due.map_or(self.now, |due| self.now.max(due));
                side.agent.handle_timeout(self.now, None, &mut side.random);
            }
        }
        self.drain();
    }

    fn hand(&mut self, second: bool, from: SocketAddr, bytes: &[u8]) {
        let message = Message::parse(bytes).expect("our own words parse");
        let [one, other] = &mut self.sides;
        let side = if second { other } else { one };
        let before = side.agent.addresses().count();
        let done = side
            .agent
            .handle(self.now, HERE, from, &message, &mut side.random);
        if done.is_err() {
            assert_eq!(side.agent.addresses().count(), before, "it moved nothing");
        }
    }

    fn drain(&mut self) {
        for second in [false, true] {
            let [one, other] = &mut self.sides;
            let (side, far) = if second { (other, one) } else { (one, other) };
            while let Some(Transmit { socket, to, bytes }) = side.agent.poll_transmit() {
                assert_eq!(socket, HERE);
                assert_ne!(to, side.address, "nobody talks to himself");
                if to == far.address {
                    if self.wire.len() >= WIRE {
                        self.wire.remove(0);
                    }
                    self.wire.push((!second, side.address, bytes));
                }
            }
            assert!(side.agent.addresses().count() <= 2 * MAX_PAIRS);
            if let Some(selected) = side.agent.selected() {
                assert!(side.agent.is_valid(selected), "what is selected is proven");
                assert!(side.agent.failure().is_none());
            }
        }
    }
}

/// The first octet: who wants to control. Then two octets a step.
pub fn ice_agent(bytes: &[u8]) {
    let Some((roles, steps)) = bytes.split_first() else {
        return;
    };
    let mut story = Story {
        now: Time::from_micros(1_000_000),
        sides: [Side::new(1, roles & 1 == 1), Side::new(2, roles & 2 == 2)],
        wire: Vec::new(),
    };
    for step in steps.chunks_exact(2).take(4096) {
        if let [what, how] = step {
            story.step(*what, *how);
        }
    }
    // Left alone, both come to rest or to an end.
    for side in &mut story.sides {
        let mut now = story.now;
        for _ in 0..20_000 {
            let Some(due) = side.agent.poll_timeout() else {
                break;
            };
            now = now.max(due);
            side.agent.handle_timeout(now, None, &mut side.random);
            while side.agent.poll_transmit().is_some() {}
        }
        assert_eq!(side.agent.poll_timeout(), None, "nothing goes on for ever");
        assert_eq!(side.agent.addresses().count(), 0);
    }
}
