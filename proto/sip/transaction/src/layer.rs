use crate::invite_client::{Cancelling, InviteClient};
use crate::invite_server::{AckFor, InviteServer};
use crate::non_invite_client::NonInviteClient;
use crate::non_invite_server::NonInviteServer;
use crate::outbox::Outbox;
use crate::path::Path;
use crate::{ClientKey, Event, ServerKey, Transmit, stateless};
use proto_base::{Flow, Time, Transport};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Message, Method, Request, Response, StatusCode};
use std::collections::{BTreeMap, BTreeSet};

/// How many transactions are held at once. An ended one lingers for 32 s and keeps a message or two of about a kilobyte:
/// this is 500 calls set up a second, in some 150 MB at the very most.
pub const DEFAULT_LIMIT: usize = 65_536;

/// All transactions, their timers and what they want to send.
#[derive(Debug, Serialize, Deserialize)]
pub struct Transactions {
    limit: usize,
    next_number: u64,
    pub(crate) clients: BTreeMap<ClientKey, u64>,
    servers: BTreeMap<ServerKey, u64>,
    pub(crate) table: BTreeMap<u64, Entry>,
    deadlines: BTreeSet<(Time, u64)>,
    pub(crate) flows: BTreeSet<(Flow, u64)>,
    pub(crate) outbox: Outbox,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) flow: Flow,
    /// What stands in `deadlines` for it.
    deadline: Option<Time>,
    pub(crate) machine: Machine,
}

/// The four, each under its name in RFC 3261 §17, with the key it is found by.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Machine {
    InviteClient(ClientKey, Box<InviteClient>),
    NonInviteClient(ClientKey, NonInviteClient),
    InviteServer(ServerKey, InviteServer),
    NonInviteServer(ServerKey, NonInviteServer),
}

impl Machine {
    fn deadline(&self) -> Option<Time> {
        match self {
            Machine::InviteClient(_, machine) => machine.deadline(),
            Machine::NonInviteClient(_, machine) => machine.deadline(),
            Machine::InviteServer(_, machine) => machine.deadline(),
            Machine::NonInviteServer(_, machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            // It alone may wait without a deadline.
            Machine::InviteServer(_, machine) => machine.is_terminated(),
            other => other.deadline().is_none(),
        }
    }
}

impl Default for Transactions {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Transactions {
    /// Empty, for [`DEFAULT_LIMIT`] transactions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empty. A new request is answered 503 with Retry-After while `limit` transactions are held; our own requests fail only
    /// at twice that number, since they are the consequences of what was admitted.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            next_number: 0,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            table: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            flows: BTreeSet::new(),
            outbox: Outbox::default(),
        }
    }

    /// A parsed message from a flow. Responses that match nothing are dropped (a stateful B2BUA forwards none).
    pub fn receive(&mut self, now: Time, flow: Flow, transport: Transport, message: Message) {
        let path = Path { flow, transport };
        match message {
            Message::Request(request) => match request.method {
                Method::Ack => self.receive_ack(now, path, request),
                Method::Cancel => self.receive_cancel(path, request),
                _ => self.receive_request(now, path, request),
            },
            Message::Response(response) => self.receive_response(now, path, response),
        }
    }

    fn receive_request(&mut self, now: Time, from: Path, mut request: Request) {
        let Some(key) = ServerKey::new(from, &request.headers, &request.method) else {
            return;
        };
        if let Some(entry) = self.servers.get(&key).and_then(|at| self.table.get_mut(at)) {
            match &mut entry.machine {
                Machine::InviteServer(_, machine) => machine.receive_again(&mut self.outbox),
                Machine::NonInviteServer(_, machine) => machine.receive_again(&mut self.outbox),
                Machine::InviteClient(..) | Machine::NonInviteClient(..) => {}
            }
            return;
        }
        let path = stateless::note_source(from, &mut request);
        if self.table.len() >= self.limit {
            let response = stateless::full(&key, &request);
            self.outbox.send(path.flow, response.to_bytes());
            return;
        }
        let machine = if request.method == Method::Invite {
            let machine = InviteServer::start(key.clone(), path, &request, &mut self.outbox);
            Machine::InviteServer(key.clone(), machine)
        } else {
            let machine = NonInviteServer::start(now, path, &request);
            Machine::NonInviteServer(key.clone(), machine)
        };
        let number = self.insert(from.flow, machine);
        self.servers.insert(key.clone(), number);
        self.outbox.tell(Event::Request {
            key,
            flow: from.flow,
            request,
        });
    }

