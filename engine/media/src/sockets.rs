use crate::bind::leg;
use crate::counters::{MediaCounters, add};
use crate::ports::OpenPorts;
use crate::shelf::Shelf;
use engine_wait::{Batch, Bell, GROWTH, Packet as PacketOf, Sleeper, TOLD};
use media_worker::PUBLIC_SOCKETS;
use proto_base::SocketId;
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest datagram taken: an Ethernet frame's 1500 octets and some more; no peer sends longer ones unfragmented.
const LONGEST: usize = 2048;
/// Packets that may come for a port which nobody uses, before it is closed: what a far end sends on after the call's end. Whoever sends more is to
/// hear from the kernel that nobody listens, and not to wake us.
const STRAYS: u32 = 16;
/// Packets of one look at such a port.
const STRAY_BATCH: usize = 8;
/// Of a process that may open no more files (`EMFILE`), and of a system (`ENFILE`).
const NO_MORE_FILES: [i32; 2] = [24, 23];

/// A media packet and room for it to grow.
pub(crate) type Packet = PacketOf<{ LONGEST + GROWTH }>;

/// A worker's sockets, and how it waits for them.
pub(crate) struct Sockets {
    sleeper: Sleeper,
    /// By their tokens, which stay while they are open: the public ones first, one for each local address.
    places: Vec<Option<Place>>,
    free: Vec<usize>,
    /// Where those are that are in use.
    used: HashMap<SocketId, usize>,
    /// Those that are kept open for the next call.
    shelf: Shelf,
    open: Arc<OpenPorts>,
    batch: Batch,
    strays: Vec<Packet>,
    /// A port that nobody uses may hold packets.
    more_strays: bool,
    counters: Arc<MediaCounters>,
}

/// An open socket.
struct Place {
    socket: UdpSocket,
    /// Where it is bound, if it is a leg's.
    at: Option<SocketAddr>,
    /// What the worker calls it; `None`: nobody uses it.
    name: Option<SocketId>,
    /// Packets that came since nobody uses it.
    strays: u32,
}

/// A packet on its way out.
pub(crate) struct Forward {
    pub(crate) socket: SocketId,
    pub(crate) to: SocketAddr,
    /// Which packet of the batch, and which octets of it.
    pub(crate) packet: usize,
    pub(crate) range: Range<usize>,
}

impl Sockets {
    pub(crate) fn new(
        public: Vec<UdpSocket>,
        bell: Arc<Bell>,
        open: Arc<OpenPorts>,
        counters: Arc<MediaCounters>,
    ) -> io::Result<Self> {
        let mut sockets = Self {
            sleeper: Sleeper::new(bell)?,
            places: Vec::new(),
            free: Vec::new(),
            used: HashMap::new(),
            shelf: Shelf::default(),
            open,
            batch: Batch::new(),
            strays: (0..STRAY_BATCH).map(|_| Packet::empty()).collect(),
            more_strays: false,
            counters,
        };
        for (number, socket) in (0..PUBLIC_SOCKETS).zip(public) {
            sockets.place(socket, None, SocketId(number))?;
        }
        Ok(sockets)
    }

    /// Waits, for `limit` at most; the tokens of what can be read.
    pub(crate) fn wait(&mut self, limit: Duration, tokens: &mut Vec<u64>) -> io::Result<()> {
        let waited = self.sleeper.wait(limit, tokens);
        self.clear_of_strays(tokens);
        self.clear_away(Instant::now());
        waited
    }

    /// Watches an open socket and gives it a place.
    fn place(
        &mut self,
        socket: UdpSocket,
        at: Option<SocketAddr>,
        name: SocketId,
    ) -> io::Result<()> {
        let free = self.free.last().copied();
        let number = free.unwrap_or(self.places.len());
        self.sleeper.watch(socket.as_fd(), number as u64)?;
        let place = Some(Place {
            socket,
            at,
            name: Some(name),
            strays: 0,
        });
        match free.and_then(|number| self.places.get_mut(number)) {
            Some(room) => {
                *room = place;
                self.free.pop();
            }
            None => self.places.push(place),
        }
        self.used.insert(name, number);
        Ok(())
    }

    /// Opens a port for a telephone's leg: the one that was kept from an earlier call, if there is one.
    pub(crate) fn bind(&mut self, name: SocketId, at: SocketAddr) -> io::Result<()> {
        if self.more_strays
            && let Some(number) = self.shelf.find(at)
        {
            self.drop_strays(number);
        }
        if let Some(number) = self.shelf.take(at)
            && let Some(Some(place)) = self.places.get_mut(number)
        {
            place.name = Some(name);
            place.strays = 0;
            self.used.insert(name, number);
            return Ok(());
        }
        let socket = match leg(at) {
            Err(error) if is_full(&error) => {
                while let Some(number) = self.shelf.oldest() {
                    self.close(number);
                }
                leg(at)?
            }
            bound => bound?,
        };
        self.place(socket, Some(at), name)?;
        self.open.set(at, true);
        Ok(())
    }

