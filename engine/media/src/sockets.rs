use crate::bind::leg;
use crate::counters::{MediaCounters, add};
use crate::island::batch::{Batch, Packet};
use crate::island::poller::Poller;
use media_worker::PUBLIC;
use proto_base::SocketId;
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Tokens of the public sockets begin here; below are the port pairs, by their [`SocketId`].
const PUBLIC_TOKENS: u64 = 1 << 32;

/// A worker's sockets, and how it waits for them.
pub(crate) struct Sockets {
    pub(crate) poller: Poller,
    /// One for IPv4, one for IPv6, or either.
    public: Vec<(UdpSocket, bool)>,
    legs: HashMap<SocketId, UdpSocket>,
    batch: Batch,
    counters: Arc<MediaCounters>,
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
    pub(crate) fn new(public: Vec<UdpSocket>, counters: Arc<MediaCounters>) -> io::Result<Self> {
        let poller = Poller::new()?;
        let mut kept = Vec::new();
        for (token, socket) in (PUBLIC_TOKENS..).zip(public) {
            poller.watch(socket.as_fd(), token)?;
            let is_ipv4 = socket.local_addr()?.is_ipv4();
            kept.push((socket, is_ipv4));
        }
        Ok(Self {
            poller,
            public: kept,
            legs: HashMap::new(),
            batch: Batch::new(),
            counters,
        })
    }

    /// Binds a port for a telephone's leg.
    pub(crate) fn bind(&mut self, socket: SocketId, at: SocketAddr) -> io::Result<()> {
        let bound = leg(at)?;
        self.poller.watch(bound.as_fd(), u64::from(socket.0))?;
        self.legs.insert(socket, bound);
        Ok(())
    }

    /// Frees it.
    pub(crate) fn unbind(&mut self, socket: SocketId) {
        self.legs.remove(&socket);
    }

    /// Whose token this is.
    pub(crate) fn of_token(token: u64) -> SocketId {
        u32::try_from(token).map_or(PUBLIC, SocketId)
    }

    /// Reads what has arrived on the socket of a token into the front of `packets`; how many. Errors are for the next turn to see again.
    pub(crate) fn receive(&mut self, token: u64, packets: &mut [Packet]) -> usize {
        let socket = match token.checked_sub(PUBLIC_TOKENS) {
            Some(place) => usize::try_from(place)
                .ok()
                .and_then(|place| self.public.get(place))
                .map(|(socket, _)| socket),
            None => self.legs.get(&Self::of_token(token)),
        };
        let Some(socket) = socket else {
            return 0;
        };
        let received = self.batch.receive(socket.as_fd(), packets).unwrap_or(0);
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
            if first.socket != PUBLIC {
                let Some(socket) = self.legs.get(&first.socket) else {
                    continue;
                };
                let parcels = group.iter().filter_map(parcels);
                send(&mut self.batch, &self.counters, socket.as_fd(), parcels);
                continue;
            }
            for (socket, is_ipv4) in &self.public {
                let parcels = group
                    .iter()
                    .filter(|forward| forward.to.is_ipv4() == *is_ipv4)
                    .filter_map(parcels);
                send(&mut self.batch, &self.counters, socket.as_fd(), parcels);
            }
        }
        forwards.clear();
    }

    /// Sends one packet of the worker's own.
    pub(crate) fn transmit(&mut self, socket: SocketId, to: SocketAddr, octets: &[u8]) {
        let from = if socket == PUBLIC {
            let mut public = self.public.iter();
            public
                .find(|(_, is_ipv4)| to.is_ipv4() == *is_ipv4)
                .map(|(socket, _)| socket)
        } else {
            self.legs.get(&socket)
        };
        if let Some(from) = from {
            send(
                &mut self.batch,
                &self.counters,
                from.as_fd(),
                [(octets, to)],
            );
        }
    }
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