    fn receive_ack(&mut self, now: Time, from: Path, request: Request) {
        let mut whom = AckFor::Dialog;
        if let Some((number, machine)) = self.invite_hit_by(from, &request) {
            whom = machine.receive_ack(now);
            self.settle(number);
        }
        if whom == AckFor::Dialog {
            self.outbox.tell(Event::Ack {
                flow: from.flow,
                request,
            });
        }
    }

    /// Answered here and now, without a transaction: the answer to a repeated CANCEL comes out the same.
    fn receive_cancel(&mut self, from: Path, mut request: Request) {
        let Some(key) = ServerKey::new(from, &request.headers, &Method::Invite) else {
            return;
        };
        let path = stateless::note_source(from, &mut request);
        let mut tell = false;
        let response = match self.invite_hit_by(from, &request) {
            Some((_, machine)) => {
                tell = machine.receive_cancel();
                stateless::answer(&key, &request, StatusCode::OK, machine.tag())
            }
            None => stateless::answer(&key, &request, StatusCode::of(481), None),
        };
        self.outbox.send(path.flow, response.to_bytes());
        if tell {
            self.outbox.tell(Event::Cancel {
                invite: key,
                request,
            });
        }
    }

    /// The INVITE server transaction that an ACK or CANCEL belongs to.
    fn invite_hit_by(&mut self, from: Path, request: &Request) -> Option<(u64, &mut InviteServer)> {
        let key = ServerKey::new(from, &request.headers, &Method::Invite)?;
        let number = *self.servers.get(&key)?;
        match &mut self.table.get_mut(&number)?.machine {
            Machine::InviteServer(_, machine) => Some((number, machine)),
            _ => None,
        }
    }

    fn receive_response(&mut self, now: Time, from: Path, response: Response) {
        let Some(key) = ClientKey::of_response(&response) else {
            return;
        };
        let Some(&number) = self.clients.get(&key) else {
            return;
        };
        let vias = response.headers.count(&HeaderName::Via);
        let mut cancel = None;
        match self.table.get_mut(&number).map(|entry| &mut entry.machine) {
            Some(Machine::InviteClient(_, machine)) if machine.expects(from, vias) => {
                let leaves = machine.receive(now, response, &mut self.outbox);
                cancel = leaves.map(|request| (machine.path(), request));
            }
            Some(Machine::NonInviteClient(_, machine)) if machine.expects(from, vias) => {
                machine.receive(now, response, &mut self.outbox);
            }
            _ => return,
        }
        if let Some((path, request)) = cancel {
            self.request(now, path.flow, path.transport, request);
        }
        self.settle(number);
    }

    /// Sends a request with a top Via whose branch is already set and unique (the key is made from it). Not for ACK to 2xx:
    /// that one belongs to no transaction, and is only sent on if it comes here all the same.
    pub fn request(
        &mut self,
        now: Time,
        flow: Flow,
        transport: Transport,
        request: Request,
    ) -> ClientKey {
        let key = ClientKey::of_request(&request);
        if request.method == Method::Ack {
            self.outbox.send(flow, request.to_bytes());
            return key;
        }
        // The branch was not unique: the first transaction keeps it.
        if self.clients.contains_key(&key) {
            return key;
        }
        if self.table.len() >= self.limit.saturating_mul(2) {
            self.outbox.tell(Event::Failed {
                key: key.clone(),
                timed_out: false,
            });
            self.outbox.tell(Event::ClientEnded { key: key.clone() });
            return key;
        }
        let path = Path { flow, transport };
        let machine = if request.method == Method::Invite {
            let machine = InviteClient::start(now, key.clone(), path, &request, &mut self.outbox);
            Machine::InviteClient(key.clone(), Box::new(machine))
        } else {
            let machine =
                NonInviteClient::start(now, key.clone(), path, &request, &mut self.outbox);
            Machine::NonInviteClient(key.clone(), machine)
        };
        let number = self.insert(flow, machine);
        self.clients.insert(key.clone(), number);
        key
    }

