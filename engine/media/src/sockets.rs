use crate::bind::leg;
use crate::counters::{MediaCounters, add};
use crate::island::batch::{Batch, Packet};
use crate::island::poller::Poller;
use media_worker::PUBLIC_SOCKETS;
use proto_base::SocketId;
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// A worker's sockets, and how it waits for them.
pub(crate) struct Sockets {
    pub(crate) poller: Poller,
    /// The public ones, one for each local address, and the port pairs.
    open: HashMap<SocketId, UdpSocket>,
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
        let mut open = HashMap::new();
        for (number, socket) in (0..PUBLIC_SOCKETS).zip(public) {
            poller.watch(socket.as_fd(), u64::from(number))?;
            open.insert(SocketId(number), socket);
        }
        Ok(Self {
            poller,
            open,
            batch: Batch::new(),
            counters,
        })
    }

    /// Binds a port for a telephone's leg.
    pub(crate) fn bind(&mut self, socket: SocketId, at: SocketAddr) -> io::Result<()> {
        let bound = leg(at)?;
        self.poller.watch(bound.as_fd(), u64::from(socket.0))?;
        self.open.insert(socket, bound);
        Ok(())
    }

    /// Frees it.
    pub(crate) fn unbind(&mut self, socket: SocketId) {
        self.open.remove(&socket);
    }

    /// Whose token this is: its number.
    pub(crate) fn of_token(token: u64) -> Option<SocketId> {
        u32::try_from(token).ok().map(SocketId)
    }

    /// Reads what has arrived on a socket into the front of `packets`; how many. Errors are for the next turn to see again.
    pub(crate) fn receive(&mut self, socket: SocketId, packets: &mut [Packet]) -> usize {
        let Some(socket) = self.open.get(&socket) else {
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
            let Some(socket) = self.open.get(&first.socket) else {
                continue;
            };
            let parcels = group.iter().filter_map(parcels);
            send(&mut self.batch, &self.counters, socket.as_fd(), parcels);
        }
        forwards.clear();
    }

    /// Sends one packet of the worker's own.
    pub(crate) fn transmit(&mut self, socket: SocketId, to: SocketAddr, octets: &[u8]) {
        if let Some(from) = self.open.get(&socket) {
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
