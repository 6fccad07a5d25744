//! A worker's turn, over and over: send what is due, fire timers, take commands, read a batch. In this order, because what is
//! due is late already, and a flood of packets must not keep timers or commands waiting for longer than one batch; and because a packet may
//! be the first of a session of which the worker was told while it slept.

use crate::EventSink;
use crate::counters::{MediaCounters, add};
use crate::ports::OpenPorts;
use crate::sockets::{Forward, Packet, Sockets};
use control_command::{Event, What, WorkerCommand};
use engine_wait::{BATCH, Bell};
use media_worker::{Output, PUBLIC_SOCKETS, Slot, Verdict, Worker, WorkerPlan};
use proto_base::{Random, Time};
use std::collections::VecDeque;
use std::io;
use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Packets held at once: four batches, so that packets of many sockets go out in few calls.
const PACKETS: usize = 4 * BATCH;
/// Packets read at once from a telephone's port: one is there every 20 ms. After a hiccup there are more, and the next turn reads on.
const LEG_BATCH: usize = 1;
/// Commands taken in one turn, each some ten microseconds: a turn stays below a few milliseconds.
const COMMANDS: usize = 128;
/// Events kept while signalling is too busy to take them. Beyond, all but the ends of sessions are dropped.
const EVENTS: usize = 16_384;
/// While events are kept, they are offered again after this time.
const AGAIN: Duration = Duration::from_millis(10);
/// Longest wait, whatever the worker says.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A worker's ends of its channels.
pub(crate) struct Wiring {
    pub(crate) commands: Receiver<WorkerCommand>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) open: Arc<OpenPorts>,
    pub(crate) events: EventSink,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) counters: Arc<MediaCounters>,
}

/// One worker's thread: all that it owns.
pub(crate) struct Thread {
    worker: Worker,
    epoch: Instant,
    sockets: Sockets,
    wiring: Wiring,
    /// Events that signalling had no room for.
    kept: VecDeque<Event>,
    packets: Vec<Packet>,
    forwards: Vec<Forward>,
    tokens: Vec<u64>,
    /// Commands may be waiting although nobody rings.
    more_commands: bool,
}

impl Thread {
    pub(crate) fn new(
        plan: WorkerPlan,
        random: Random,
        public: Vec<UdpSocket>,
        wiring: Wiring,
    ) -> io::Result<Self> {
        let epoch = plan.epoch;
        let worker = Worker::new(plan, random);
        worker.check().map_err(io::Error::other)?;
        let sockets = Sockets::new(
            public,
            wiring.bell.clone(),
            wiring.open.clone(),
            wiring.counters.clone(),
        )?;
        Ok(Self {
            epoch,
            worker,
            sockets,
            wiring,
            kept: VecDeque::new(),
            packets: (0..PACKETS).map(|_| Packet::empty()).collect(),
            forwards: Vec::with_capacity(PACKETS),
            tokens: Vec::with_capacity(PACKETS),
            more_commands: false,
        })
    }

    /// Turns until it is told to stop. A panic costs the turn in which it happens: what was read is lost, the sessions stay as
    /// they are. Should one be left in a bad state, its own call suffers; the others go on.
    pub(crate) fn run(&mut self) {
        let mut panicked = false;
        while !self.wiring.stop.load(Ordering::Acquire) {
            let turn = catch_unwind(AssertUnwindSafe(|| self.turn()));
            match turn {
                Ok(Ok(())) => panicked = false,
                Ok(Err(error)) => {
                    tracing::error!(%error, "a media worker cannot wait for its sockets");
                    std::thread::sleep(AGAIN);
                }
                Err(_) => {
                    add(&self.wiring.counters.panics, 1);
                    self.forwards.clear();
                    // The same deadline may be due again at once.
                    if panicked {
                        std::thread::sleep(AGAIN);
                    }
                    panicked = true;
                }
            }
        }
    }