    /// Sends a response in a server transaction. 2xx to INVITE moves it to Accepted; retransmitting the 2xx until the ACK is
    /// the dialog's affair (RFC 3261 §13.3.1.4): hand the same 2xx in again. What the state forbids is not sent: a second
    /// final response, a provisional one or a 408 to a non-INVITE (RFC 4320).
    pub fn respond(&mut self, now: Time, key: &ServerKey, response: Response) {
        let Some(&number) = self.servers.get(key) else {
            return;
        };
        match self.table.get_mut(&number).map(|entry| &mut entry.machine) {
            Some(Machine::InviteServer(_, machine)) => {
                machine.respond(now, &response, &mut self.outbox);
            }
            Some(Machine::NonInviteServer(_, machine)) => {
                machine.respond(now, &response, &mut self.outbox);
            }
            _ => {}
        }
        self.settle(number);
    }

    /// CANCEL for a pending INVITE client transaction (RFC 3261 §9.1): waits for a provisional response first. Returns nothing
    /// if it is already final. `reason` is the value of a Reason header (RFC 3326).
    pub fn cancel(
        &mut self,
        now: Time,
        invite: &ClientKey,
        reason: Option<&str>,
    ) -> Option<ClientKey> {
        let number = *self.clients.get(invite)?;
        let Machine::InviteClient(_, machine) = &mut self.table.get_mut(&number)?.machine else {
            return None;
        };
        let key = key_of_cancel(invite);
        let path = machine.path();
        match machine.cancel(now, reason) {
            Cancelling::Send(request) => {
                self.request(now, path.flow, path.transport, *request);
            }
            Cancelling::Pending => {}
            Cancelling::TooLate => return None,
        }
        self.settle(number);
        Some(key)
    }

    /// The flow is gone: its client transactions fail, its server transactions end silently.
    pub fn flow_closed(&mut self, _now: Time, flow: Flow) {
        let hit: Vec<u64> = self
            .flows
            .range((flow, 0)..=(flow, u64::MAX))
            .map(|(_, number)| *number)
            .collect();
        for number in hit {
            match self.table.get_mut(&number).map(|entry| &mut entry.machine) {
                Some(Machine::InviteClient(_, machine)) => machine.flow_closed(&mut self.outbox),
                Some(Machine::NonInviteClient(_, machine)) => {
                    machine.flow_closed(&mut self.outbox);
                }
                Some(Machine::InviteServer(_, machine)) => machine.flow_closed(),
                Some(Machine::NonInviteServer(_, machine)) => machine.flow_closed(),
                None => {}
            }
            self.settle(number);
        }
    }

    /// Fires what is due. Harmless when early.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some((at, number)) = self.deadlines.first().copied()
            && at <= now
        {
            let mut cancel = None;
            match self.table.get_mut(&number).map(|entry| &mut entry.machine) {
                Some(Machine::InviteClient(_, machine)) => {
                    let leaves = machine.handle_timeout(now, &mut self.outbox);
                    cancel = leaves.map(|request| (machine.path(), request));
                }
                Some(Machine::NonInviteClient(_, machine)) => {
                    machine.handle_timeout(now, &mut self.outbox);
                }
                Some(Machine::InviteServer(_, machine)) => {
                    machine.handle_timeout(now, &mut self.outbox);
                }
                Some(Machine::NonInviteServer(_, machine)) => {
                    machine.handle_timeout(now, &mut self.outbox);
                }
                None => {}
            }
            if let Some((path, request)) = cancel {
                self.request(now, path.flow, path.transport, request);
            }
            // Whatever the machine did, this deadline is spent; `settle` writes the next one.
            self.deadlines.remove(&(at, number));
            if let Some(entry) = self.table.get_mut(&number) {
                entry.deadline = None;
            }
            self.settle(number);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.next_transmit()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.outbox.next_event()
    }

