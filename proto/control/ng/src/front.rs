use crate::cache::{Asked, COOKIE, Cache, Known};
use crate::calls::{Call, Calls};
use crate::interface::Interface;
use crate::reply;
use crate::request::{Command, Request};
use crate::{Encoding, Malformed, Value};
use control_command::{Door, Event, LegCounters, LegId, SessionId, What};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// A worker that is alive tells its counters within a turn, some milliseconds; after this a reply goes without them.
const COUNTING: Duration = Duration::from_millis(250);

/// Replies that wait for counters.
const WAITING: usize = 16_384;

/// What the front is told at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Ways out of the machine, the first of them for whoever names none.
    pub interfaces: Vec<Interface>,
    /// Seconds of Unix time at `Time::ZERO`: replies tell when calls began.
    pub started: u64,
}

/// What the front wants of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send this reply, from the socket that the request came to.
    Reply {
        /// To whom.
        to: SocketAddr,
        /// Which of the shell's sockets.
        socket: usize,
        /// The datagram.
        bytes: Vec<u8>,
    },
    /// A request had keys or flags that mean nothing to us.
    PassedOver(Vec<String>),
    /// A call's media broke: which call, and how.
    Broken {
        /// Its Call-ID.
        call: String,
        /// What happened.
        what: What,
    },
}

/// Everything that stands behind the protocol.
#[derive(Debug)]
pub struct Front {
    pub(crate) settings: Settings,
    pub(crate) calls: Calls,
    cache: Cache,
    waiting: VecDeque<Waiting>,
    outputs: VecDeque<Output>,
}

/// Who is to be answered, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asker {
    pub(crate) asked: Asked,
    pub(crate) encoding: Encoding,
    pub(crate) socket: usize,
}

/// A reply that waits for a session's counters.
#[derive(Clone, Debug)]
struct Waiting {
    asker: Asker,
    session: SessionId,
    /// The call as it was when it was asked about.
    call: Call,
    /// Besides statistics.
    request: Box<Request>,
    until: Time,
}

/// What a command comes to.
pub(crate) enum Outcome {
    /// This.
    Reply(Value),
    /// The statistics of this call, when the worker has told them.
    Statistics(Call),
}

impl Front {
    /// Without calls.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            calls: Calls::default(),
            cache: Cache::default(),
            waiting: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes a datagram that came to the shell's socket of this number.
    pub fn handle(
        &mut self,
        now: Time,
        door: &mut impl Door,
        socket: usize,
        peer: SocketAddr,
        datagram: &[u8],
    ) {
        let space = datagram.iter().take(COOKIE).position(|it| *it == b' ');
        let Some((cookie, payload)) = space.and_then(|at| datagram.split_at_checked(at)) else {
            // Nobody who speaks the protocol; there is nothing to answer with.
            return;
        };
        let payload = payload.trim_ascii();
        let encoding = Encoding::of(payload);
        let asker = Asker {
            asked: Asked {
                peer,
                cookie: cookie.to_vec(),
            },
            encoding: encoding.unwrap_or(Encoding::Bencode),
            socket,
        };
        match self.cache.look_up(now, &asker.asked) {
            Known::No => {}
            Known::InWork => return,
            Known::Answered(bytes) => {
                self.outputs.push_back(Output::Reply {
                    to: peer,
                    socket,
                    bytes,
                });
                return;
            }
        }
        let read = encoding.and_then(|encoding| encoding.read(payload));
        match read {
            Ok(message) => self.carry_out(now, door, asker, &message),
            Err(malformed) => self.reply(asker, &reply::error(Malformed::words(malformed))),
        }
    }

