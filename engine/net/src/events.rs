use crate::NetEvent;
use crate::datagram::{Datagrams, Room};
use engine_wait::{Bell, Sleeper};
use std::io;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// What the world tells, for the one thread that hears it and that waits here, whatever else it waits for: who has something for it
/// uses the [`NetEvents::waker`].
pub struct NetEvents {
    /// Of connections.
    channel: Receiver<NetEvent>,
    datagrams: Vec<Datagrams>,
    room: Room,
    sleeper: Sleeper,
    waker: Waker,
    /// Listeners of which the last wait told that they can be read, by their places.
    ready: Vec<u64>,
    /// Whose turn it is to be read first: a flooded listener does not silence the others.
    first: usize,
    /// There may be more from connections, and nobody will say so.
    more: bool,
}

/// All that could tell anything has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl NetEvents {
    pub(crate) fn new(channel: Receiver<NetEvent>, datagrams: Vec<Datagrams>) -> io::Result<Self> {
        let bell = Bell::new()?;
        let sleeper = Sleeper::new(bell.clone())?;
        for (place, datagrams) in (0..).zip(&datagrams) {
            sleeper.watch(datagrams.descriptor(), place)?;
        }
        Ok(Self {
            channel,
            datagrams,
            room: Room::new(),
            sleeper,
            waker: Waker::from(bell),
            ready: Vec::new(),
            first: 0,
            // Nobody knows yet whom to wake.
            more: true,
        })
    }

    /// Ends a [`NetEvents::wait`], or keeps the next one from beginning. What there is to find must be there before.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits until something may be there, or the waker was used, for `limit` at most.
    pub fn wait(&mut self, limit: Duration) -> io::Result<()> {
        let limit = if self.more { Duration::ZERO } else { limit };
        self.sleeper.wait(limit, &mut self.ready)
    }

    /// Takes what is there, at most so many events.
    pub fn take(&mut self, share: &mut Vec<NetEvent>, most: usize) -> Result<(), Gone> {
        let full = share.len().saturating_add(most);
        // Connections first: what waits there holds up their own reading, while the kernel keeps datagrams.
        let heard = self.hear(share, most / 2);
        // Datagrams that are not read now are told again by the next wait.
        let ready = self.ready.len();
        self.first = self.first.wrapping_add(1) % ready.max(1);
        let (later, sooner) = self
            .ready
            .split_at_checked(self.first)
            .unwrap_or((&[], &self.ready));
        let mut left = ready;
        for place in sooner.iter().chain(later) {
            // Each its part of what room there still is.
            let part = full.saturating_sub(share.len()) / left.max(1);
            left = left.saturating_sub(1);
            let listener = usize::try_from(*place)
                .ok()
                .and_then(|place| self.datagrams.get(place));
            if let Some(datagrams) = listener {
                let most = share.len().saturating_add(part);
                datagrams.read_into(&mut self.room, share, most);
            }
        }
        self.ready.clear();
        heard
    }

    /// What connections told.
    fn hear(&mut self, share: &mut Vec<NetEvent>, most: usize) -> Result<(), Gone> {
        let mut context = Context::from_waker(&self.waker);
        let full = share.len().saturating_add(most);
        self.more = true;
        while share.len() < full {
            match self.channel.poll_recv(&mut context) {
                Poll::Ready(Some(event)) => share.push(event),
                Poll::Ready(None) => return Err(Gone),
                Poll::Pending => {
                    self.more = false;
                    break;
                }
            }
        }
        Ok(())
    }
}
