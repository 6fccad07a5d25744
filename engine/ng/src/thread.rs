//! The thread's turn: what is wished, media's events, requests, deadlines; then what follows is sent.

use crate::{NgSettings, Outcome, Peers};
use control_command::{Event, What};
use control_ng::{Front, Output, Settings};
use engine_media::MediaCommands;
use media_offer_answer::Negotiator;
use proto_base::{Random, Time};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

/// Events of media in one turn.
const MEDIA_TURN: usize = 64;
/// Requests in one turn, some tens of microseconds each.
const REQUESTS: usize = 32;
/// Octets of a datagram at most.
const DATAGRAM: usize = 65_536;
/// Longest wait, whatever the front says.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What the operator wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Serve,
    Drain,
    Stop,
}

pub(crate) struct Thread {
    front: Front,
    negotiator: Negotiator,
    sockets: Vec<UdpSocket>,
    peers: Vec<Peers>,
    commands: MediaCommands,
    epoch: Instant,
    drain: Duration,
    /// When a shutdown has lasted long enough.
    overdue: Option<Time>,
    buffer: Vec<u8>,
}

impl Thread {
    pub(crate) fn new(
        settings: NgSettings,
        sockets: Vec<UdpSocket>,
        commands: MediaCommands,
        random: Random,
    ) -> Self {
        Self {
            front: Front::new(Settings {
                interfaces: settings.interfaces,
                started: settings.started,
            }),
            negotiator: Negotiator::new(settings.media, random),
            sockets,
            peers: settings.peers,
            commands,
            epoch: settings.epoch,
            drain: settings.drain,
            overdue: None,
            buffer: vec![0; DATAGRAM],
        }
    }

    fn now(&self) -> Time {
        let micros = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
        Time::from_micros(micros)
    }

    /// Turns until the end.
    pub(crate) async fn run(
        &mut self,
        mut media: mpsc::Receiver<Event>,
        mut wishes: watch::Receiver<Wish>,
    ) -> Outcome {
        let mut events = Vec::new();
        loop {
            tokio::select! {
                biased;
                wished = wishes.changed() => if wished.is_err() { return Outcome::Broken },
                count = media.recv_many(&mut events, MEDIA_TURN) => if count == 0 {
                    tracing::error!("media is gone");
                    return Outcome::Broken;
                },
                () = readable(&self.sockets) => {}
                () = tokio::time::sleep(self.wait()) => {}
            }
            match *wishes.borrow_and_update() {
                Wish::Serve => {}
                Wish::Drain => self.begin_to_end(),
                Wish::Stop => return Outcome::Broken,
            }
            for event in events.drain(..) {
                let now = self.now();
                self.negotiator.hear(&event);
                self.guarded(|front, negotiator| front.hear(now, negotiator, event));
            }
            self.read();
            let now = self.now();
            if self.front.poll_timeout().is_some_and(|due| due <= now) {
                self.guarded(|front, negotiator| front.handle_timeout(now, negotiator));
            }
            if let Some(outcome) = self.end() {
                return outcome;
            }
        }
    }

    fn wait(&self) -> Duration {
        let now = self.now();
        let deadlines = self.front.poll_timeout().into_iter().chain(self.overdue);
        let due = deadlines.min().map(|due| due.since(now));
        due.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }

    fn read(&mut self) {
        for socket in 0..self.sockets.len() {
            for _ in 0..REQUESTS {
                let mut buffer = std::mem::take(&mut self.buffer);
                let received = self
                    .sockets
                    .get(socket)
                    .and_then(|it| it.try_recv_from(&mut buffer).ok());
                if let Some((length, peer)) = received
                    && let Some(datagram) = buffer.get(..length)
                {
                    self.take(socket, peer, datagram);
                }
                self.buffer = buffer;
                if received.is_none() {
                    break;
                }
            }
        }
    }

    fn take(&mut self, socket: usize, peer: SocketAddr, datagram: &[u8]) {
        if !self.peers.iter().any(|it| it.contains(peer.ip())) {
            tracing::debug!(%peer, "a request from someone who is not named as a peer");
            return;
        }
        let now = self.now();
        self.guarded(|front, negotiator| front.handle(now, negotiator, socket, peer, datagram));
    }

    /// One input and all that follows from it. A panic is a bug of ours, and costs what this input was about.
    fn guarded(&mut self, work: impl FnOnce(&mut Front, &mut Negotiator)) {
        let (front, negotiator) = (&mut self.front, &mut self.negotiator);
        // The place of a panic is logged where it happens.
        let _ = catch_unwind(AssertUnwindSafe(|| work(front, negotiator)));
        self.follow();
    }

    fn follow(&mut self) {
        while let Some((worker, command)) = self.negotiator.poll_command() {
            if !self.commands.command(worker, command) {
                tracing::error!(worker, "there is no such media worker");
            }
        }
        while let Some(output) = self.front.poll_output() {
            match output {
                Output::Reply { to, socket, bytes } => {
                    let socket = self.sockets.get(socket);
                    // A reply that does not leave now is asked for again in a second.
                    let sent = socket.map(|it| it.try_send_to(&bytes, to));
                    if let Some(Err(error)) = sent {
                        tracing::debug!(%to, %error, "a reply could not be sent");
                    }
                }
                Output::PassedOver(words) => {
                    tracing::debug!(?words, "keys and flags that mean nothing here");
                }
                Output::Broken { call, what } => {
                    let what = words(&what);
                    tracing::warn!(call, what, "media of a call broke");
                }
            }
        }
    }

    fn begin_to_end(&mut self) {
        if self.overdue.is_none() {
            let now = self.now();
            self.overdue = Some(now + self.drain);
            self.guarded(|front, negotiator| front.shut_down(now, negotiator));
        }
    }

    fn end(&self) -> Option<Outcome> {
        let overdue = self.overdue?;
        if self.negotiator.is_idle() {
            return Some(Outcome::Drained);
        }
        (self.now() >= overdue).then_some(Outcome::Overdue)
    }
}

fn words(what: &What) -> String {
    match what {
        What::PortUnavailable(at) => format!("its port {at} cannot be bound"),
        What::DtlsFailed(why) => format!("its DTLS failed: {why}"),
        What::IceFailed => "ICE found no way to its far end".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Waits until one of the sockets has something. (There are a few at most, so they are asked one after another.)
async fn readable(sockets: &[UdpSocket]) {
    std::future::poll_fn(|context| {
        let ready = sockets
            .iter()
            .any(|socket| socket.poll_recv_ready(context).is_ready());
        if ready {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
