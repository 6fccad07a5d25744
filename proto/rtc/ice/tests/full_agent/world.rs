//! Two agents and the way between them, in virtual time.

use proto_base::{Random, SocketId, Time};
use rtc_ice::full::{LocalCandidate, RemoteCandidate, RemoteDescription};
use rtc_ice::{Class, Credentials, Full, Lite, Message};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const HERE: SocketId = SocketId(0);
pub(crate) const WAY: Duration = Duration::from_millis(20);

/// What befalls the nth datagram of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Lost(usize),
    Doubled(usize),
    Late(usize),
}

/// What stands between a side and the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nat {
    None,
    /// A port of its own for each destination, and only that destination comes in by it.
    Symmetric,
    /// Nothing comes or goes.
    Cut,
}

#[expect(clippy::large_enum_variant, reason = "two of them in a story")]
pub(crate) enum Agent {
    Full(Full),
    Lite(Lite),
}

pub(crate) struct Side {
    pub(crate) agent: Agent,
    pub(crate) random: Random,
    pub(crate) credentials: Credentials,
    /// Its sockets, by number.
    pub(crate) sockets: Vec<SocketAddr>,
    pub(crate) nat: Nat,
    /// What the NAT has opened.
    mappings: BTreeMap<(SocketAddr, SocketAddr), SocketAddr>,
    /// What it tells of itself.
    pub(crate) told: Vec<RemoteCandidate>,
    pub(crate) media: Option<Time>,
    pub(crate) ended: bool,
}

pub(crate) struct Datagram {
    at: Time,
    from: SocketAddr,
    to: SocketAddr,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) sides: [Side; 2],
    wire: Vec<Datagram>,
    pub(crate) fault: Fault,
    /// And what befalls the first ones, one after another.
    pub(crate) fates: Vec<Fault>,
    pub(crate) carried: usize,
    /// Everything sent: when, by which side, whereto, what.
    pub(crate) log: Vec<(Time, usize, SocketAddr, Vec<u8>)>,
}

pub(crate) fn locals(sockets: &[SocketAddr]) -> Vec<LocalCandidate> {
    sockets
        .iter()
        .zip(0_u16..)
        .map(|(address, number)| LocalCandidate {
            socket: SocketId(u32::from(number)),
            address: *address,
            preference: u16::MAX - number,
        })
        .collect()
}

pub(crate) fn credentials(side: usize, generation: usize) -> Credentials {
    Credentials::new(
        format!("side{side}g{generation}"),
        format!("password-of-side-{side}-generation-{generation}"),
    )
}

impl Side {
    pub(crate) fn full(number: usize, sockets: &[SocketAddr], controlling: bool) -> Self {
        let mut random = Random::from_number(number as u64 + 7);
        let credentials = credentials(number, 0);
        let agent = Full::new(
            credentials.clone(),
            &locals(sockets),
            controlling,
            [number as u8 + 1; 8],
            &mut random,
        );
        Self::new(Agent::Full(agent), random, credentials, sockets)
    }

    pub(crate) fn lite(number: usize, sockets: &[SocketAddr]) -> Self {
        let random = Random::from_number(number as u64 + 7);
        let credentials = credentials(number, 0);
        let agent = Lite::new(Time::ZERO, credentials.clone(), None);
        Self::new(Agent::Lite(agent), random, credentials, sockets)
    }

    fn new(agent: Agent, random: Random, credentials: Credentials, sockets: &[SocketAddr]) -> Self {
        let told = locals(sockets)
            .iter()
            .map(|local| RemoteCandidate {
                address: local.address,
                priority: local.priority(),
                foundation: local.socket.0,
            })
            .collect();
        Self {
            agent,
            random,
            credentials,
            sockets: sockets.to_vec(),
            nat: Nat::None,
            mappings: BTreeMap::new(),
            told,
            media: None,
            ended: true,
        }
    }

    pub(crate) fn describe(&self) -> RemoteDescription {
        RemoteDescription {
            credentials: self.credentials.clone(),
            candidates: self.told.clone(),
            lite: matches!(self.agent, Agent::Lite(_)),
            candidates_ended: self.ended,
        }
    }

    pub(crate) fn selected(&self) -> Option<SocketAddr> {
        match &self.agent {
            Agent::Full(full) => full.selected(),
            Agent::Lite(lite) => lite.selected(),
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        match &self.agent {
            Agent::Full(full) => full.is_settled(),
            Agent::Lite(lite) => lite.is_settled(),
        }
    }

    pub(crate) fn full_agent(&self) -> &Full {
        match &self.agent {
            Agent::Full(full) => full,
            Agent::Lite(_) => panic!("a lite agent"),
        }
    }

    fn poll_timeout(&self) -> Option<Time> {
        match &self.agent {
            Agent::Full(full) => full.poll_timeout(),
            Agent::Lite(lite) => lite.poll_timeout(),
        }
    }

    /// The side's address as the far end sees it.
    fn outward(&mut self, number: usize, from: SocketAddr, to: SocketAddr) -> Option<SocketAddr> {
        match self.nat {
            Nat::None => Some(from),
            Nat::Cut => None,
            Nat::Symmetric => {
                let port = 50_000 + self.mappings.len() as u16;
                let public = SocketAddr::from(([198, 51, 100, number as u8 + 1], port));
                Some(*self.mappings.entry((from, to)).or_insert(public))
            }
        }
    }

    /// The socket that a datagram from there to here comes in by.
    fn inward(&self, from: SocketAddr, to: SocketAddr) -> Option<SocketId> {
        let local = match self.nat {
            Nat::None => to,
            Nat::Cut => return None,
            Nat::Symmetric => {
                let mut mappings = self.mappings.iter();
                let known = mappings.find(|((_, far), public)| *far == from && **public == to);
                known?.0.0
            }
        };
        let place = self.sockets.iter().position(|socket| *socket == local)?;
        Some(SocketId(place as u32))
    }
}

impl World {
    pub(crate) fn new(sides: [Side; 2]) -> Self {
        Self {
            now: Time::from_micros(1_000_000),
            sides,
            wire: Vec::new(),
            fault: Fault::None,
            fates: Vec::new(),
            carried: 0,
            log: Vec::new(),
        }
    }