    /// A port is not used any more. It stays open for the next call that is given it: four sockets less to be made for each. What comes in the meantime is
    /// read and dropped, so that nothing of it meets that call.
    pub(crate) fn unbind(&mut self, name: SocketId) {
        let Some(number) = self.used.remove(&name) else {
            return;
        };
        let Some(Some(place)) = self.places.get_mut(number) else {
            return;
        };
        place.name = None;
        let kept = place
            .at
            .is_some_and(|at| self.shelf.put(Instant::now(), at, number));
        if !kept {
            self.close(number);
        }
    }

    fn close(&mut self, number: usize) {
        let Some(place) = self.places.get_mut(number).and_then(Option::take) else {
            return;
        };
        self.free.push(number);
        if let Some(at) = place.at {
            self.shelf.take(at);
            self.open.set(at, false);
        }
    }

    /// Closes what has been kept for long, or is too much.
    fn clear_away(&mut self, now: Instant) {
        while let Some(number) = self.shelf.overdue(now) {
            self.close(number);
        }
    }

    /// Drops what came for ports that nobody uses. It is read before commands are taken, so that whoever uses them next finds them empty.
    fn clear_of_strays(&mut self, tokens: &[u64]) {
        for token in tokens {
            if let Some(number) = of_token(*token)
                && let Some(Some(place)) = self.places.get(number)
                && place.name.is_none()
            {
                self.drop_strays(number);
            }
        }
        // More may be readable than was told, and any port may be among it.
        self.more_strays = tokens.len() >= TOLD;
    }

    fn drop_strays(&mut self, number: usize) {
        loop {
            let Some(Some(place)) = self.places.get_mut(number) else {
                return;
            };
            let received = self
                .batch
                .receive(place.socket.as_fd(), &mut self.strays)
                .unwrap_or(0);
            add(&self.counters.strays, received);
            let count = u32::try_from(received).unwrap_or(STRAYS);
            place.strays = place.strays.saturating_add(count);
            if place.strays > STRAYS {
                return self.close(number);
            }
            if received < self.strays.len() {
                return;
            }
        }
    }

    /// Whose token this is, if anybody uses it.
    pub(crate) fn of_token(&self, token: u64) -> Option<SocketId> {
        let place = self.places.get(of_token(token)?)?;
        place.as_ref()?.name
    }

    /// Reads what has arrived on a socket into the front of `packets`; how many. Errors, and what did not fit, are for the next turn to see again.
    pub(crate) fn receive(&mut self, token: u64, packets: &mut [Packet]) -> usize {
        let Some(Some(place)) = of_token(token).and_then(|number| self.places.get(number)) else {
            return 0;
        };
        let socket = place.socket.as_fd();
        let received = match packets {
            [packet] => usize::from(self.batch.receive_one(socket, packet).is_ok()),
            packets => self.batch.receive(socket, packets).unwrap_or(0),
        };
        add(&self.counters.received, received);
        received
    }

    /// Sends what was forwarded, socket by socket, and forgets it.
    pub(crate) fn send(&mut self, forwards: &mut Vec<Forward>, packets: &[Packet]) {
        forwards.sort_unstable_by_key(|forward| (forward.socket, forward.packet));
        for group in forwards.chunk_by(|one, next| one.socket == next.socket) {
            let Some(first) = group.first() else {
                continue;
            };
            let parcels = |forward: &Forward| {
                let packet = packets.get(forward.packet)?;
                let octets = packet.buffer.get(forward.range.clone())?;
                Some((octets, forward.to))
            };
            let number = self.used.get(&first.socket);
            let Some(Some(place)) = number.and_then(|number| self.places.get(*number)) else {
                continue;
            };
            let socket = place.socket.as_fd();
            if let [forward] = group {
                if let Some((octets, to)) = parcels(forward) {
                    send_one(&mut self.batch, &self.counters, socket, octets, to);
                }
                continue;
            }
            let parcels = group.iter().filter_map(parcels);
            send(&mut self.batch, &self.counters, socket, parcels);
        }
        forwards.clear();
    }

    /// Sends one packet of the worker's own.
    pub(crate) fn transmit(&mut self, socket: SocketId, to: SocketAddr, octets: &[u8]) {
        let number = self.used.get(&socket);
        if let Some(Some(place)) = number.and_then(|number| self.places.get(*number)) {
            let from = place.socket.as_fd();
            send_one(&mut self.batch, &self.counters, from, octets, to);
        }
    }
}

fn of_token(token: u64) -> Option<usize> {
    usize::try_from(token).ok()
}

fn is_full(error: &io::Error) -> bool {
    error
        .raw_os_error()
        .is_some_and(|code| NO_MORE_FILES.contains(&code))
}

fn send_one(
    batch: &mut Batch,
    counters: &MediaCounters,
    socket: BorrowedFd<'_>,
    octets: &[u8],
    to: SocketAddr,
) {
    let taken = batch.send_one(socket, octets, to);
    add(
        if taken {
            &counters.sent
        } else {
            &counters.lost
        },
        1,
    );
}

fn send<'a>(
    batch: &mut Batch,
    counters: &MediaCounters,
    socket: BorrowedFd<'_>,
    parcels: impl IntoIterator<Item = (&'a [u8], SocketAddr)>,
) {
    let outcome = batch.send(socket, parcels);
    add(&counters.sent, outcome.sent);
    if outcome.lost > 0 {
        add(&counters.lost, outcome.lost);
    }
}
