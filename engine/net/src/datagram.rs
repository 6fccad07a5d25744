//! Datagrams, read by the thread that acts on them.
//!
//! Nothing is known of a datagram but what is in it, so there is nothing to do for it on another thread. The kernel's buffer is the
//! queue: handing each datagram from thread to thread would wake two for one.

use crate::stream::canonical;
use crate::{Arrival, NetEvent, NetListener};
use proto_base::{Flow, Transport};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// The longest datagram there is.
const LONGEST: usize = 65_535;
/// Errors in a row that one look at a socket passes over. A socket reports each ICMP answer to what it sent as an error of its own,
/// and then goes on.
const MAX_ERRORS: usize = 64;

/// A bound socket on its way to the thread that will read it.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) socket: std::net::UdpSocket,
    pub(crate) listener: NetListener,
    /// Octets of the longest message that is taken.
    pub(crate) longest: usize,
}

/// One listener's datagrams.
pub(crate) struct Datagrams {
    socket: UdpSocket,
    listener: NetListener,
    longest: usize,
    room: Vec<u8>,
}

impl Datagrams {
    /// Within the runtime that is to read it.
    pub(crate) fn new(unread: Unread) -> std::io::Result<Self> {
        Ok(Self {
            socket: UdpSocket::from_std(unread.socket)?,
            listener: unread.listener,
            longest: unread.longest,
            room: vec![0; LONGEST],
        })
    }

    /// Takes what is there until the share is full; only then is the task not woken for what comes next.
    pub(crate) fn poll_into(
        &mut self,
        context: &mut Context<'_>,
        share: &mut Vec<NetEvent>,
        most: usize,
    ) {
        let mut errors = 0_usize;
        while share.len() < most {
            let mut room = ReadBuf::new(&mut self.room);
            match self.socket.poll_recv_from(context, &mut room) {
                Poll::Ready(Ok(remote)) => {
                    let read = read(&self.listener, self.longest, room.filled(), remote);
                    share.extend(read);
                }
                Poll::Ready(Err(error)) => {
                    let local = self.listener.bind;
                    tracing::debug!(%local, %error, "a datagram socket reports an error");
                    errors = errors.saturating_add(1);
                    if errors > MAX_ERRORS {
                        // Looked at again in the next turn.
                        context.waker().wake_by_ref();
                        return;
                    }
                }
                Poll::Pending => return,
            }
        }
    }
}

fn read(
    listener: &NetListener,
    longest: usize,
    message: &[u8],
    remote: SocketAddr,
) -> Option<NetEvent> {
    // Keep-alives of every make: CRLF CRLF, zero octets, spaces. Nobody expects an answer over UDP.
    let empty = message
        .iter()
        .all(|octet| matches!(octet, b'\r' | b'\n' | b' ' | 0));
    if empty || message.len() > longest || remote.port() == 0 {
        return None;
    }
    let remote = canonical(remote);
    let arrival = Arrival {
        flow: Flow::Datagram(listener.network, remote),
        network: listener.network,
        transport: Transport::Udp,
        local: listener.bind,
        remote,
    };
    Some(NetEvent::Received(arrival, message.to_vec()))
}
