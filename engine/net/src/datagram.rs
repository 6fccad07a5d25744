//! Datagrams, read by the thread that acts on them.
//!
//! Nothing is known of a datagram but what is in it, so there is nothing to do for it on another thread. The kernel's buffer is the
//! queue: handing each datagram from thread to thread would wake two for one.

use crate::stream::canonical;
use crate::{Arrival, NetEvent, NetListener, Target};
use engine_wait::{Batch, GROWTH, Packet, unreachable};
use proto_base::{Flow, Transport};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// The longest datagram there is, and the growth that a packet has room for.
const LONGEST: usize = 65_535 + GROWTH;
/// Datagrams of one system call: there is one at a time unless we are late.
const AT_ONCE: usize = 8;
/// Errors in a row that one look at a socket passes over. A socket reports each ICMP answer to what it sent as an error of its own,
/// and then goes on.
const MAX_ERRORS: usize = 64;

/// One listener's datagrams.
pub(crate) struct Datagrams {
    pub(crate) socket: UdpSocket,
    pub(crate) listener: NetListener,
    /// Octets of the longest message that is taken.
    pub(crate) longest: usize,
}

/// Where all listeners' datagrams are read into.
pub(crate) struct Room {
    batch: Batch,
    packets: Vec<Packet<LONGEST>>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            batch: Batch::new(),
            packets: (0..AT_ONCE).map(|_| Packet::empty()).collect(),
        }
    }
}

impl Datagrams {
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Takes what is there, until the share has so many.
    pub(crate) fn read_into(&self, room: &mut Room, share: &mut Vec<NetEvent>, most: usize) {
        let mut errors = 0_usize;
        loop {
            let wanted = most.saturating_sub(share.len()).min(AT_ONCE);
            let Some(packets) = room.packets.get_mut(..wanted).filter(|_| wanted > 0) else {
                return;
            };
            match room.batch.receive(self.socket.as_fd(), packets) {
                Ok(count) => {
                    let packets = packets.iter().take(count);
                    share.extend(packets.filter_map(|packet| self.read(packet)));
                    // Fewer than there was room for: there are no more, or an error stands between, and the next wait says so.
                    if count < wanted {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // Woken, and nothing to read: then it is an error that waits.
                    return self.read_errors(share);
                }
                Err(error) => {
                    let local = self.listener.bind;
                    tracing::debug!(%local, %error, "a datagram socket reports an error");
                    errors = errors.saturating_add(1);
                    if errors > MAX_ERRORS {
                        return;
                    }
                }
            }
        }
    }

    /// Whom our datagrams did not reach, as ICMP has told (RFC 3261 §18.4). What was sent there and waits for an answer need not wait.
    fn read_errors(&self, share: &mut Vec<NetEvent>) {
        for _ in 0..MAX_ERRORS {
            let Ok(told) = unreachable(self.socket.as_fd()) else {
                return;
            };
            if let Some(remote) = told {
                let flow = Flow::Datagram(self.listener.network, canonical(remote));
                let event = NetEvent::Unreachable(Target::Flow(flow));
                // One word for many datagrams.
                if !share.contains(&event) {
                    share.push(event);
                }
            }
        }
    }

    fn read(&self, packet: &Packet<LONGEST>) -> Option<NetEvent> {
        let message = packet.buffer.get(..packet.length)?;
        let remote = packet.from?;
        // Keep-alives of every make: CRLF CRLF, zero octets, spaces. Nobody expects an answer over UDP.
        let empty = message
            .iter()
            .all(|octet| matches!(octet, b'\r' | b'\n' | b' ' | 0));
        if empty || message.len() > self.longest || remote.port() == 0 {
            return None;
        }
        let remote: SocketAddr = canonical(remote);
        let arrival = Arrival {
            flow: Flow::Datagram(self.listener.network, remote),
            network: self.listener.network,
            transport: Transport::Udp,
            local: self.listener.bind,
            remote,
        };
        Some(NetEvent::Received(arrival, message.to_vec()))
    }
}
