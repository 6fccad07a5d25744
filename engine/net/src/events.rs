use crate::NetEvent;
use crate::datagram::{Datagrams, Unread};
use std::task::{Context, Poll};
use tokio::sync::mpsc::Receiver;

/// What the world tells, for the one thread that hears it. It must be read within a runtime that does input and output: the first
/// reading makes that thread the reader of the datagrams.
pub struct NetEvents {
    /// Of connections.
    channel: Receiver<NetEvent>,
    unread: Vec<Unread>,
    datagrams: Vec<Datagrams>,
    /// Whose turn it is to be read first: a flooded listener does not silence the others.
    first: usize,
}

impl NetEvents {
    pub(crate) fn new(channel: Receiver<NetEvent>, unread: Vec<Unread>) -> Self {
        Self {
            channel,
            unread,
            datagrams: Vec::new(),
            first: 0,
        }
    }

    /// Waits until there is something, and takes at most so many events. `0`: the network is gone.
    pub async fn recv_many(&mut self, share: &mut Vec<NetEvent>, most: usize) -> usize {
        std::future::poll_fn(|context| self.poll_many(context, share, most)).await
    }

    /// Takes what is there already, until the share has so many.
    pub async fn top_up(&mut self, share: &mut Vec<NetEvent>, most: usize) {
        std::future::poll_fn(|context| {
            let room = most.saturating_sub(share.len());
            // That the network is gone shows again at the next waiting.
            let _ = self.poll_many(context, share, room);
            Poll::Ready(())
        })
        .await;
    }

    fn poll_many(
        &mut self,
        context: &mut Context<'_>,
        share: &mut Vec<NetEvent>,
        most: usize,
    ) -> Poll<usize> {
        for unread in self.unread.drain(..) {
            let local = unread.listener.bind;
            match Datagrams::new(unread) {
                Ok(datagrams) => self.datagrams.push(datagrams),
                Err(error) => tracing::error!(%local, %error, "a datagram socket cannot be read"),
            }
        }
        let before = share.len();
        let full = before.saturating_add(most);
        // Connections first: what waits there holds up their own reading, while the kernel keeps datagrams.
        let heard = self.channel.poll_recv_many(context, share, most / 2);
        if heard == Poll::Ready(0) && most / 2 > 0 {
            return Poll::Ready(0);
        }
        let sockets = self.datagrams.len().max(1);
        self.first = self.first.wrapping_add(1) % sockets;
        let (later, sooner) = self
            .datagrams
            .split_at_mut_checked(self.first)
            .unwrap_or_default();
        let mut left = sockets;
        for datagrams in sooner.iter_mut().chain(later) {
            // Each its part of what room there still is.
            let part = full.saturating_sub(share.len()) / left;
            datagrams.poll_into(context, share, share.len().saturating_add(part));
            left = left.saturating_sub(1).max(1);
        }
        match share.len().saturating_sub(before) {
            0 => Poll::Pending,
            taken => Poll::Ready(taken),
        }
    }
}