    /// No transaction is left, and nothing waits to be fetched.
    pub fn is_idle(&self) -> bool {
        self.table.is_empty()
            && self.clients.is_empty()
            && self.servers.is_empty()
            && self.deadlines.is_empty()
            && self.flows.is_empty()
            && self.outbox.is_empty()
    }

    /// How many transactions are held.
    pub fn count(&self) -> usize {
        self.table.len()
    }

    /// How many of them a flow has.
    pub fn count_of(&self, flow: Flow) -> usize {
        self.flows.range((flow, 0)..=(flow, u64::MAX)).count()
    }

    /// Whether a request belongs to a transaction that is held.
    pub fn knows(&self, flow: Flow, transport: Transport, request: &Request) -> bool {
        let from = Path { flow, transport };
        let key = ServerKey::new(from, &request.headers, &request.method);
        key.is_some_and(|key| self.servers.contains_key(&key))
    }

    /// Refuses a request and keeps nothing of it: the same request, sent again, is refused again in the same words
    /// (RFC 3261 §8.2.7). An ACK is dropped.
    pub fn refuse(
        &mut self,
        flow: Flow,
        transport: Transport,
        mut request: Request,
        status: StatusCode,
        retry_after: Option<u32>,
    ) {
        let from = Path { flow, transport };
        let Some(key) = ServerKey::new(from, &request.headers, &request.method) else {
            return;
        };
        if request.method == Method::Ack {
            return;
        }
        let path = stateless::note_source(from, &mut request);
        let mut response = stateless::answer(&key, &request, status, None);
        if let Some(seconds) = retry_after {
            response.headers.set(HeaderName::RetryAfter, seconds);
        }
        self.outbox.send(path.flow, response.to_bytes());
    }

    fn insert(&mut self, flow: Flow, machine: Machine) -> u64 {
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        let deadline = machine.deadline();
        if let Some(at) = deadline {
            self.deadlines.insert((at, number));
        }
        self.flows.insert((flow, number));
        self.table.insert(
            number,
            Entry {
                flow,
                deadline,
                machine,
            },
        );
        number
    }

    /// Brings the indexes in line with what a machine has become.
    fn settle(&mut self, number: u64) {
        let Some(entry) = self.table.get_mut(&number) else {
            return;
        };
        let terminated = entry.machine.is_terminated();
        let deadline = if terminated {
            None
        } else {
            entry.machine.deadline()
        };
        if deadline != entry.deadline {
            if let Some(old) = entry.deadline {
                self.deadlines.remove(&(old, number));
            }
            if let Some(new) = deadline {
                self.deadlines.insert((new, number));
            }
            entry.deadline = deadline;
        }
        if terminated {
            self.remove(number);
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(entry) = self.table.remove(&number) else {
            return;
        };
        self.flows.remove(&(entry.flow, number));
        match entry.machine {
            Machine::InviteClient(key, machine) => {
                self.clients.remove(&key);
                if machine.has_unsent_cancel() {
                    self.outbox.tell(Event::ClientEnded {
                        key: key_of_cancel(&key),
                    });
                }
                self.outbox.tell(Event::ClientEnded { key });
            }
            Machine::NonInviteClient(key, _) => {
                self.clients.remove(&key);
                self.outbox.tell(Event::ClientEnded { key });
            }
            Machine::InviteServer(key, _) => {
                self.servers.remove(&key);
                self.outbox.tell(Event::ServerEnded { key });
            }
            Machine::NonInviteServer(key, _) => {
                self.servers.remove(&key);
                self.outbox.tell(Event::ServerEnded { key });
            }
        }
    }
}

/// The CANCEL has the branch of its INVITE (RFC 3261 §9.1).
fn key_of_cancel(invite: &ClientKey) -> ClientKey {
    let branch = invite.0.split_once(' ').map_or("", |(_, branch)| branch);
    ClientKey::new(branch, &Method::Cancel)
}