    fn now(&self) -> Time {
        let micros = u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX);
        Time::from_micros(micros)
    }

    fn turn(&mut self) -> io::Result<()> {
        let wait = self.wait();
        let mut tokens = std::mem::take(&mut self.tokens);
        let waited = self.sockets.wait(wait, &mut tokens);

        // 1. What is due.
        self.offer_kept();
        self.drain();
        // 2. Timers.
        let now = self.now();
        if self.worker.poll_timeout().is_some_and(|due| due <= now) {
            self.worker.handle_timeout(now);
            self.drain();
        }
        // 3. Commands.
        self.take_commands();
        // 4. A batch of each socket that has one.
        self.read(&tokens);

        self.tokens = tokens;
        waited
    }

    fn wait(&self) -> Duration {
        if self.more_commands {
            return Duration::ZERO;
        }
        let mut wait = LONGEST_WAIT;
        if !self.kept.is_empty() {
            wait = AGAIN;
        }
        if let Some(due) = self.worker.poll_timeout() {
            wait = wait.min(due.since(self.now()));
        }
        wait
    }

    fn read(&mut self, tokens: &[u64]) {
        let mut used: usize = 0;
        for &token in tokens {
            let Some(socket) = self.sockets.of_token(token) else {
                continue;
            };
            let most = if socket.0 < PUBLIC_SOCKETS {
                BATCH
            } else {
                LEG_BATCH
            };
            if used.saturating_add(most) > self.packets.len() {
                self.sockets.send(&mut self.forwards, &self.packets);
                used = 0;
            }
            let room = used..used.saturating_add(most);
            let Some(room) = self.packets.get_mut(room) else {
                continue;
            };
            let received = self.sockets.receive(token, room);
            let now = self.now();
            let arrived = self.packets.iter_mut().enumerate().skip(used);
            for (place, packet) in arrived.take(received) {
                let Some(from) = packet.from else {
                    add(&self.wiring.counters.too_long, 1);
                    continue;
                };
                let mut slot = Slot {
                    buffer: &mut packet.buffer,
                    length: packet.length,
                };
                let verdict = self.worker.handle_datagram(now, socket, from, &mut slot);
                if let Verdict::Forward { socket, to, range } = verdict {
                    self.forwards.push(Forward {
                        socket,
                        to,
                        packet: place,
                        range,
                    });
                }
            }
            used = used.saturating_add(received);
        }
        self.sockets.send(&mut self.forwards, &self.packets);
        self.drain();
    }

    fn take_commands(&mut self) {
        self.more_commands = true;
        for _ in 0..COMMANDS {
            let Ok(command) = self.wiring.commands.try_recv() else {
                self.more_commands = false;
                return;
            };
            let now = self.now();
            self.worker.command(now, command);
            self.drain();
        }
    }

    /// Does what the worker asks for.
    fn drain(&mut self) {
        while let Some(output) = self.worker.poll_output() {
            match output {
                Output::Transmit { socket, to, bytes } => self.sockets.transmit(socket, to, &bytes),
                Output::Bind { socket, at } => {
                    if let Err(error) = self.sockets.bind(socket, at) {
                        tracing::warn!(%at, %error, "a media port cannot be bound");
                        let now = self.now();
                        self.worker.bind_failed(now, socket);
                    }
                }
                Output::Unbind { socket } => self.sockets.unbind(socket),
                Output::Event(event) => self.tell(event),
            }
        }
    }

    /// Tells signalling, in order: behind what is kept already.
    fn tell(&mut self, event: Event) {
        let event = if self.kept.is_empty() {
            match (self.wiring.events)(event) {
                Ok(()) => return,
                Err(event) => event,
            }
        } else {
            event
        };
        // Without its end the ports of a session or a leg would never be given out again.
        let is_end = matches!(event.what, What::Ended(_) | What::LegEnded(_));
        if self.kept.len() < EVENTS || is_end {
            self.kept.push_back(event);
        }
    }

    fn offer_kept(&mut self) {
        while let Some(event) = self.kept.pop_front() {
            if let Err(event) = (self.wiring.events)(event) {
                self.kept.push_front(event);
                return;
            }
        }
    }
}
