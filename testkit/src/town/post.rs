use super::Fault;
use proto_base::{Flow, Time};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long things are on their way.
const DATAGRAM: Duration = Duration::from_millis(3);
const FRAME: Duration = Duration::from_millis(15);
const PACKET: Duration = Duration::from_millis(8);
/// More than T1 and its first doubling, so that repetitions overtake it.
const LATE: Duration = Duration::from_millis(1_700);
const SECOND_COPY: Duration = Duration::from_millis(40);

/// Something on its way.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// SIP in a datagram.
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        bytes: Vec<u8>,
    },
    /// SIP in a WebSocket, towards the border or towards the page.
    Frame {
        flow: Flow,
        up: bool,
        bytes: Vec<u8>,
    },
    /// SIP on the TCP connection between border and exchange, towards the exchange or towards the border.
    Trunk {
        connection: u64,
        up: bool,
        bytes: Vec<u8>,
    },
    /// That connection ends.
    Sever { connection: u64 },
    /// A connection ends, for both.
    Break { flow: Flow },
    /// RTP, RTCP, STUN, DTLS.
    Packet {
        from: SocketAddr,
        to: SocketAddr,
        bytes: Vec<u8>,
    },
}

#[derive(Debug)]
pub(super) struct Post {
    under_way: BTreeMap<(Time, u64), Parcel>,
    next: u64,
    datagrams: usize,
    frames: usize,
    trunked: usize,
    fault: Option<Fault>,
}

impl Post {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self {
            under_way: BTreeMap::new(),
            next: 0,
            datagrams: 0,
            frames: 0,
            trunked: 0,
            fault,
        }
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.datagrams, self.frames)
    }

    fn put(&mut self, when: Time, parcel: Parcel) {
        self.under_way.insert((when, self.next), parcel);
        self.next += 1;
    }

    pub(super) fn datagram(&mut self, now: Time, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let number = self.datagrams;
        self.datagrams += 1;
        let parcel = Parcel::Datagram { from, to, bytes };
        match self.fault {
            Some(Fault::Lost(nth)) if nth == number => {}
            Some(Fault::Doubled(nth)) if nth == number => {
                self.put(now + DATAGRAM, parcel.clone());
                self.put(now + DATAGRAM + SECOND_COPY, parcel);
            }
            Some(Fault::Late(nth)) if nth == number => self.put(now + LATE, parcel),
            _ => self.put(now + DATAGRAM, parcel),
        }
    }

    pub(super) fn frame(&mut self, now: Time, flow: Flow, up: bool, bytes: Vec<u8>) {
        let number = self.frames;
        self.frames += 1;
        self.put(now + FRAME, Parcel::Frame { flow, up, bytes });
        if self.fault == Some(Fault::Broken(number)) {
            self.put(now + FRAME, Parcel::Break { flow });
        }
    }

    pub(super) fn trunk(&mut self, now: Time, connection: u64, up: bool, bytes: Vec<u8>) {
        let number = self.trunked;
        self.trunked += 1;
        let parcel = Parcel::Trunk {
            connection,
            up,
            bytes,
        };
        self.put(now + DATAGRAM, parcel);
        if self.fault == Some(Fault::Severed(number)) {
            self.put(now + DATAGRAM, Parcel::Sever { connection });
        }
    }

    pub(super) fn trunked(&self) -> usize {
        self.trunked
    }

    pub(super) fn break_connection(&mut self, now: Time, flow: Flow) {
        self.put(now, Parcel::Break { flow });
    }

    pub(super) fn packet(&mut self, now: Time, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.put(now + PACKET, Parcel::Packet { from, to, bytes });
    }

    pub(super) fn next_delivery(&self) -> Option<Time> {
        self.under_way.keys().next().map(|(when, _)| *when)
    }

    pub(super) fn take_due(&mut self, now: Time) -> Option<Parcel> {
        let key = *self
            .under_way
            .keys()
            .next()
            .filter(|(when, _)| *when <= now)?;
        self.under_way.remove(&key)
    }

    /// Whether SIP is under way (packets do not count: voices never stop by themselves).
    pub(super) fn is_quiet(&self) -> bool {
        self.under_way
            .values()
            .all(|parcel| matches!(parcel, Parcel::Packet { .. }))
    }
}