    fn carry_out(&mut self, now: Time, door: &mut impl Door, asker: Asker, message: &Value) {
        let Some(mut request) = Request::of(message) else {
            self.reply(
                asker,
                &reply::error("Dictionary contains no key \"command\""),
            );
            return;
        };
        if !request.passed_over.is_empty() {
            let words = std::mem::take(&mut request.passed_over);
            self.outputs.push_back(Output::PassedOver(words));
        }
        let outcome = match request.command {
            Command::Ping => Outcome::Reply(Value::dictionary([("result", Value::text("pong"))])),
            Command::Offer => Outcome::Reply(self.offer(now, door, &request)),
            Command::Answer => Outcome::Reply(self.answer(now, door, &request)),
            Command::Delete => self.delete(now, door, &request),
            Command::Query => self.query(&request),
            Command::List => Outcome::Reply(self.list(&request)),
            Command::Unknown => Outcome::Reply(reply::error("Unrecognized command")),
        };
        match outcome {
            Outcome::Reply(value) => self.reply(asker, &value),
            Outcome::Statistics(call) => self.count(now, door, asker, call, request),
        }
    }

    /// Asks the worker, and lets the asker wait.
    fn count(
        &mut self,
        now: Time,
        door: &mut impl Door,
        asker: Asker,
        call: Call,
        request: Request,
    ) {
        let session = call.session;
        let asked = self.waiting.len() < WAITING && door.count(now, session);
        // A call that is to end at once was only lent to this moment.
        if request.command == Command::Delete && !self.calls.is_open(session) {
            let _ = door.delete(now, session);
        }
        let waiting = Waiting {
            asker,
            session,
            call,
            request: Box::new(request),
            until: now + COUNTING,
        };
        if asked {
            self.waiting.push_back(waiting);
        } else {
            self.tell_statistics(waiting, &[]);
        }
    }

    fn tell_statistics(&mut self, waiting: Waiting, counters: &[(LegId, LegCounters)]) {
        let value = self.statistics(&waiting.call, &waiting.request, counters);
        self.reply(waiting.asker, &value);
    }

    /// Takes what a media worker tells. (The negotiator hears it, too; that is the shell's to do.)
    pub fn hear(&mut self, now: Time, door: &mut impl Door, event: Event) {
        match event.what {
            What::Counted(counters) => {
                let place = self
                    .waiting
                    .iter()
                    .position(|it| it.session == event.session);
                if let Some(waiting) = place.and_then(|place| self.waiting.remove(place)) {
                    self.tell_statistics(waiting, &counters);
                }
            }
            // The last word of a session that nobody ended: the worker had no room for it, or it broke.
            What::Ended(_) if self.calls.is_open(event.session) => {
                self.broken(&event);
                if let Some(id) = self.calls.id_of(event.session).map(str::to_owned) {
                    self.end(now, door, &id);
                }
            }
            What::PortUnavailable(_) | What::DtlsFailed(_) | What::IceFailed => {
                self.broken(&event);
            }
            _ => {}
        }
    }

    fn broken(&mut self, event: &Event) {
        if let Some(call) = self.calls.id_of(event.session) {
            self.outputs.push_back(Output::Broken {
                call: call.to_owned(),
                what: event.what.clone(),
            });
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time, door: &mut impl Door) {
        while let Some(id) = self.calls.due(now) {
            self.end(now, door, &id);
        }
        while self.waiting.front().is_some_and(|it| it.until <= now) {
            if let Some(waiting) = self.waiting.pop_front() {
                self.tell_statistics(waiting, &[]);
            }
        }
    }

    /// When `handle_timeout` is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        let waiting = self.waiting.front().map(|it| it.until);
        waiting.into_iter().chain(self.calls.next_end()).min()
    }

    /// What the front wants; to be drained after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Ends every call.
    pub fn shut_down(&mut self, now: Time, door: &mut impl Door) {
        let ids: Vec<String> = self.calls.ids().map(str::to_owned).collect();
        ids.iter().for_each(|id| self.end(now, door, id));
    }

    /// How many calls there are.
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Ends a call at once.
    pub(crate) fn end(&mut self, now: Time, door: &mut impl Door, id: &str) {
        if let Some(call) = self.calls.close(id) {
            let _ = door.delete(now, call.session);
        }
    }

    fn reply(&mut self, asker: Asker, value: &Value) {
        let mut bytes = asker.asked.cookie.clone();
        bytes.push(b' ');
        asker.encoding.write(value, &mut bytes);
        self.cache.answered(&asker.asked, &bytes);
        self.outputs.push_back(Output::Reply {
            to: asker.asked.peer,
            socket: asker.socket,
            bytes,
        });
    }
}