    /// `to` reads what the other side tells of itself.
    pub(crate) fn tell(&mut self, to: usize) -> bool {
        let told = self.sides[1 - to].describe();
        let now = self.now;
        let side = &mut self.sides[to];
        let restarted = match &mut side.agent {
            Agent::Full(full) => full.apply(now, &side.credentials, Some(&told)),
            Agent::Lite(lite) => lite.apply(now, &side.credentials, Some(&told.credentials.ufrag)),
        };
        self.drain(to);
        restarted
    }

    /// Both read each other's description.
    pub(crate) fn meet(&mut self) {
        self.tell(0);
        self.tell(1);
    }

    fn drain(&mut self, number: usize) {
        while let Agent::Full(full) = &mut self.sides[number].agent
            && let Some(sent) = full.poll_transmit()
        {
            let from = self.sides[number].sockets[sent.socket.0 as usize];
            self.post(number, from, sent.to, sent.bytes);
        }
    }

    pub(crate) fn post(&mut self, number: usize, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.log.push((self.now, number, to, bytes.clone()));
        let Some(from) = self.sides[number].outward(number, from, to) else {
            return;
        };
        let mut at = self.now + WAY;
        let fate = self.fates.get(self.carried).copied();
        match fate.unwrap_or(self.fault) {
            Fault::Lost(nth) if nth == self.carried => {
                self.carried += 1;
                return;
            }
            Fault::Doubled(nth) if nth == self.carried => self.wire.push(Datagram {
                at: at + Duration::from_millis(1),
                from,
                to,
                bytes: bytes.clone(),
            }),
            Fault::Late(nth) if nth == self.carried => at = at + Duration::from_secs(2),
            _ => {}
        }
        self.carried += 1;
        self.wire.push(Datagram {
            at,
            from,
            to,
            bytes,
        });
    }

    fn deliver(&mut self, datagram: &Datagram) {
        for number in [0, 1] {
            if let Some(socket) = self.sides[number].inward(datagram.from, datagram.to) {
                self.hand(number, socket, datagram.from, &datagram.bytes);
            }
        }
    }

    /// A datagram reaches a side.
    pub(crate) fn hand(&mut self, number: usize, socket: SocketId, from: SocketAddr, bytes: &[u8]) {
        let now = self.now;
        let message = Message::parse(bytes).expect("agents write STUN");
        let side = &mut self.sides[number];
        let answer = match &mut side.agent {
            Agent::Full(full) => {
                let _ = full.handle(now, socket, from, &message, &mut side.random);
                None
            }
            Agent::Lite(lite) => lite.handle(now, from, &message).ok(),
        };
        if let Some(answer) = answer {
            let ours = side.sockets[socket.0 as usize];
            self.post(number, ours, from, answer);
        }
        self.drain(number);
    }

    /// Lets time pass until `end`.
    pub(crate) fn run_until(&mut self, end: Time) {
        let mut steps = 0;
        loop {
            let due = self.sides.iter().filter_map(Side::poll_timeout);
            let next = due.chain(self.wire.iter().map(|it| it.at)).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            steps += 1;
            assert!(steps < 100_000, "time stands still at {:?}", self.now);
            // What is asked for in the past is done now, and now goes on.
            self.now = self.now.max(next);
            let (due, rest) = std::mem::take(&mut self.wire)
                .into_iter()
                .partition::<Vec<_>, _>(|it| it.at <= self.now);
            self.wire = rest;
            for datagram in &due {
                self.deliver(datagram);
            }
            for number in [0, 1] {
                let (now, side) = (self.now, &mut self.sides[number]);
                if side.poll_timeout().is_none_or(|at| at > now) {
                    continue;
                }
                match &mut side.agent {
                    Agent::Full(full) => full.handle_timeout(now, side.media, &mut side.random),
                    Agent::Lite(lite) => lite.handle_timeout(now, side.media),
                }
                self.drain(number);
            }
        }
        self.now = end;
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        self.run_until(self.now + Duration::from_secs(seconds));
    }

    /// Checks that a side has sent, each repetition as well.
    pub(crate) fn checks(&self, number: usize) -> Vec<(Time, SocketAddr, Message<'_>)> {
        self.log
            .iter()
            .filter(|(_, side, _, _)| *side == number)
            .filter_map(|(at, _, to, bytes)| {
                let message = Message::parse(bytes).ok()?;
                (message.class() == Class::Request).then_some((*at, *to, message))
            })
            .collect()
    }
}
