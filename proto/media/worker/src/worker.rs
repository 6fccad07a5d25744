use crate::counters::Counters;
use crate::sessions::Sessions;
use crate::tables::Tables;
use crate::{Output, Slot, Verdict, WorkerPlan};
use control_command::{Event, LegId, SessionId, What, WorkerCommand};
use proto_base::{Random, SocketId, Time};
use rtc_dtls::{Identity, Unusable};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// The first socket on the shared public port. Where the port is bound on several local addresses, each is a socket of its
/// own, numbered from here: an answer leaves from the address that was asked, or the browser would not know it.
pub const PUBLIC: SocketId = SocketId(0);

/// Numbers below this are public sockets, all others are port-pair sockets that the worker asks for. More local addresses
/// than these are better served by binding the unspecified one.
pub const PUBLIC_SOCKETS: u32 = 16;

/// Whether a socket is on the public port.
const fn is_public(socket: SocketId) -> bool {
    socket.0 < PUBLIC_SOCKETS
}

/// A session that asks for a moment already gone is asked again after this: time must go on.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// One worker: it owns its sessions.
pub struct Worker {
    /// Our certificate, or why there is none: then no browser's leg can be.
    pub(crate) identity: Result<Identity, Unusable>,
    pub(crate) random: Random,
    pub(crate) sessions: Sessions,
    pub(crate) tables: Tables,
    /// Deadline and place of each session that has one.
    pub(crate) deadlines: BTreeSet<(Time, usize)>,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) counters: Counters,
    pub(crate) next_socket: u32,
    /// The last time told.
    pub(crate) now: Time,
}

impl Worker {
    /// A worker without sessions. If certificate and key cannot be used, browsers' legs end with
    /// [`What::DtlsFailed`] that says why; [`Worker::check`] tells before.
    pub fn new(plan: WorkerPlan, mut random: Random) -> Self {
        Self {
            identity: Identity::new(plan.certificate, plan.private_key, plan.epoch),
            tables: Tables::new(&mut random),
            random,
            sessions: Sessions::default(),
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            next_socket: PUBLIC_SOCKETS - 1,
            now: Time::ZERO,
        }
    }

    /// Whether the certificate and its key can be used.
    pub fn check(&self) -> Result<(), Unusable> {
        self.identity.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Takes a command.
    pub fn command(&mut self, now: Time, command: WorkerCommand) {
        self.now = self.now.max(now);
        match command {
            WorkerCommand::Apply(plan) => {
                let session = plan.session;
                let done = catch_unwind(AssertUnwindSafe(|| self.apply(now, &plan)));
                if done.is_err() {
                    self.broken(session);
                }
            }
            WorkerCommand::Count(session) => self.count(session),
            WorkerCommand::Close(session) => {
                let done = catch_unwind(AssertUnwindSafe(|| self.close(now, session)));
                if done.is_err() {
                    self.broken(session);
                }
            }
        }
    }

    /// The packet path: no allocation, no lock, no copy for RTP that is relayed.
    pub fn handle_datagram(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        slot: &mut Slot<'_>,
    ) -> Verdict {
        self.now = self.now.max(now);
        if slot.length > slot.buffer.len() {
            self.counters.alien = self.counters.alien.saturating_add(1);
            return Verdict::Drop;
        }
        let mut place = None;
        let handled = catch_unwind(AssertUnwindSafe(|| {
            if is_public(socket) {
                self.on_public_port(now, socket, from, slot, &mut place)
            } else {
                self.on_port_pair(now, socket, from, slot, &mut place)
            }
        }));
        handled.unwrap_or_else(|_| {
            let session = place.and_then(|place| Some(self.sessions.get(place)?.session));
            if let Some(session) = session {
                self.broken(session);
            }
            Verdict::Drop
        })
    }

    /// The shell could not bind this socket.
    pub fn bind_failed(&mut self, now: Time, socket: SocketId) {
        self.now = self.now.max(now);
        let Some((owner, port)) = self.tables.on_socket(socket) else {
            return;
        };
        let Some(entry) = self.sessions.get(owner.place) else {
            return;
        };
        let session = entry.session;
        if let Some(at) = entry.local_address(owner.leg, port) {
            self.tell(session, Some(owner.leg), What::PortUnavailable(at));
        }
    }

    /// Does what is due: checks that came not, handshakes to be repeated, RTCP, silence.
    pub fn handle_timeout(&mut self, now: Time) {
        self.now = self.now.max(now);
        let later = self
            .deadlines
            .split_off(&(now + Duration::from_micros(1), 0));
        let due = std::mem::replace(&mut self.deadlines, later);
        for (_, place) in due {
            let done = catch_unwind(AssertUnwindSafe(|| self.fire(now, place)));
            if done.is_err()
                && let Some(session) = self.sessions.get(place).map(|entry| entry.session)
            {
                self.broken(session);
            }
        }
    }

    fn fire(&mut self, now: Time, place: usize) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        entry.deadline = None;
        if let Ok(identity) = &self.identity {
            for (handshake, heard) in entry.handshakes_mut() {
                if handshake.poll_timeout().is_some_and(|at| at <= now) {
                    handshake.handle_timeout(now, identity, &mut self.random, heard);
                }
            }
        }
        if entry.stream.poll_timeout().is_some_and(|at| at <= now) {
            entry.stream.handle_timeout(now);
        }
        self.settle(now, place);
    }

    /// Puts a session at its place in the index of deadlines.
    pub(crate) fn schedule(&mut self, now: Time, place: usize) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        let next = entry.poll_timeout().map(|at| at.max(now + LEAST_WAIT));
        if next != entry.deadline {
            if let Some(old) = entry.deadline {
                self.deadlines.remove(&(old, place));
            }
            if let Some(next) = next {
                self.deadlines.insert((next, place));
            }
            entry.deadline = next;
        }
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What the worker wants; to be drained after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether nothing is left: no session, socket, timer or unsaid word.
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
            && self.tables.is_empty()
            && self.deadlines.is_empty()
            && self.outputs.is_empty()
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// What was refused so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    pub(crate) fn tell(&mut self, session: SessionId, leg: Option<LegId>, what: What) {
        self.outputs
            .push_back(Output::Event(Event { session, leg, what }));
    }

    pub(crate) fn new_socket(&mut self) -> SocketId {
        self.next_socket = self.next_socket.wrapping_add(1);
        // After four thousand million ports the numbers begin anew; by then the first are long closed.
        if is_public(SocketId(self.next_socket)) {
            self.next_socket = PUBLIC_SOCKETS;
        }
        SocketId(self.next_socket)
    }

    /// An invariant broke: the session goes, and only it.
    fn broken(&mut self, session: SessionId) {
        self.counters.sessions_broken = self.counters.sessions_broken.saturating_add(1);
        if let Some(place) = self.sessions.place_of(session) {
            self.drop_session(place);
        } else {
            self.tell(session, None, What::Ended(Vec::new()));
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Worker")
            .field("sessions", &self.sessions.len())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
