//! Bytes as a sequence of operations on [`Transactions`]: whatever is received, asked, answered, cancelled, waited for,
//! closed or written down in whatever order, the table keeps its promises.

use proto_base::{Flow, NetworkId, Time, Transport};
use sip_message::{Message, Method, Request, Response, StatusCode, parse};
use sip_transaction::{ClientKey, Event, ServerKey, TIMER_C, TRANSACTION_TIMEOUT, Transactions};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Small, so that fullness is met often.
const LIMIT: usize = 6;
/// More operations than this tell no new story.
const MAX_OPERATIONS: usize = 400;

/// Plays the operations, lets everything end, and checks what was promised on the way.
pub fn sip_transaction(bytes: &[u8]) {
    let mut world = World {
        table: Transactions::with_limit(LIMIT),
        now: Time::ZERO,
        servers: BTreeMap::new(),
        clients: BTreeMap::new(),
        cancels: VecDeque::new(),
        finals: BTreeMap::new(),
    };
    let mut bytes = bytes.iter().copied();
    for _ in 0..MAX_OPERATIONS {
        let Some(kind) = bytes.next() else {
            break;
        };
        let mut next = || bytes.next().unwrap_or(0);
        world.operate(kind, next(), next());
        world.drain();
    }
    world.end();
}

struct World {
    table: Transactions,
    now: Time,
    /// Live server transactions, and the requests to answer.
    servers: BTreeMap<ServerKey, (Flow, Request)>,
    /// Live client transactions.
    clients: BTreeMap<ClientKey, Client>,
    /// The last CANCELs that left. They are not in `clients`: timer C sends them under keys that nobody here was given.
    cancels: VecDeque<Request>,
    /// Final statuses that left in live server transactions, by flow, top Via and method of the response.
    finals: BTreeMap<Name, BTreeSet<u16>>,
}

type Name = (Flow, String, String);

struct Client {
    request: Request,
    finals: usize,
    failures: usize,
}

fn flow(number: u8) -> (Flow, Transport) {
    let at = |last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 5060));
    match number % 5 {
        0 => (Flow::Datagram(NetworkId(0), at(1)), Transport::Udp),
        1 => (Flow::Datagram(NetworkId(0), at(2)), Transport::Udp),
        2 => (Flow::Datagram(NetworkId(1), at(1)), Transport::Udp),
        3 => (Flow::Connection(1), Transport::Tcp),
        _ => (Flow::Connection(2), Transport::Wss),
    }
}

fn message(method: &str, side: &str, number: u8) -> Option<Request> {
    // Every eighth is a peer of RFC 2543, without the magic cookie.
    let cookie = if number % 8 == 7 { "" } else { "z9hG4bK" };
    let rport = if number.is_multiple_of(2) {
        ";rport"
    } else {
        ""
    };
    let text = format!(
        "{method} sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch={cookie}{side}{number}{rport}\r\n\
         From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    match parse(text.as_bytes()) {
        Ok(Message::Request(request)) => Some(request),
        _ => None,
    }
}

fn method(number: u8) -> &'static str {
    match number % 4 {
        0 => "INVITE",
        1 => "BYE",
        2 => "OPTIONS",
        _ => "INFO",
    }
}

fn status(number: u8) -> StatusCode {
    const KNOWN: [u16; 8] = [100, 180, 183, 200, 202, 302, 408, 487];
    StatusCode::of(KNOWN.get(usize::from(number) % 8).copied().unwrap_or(603))
}

fn name(flow: Flow, response: &Response) -> Option<Name> {
    let via = response.headers.via().ok()?;
    let method = response.headers.cseq().ok()?.method;
    Some((flow, via.to_string(), method.to_string()))
}

impl World {
    fn operate(&mut self, kind: u8, one: u8, two: u8) {
        let now = self.now;
        let (flow, transport) = flow(two);
        match kind % 11 {
            0 | 1 => self.receive(method(one), one, flow, transport),
            2 => self.receive("ACK", one, flow, transport),
            3 => self.receive("CANCEL", one, flow, transport),
            4 | 5 => {
                let Some(client) = self.client(one) else {
                    return;
                };
                let response = client.response(status(two));
                // From where it was sent, or, every fourth, from somewhere else.
                let (flow, transport) = self::flow(if two >= 192 { two } else { one / 16 });
                self.table
                    .receive(now, flow, transport, Message::Response(response));
            }
            6 => {
                // The branch says the flow, so that responses find the way back.
                let (flow, transport) = self::flow(one / 16);
                if let Some(request) = message(method(two), "c", one) {
                    let sent = request.clone();
                    let key = self.table.request(now, flow, transport, request);
                    self.clients.entry(key).or_insert(Client {
                        request: sent,
                        finals: 0,
                        failures: 0,
                    });
                }
            }
            7 => {
                let picked = pick(self.servers.iter(), one);
                let Some((key, request)) = picked.map(|(key, (_, request))| (key.clone(), request))
                else {
                    return;
                };
                let response = request.response(status(two));
                self.table.respond(now, &key, response);
            }
            8 => {
                let key = pick(self.clients.keys(), one).cloned();
                if let Some(key) = key {
                    self.table.cancel(now, &key, None);
                }
            }
            9 => self.wait(Duration::from_millis(u64::from(one) * 40), two >= 128),
            _ => {
                if two >= 64 {
                    self.write_down_and_read_back();
                } else {
                    self.table.flow_closed(now, flow);
                }
            }
        }
    }

    fn receive(&mut self, method: &str, branch: u8, flow: Flow, transport: Transport) {
        if let Some(request) = message(method, "s", branch % 16) {
            self.table
                .receive(self.now, flow, transport, Message::Request(request));
        }
    }

    fn client(&self, number: u8) -> Option<Request> {
        if number >= 224 {
            return pick(self.cancels.iter(), number).cloned();
        }
        pick(self.clients.values(), number).map(|client| client.request.clone())
    }

    /// Punctually, or all at once and late.
    fn wait(&mut self, span: Duration, punctually: bool) {
        let until = self.now + span;
        while let Some(at) = self.table.poll_timeout()
            && punctually
            && at <= until
        {
            self.now = at;
            self.fire();
        }
        self.now = until;
        self.fire();
    }

    fn fire(&mut self) {
        self.table.handle_timeout(self.now);
        self.drain();
        assert!(
            self.table.poll_timeout().is_none_or(|at| at > self.now),
            "a deadline stays behind"
        );
    }

    fn write_down_and_read_back(&mut self) {
        let text = serde_json::to_string(&self.table);
        let back = text.as_deref().map(serde_json::from_str::<Transactions>);
        let Ok(Ok(back)) = back else {
            unreachable!("the table can be written down");
        };
        assert_eq!(
            serde_json::to_string(&back).ok(),
            text.ok(),
            "and comes back as it was"
        );
        self.table = back;
    }

    fn drain(&mut self) {
        // What left first: an event may end the transaction that it left in.
        while let Some(transmit) = self.table.poll_transmit() {
            let Ok(message) = parse(&transmit.bytes) else {
                unreachable!("what leaves can be read");
            };
            if let Message::Request(request) = &message
                && request.method == Method::Cancel
            {
                self.cancels.push_front(request.clone());
                self.cancels.truncate(4);
            }
            if let Message::Response(response) = message
                && response.status.is_final()
                && let Some(name) = name(transmit.flow, &response)
                && let Some(finals) = self.finals.get_mut(&name)
            {
                finals.insert(response.status.code());
                // A proxy may pass on the 2xx of several forks (RFC 6026 §7.1).
                let forks = name.2 == "INVITE" && finals.iter().all(|code| *code < 300);
                assert!(forks || finals.len() <= 1, "two finals in one transaction");
                assert!(
                    name.2 == "INVITE" || response.status.code() != 408,
                    "RFC 4320"
                );
            }
        }
        while let Some(event) = self.table.poll_event() {
            self.note(event);
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Request { key, flow, request } => {
                assert!(request.method != Method::Ack && request.method != Method::Cancel);
                if let Some(name) = name(flow, &request.response(StatusCode::OK)) {
                    self.finals.insert(name, BTreeSet::new());
                }
                assert!(
                    self.servers.insert(key, (flow, request)).is_none(),
                    "a repeat was told"
                );
            }
            Event::Cancel { invite, .. } => assert!(self.servers.contains_key(&invite)),
            Event::Ack { .. } => {}
            Event::NoAck { key } => assert!(self.servers.contains_key(&key)),
            Event::ServerEnded { key } => {
                let name = self
                    .servers
                    .remove(&key)
                    .and_then(|(flow, request)| name(flow, &request.response(StatusCode::OK)));
                assert!(name.is_some_and(|name| self.finals.remove(&name).is_some()));
            }
            Event::Response { key, response } => {
                let Some(client) = self.clients.get_mut(&key) else {
                    assert!(is_cancel(&key), "a response to nobody");
                    return;
                };
                assert!(client.failures == 0, "a response after the failure");
                let invite = client.request.method == Method::Invite;
                if response.status.is_final() && !(invite && response.status.is_success()) {
                    client.finals = client.finals.saturating_add(1);
                    assert!(client.finals <= 1, "a final response told twice");
                }
            }
            Event::Failed { key, .. } => {
                let Some(client) = self.clients.get_mut(&key) else {
                    assert!(is_cancel(&key), "a failure of nobody");
                    return;
                };
                client.failures = client.failures.saturating_add(1);
                assert!(client.failures <= 1, "a failure told twice");
                assert!(client.finals == 0, "a failure after the final response");
            }
            Event::ClientEnded { key } => {
                let known = self.clients.remove(&key).is_some();
                assert!(known || is_cancel(&key), "ended twice");
            }
        }
    }

    /// Everyone gets an answer, then there is silence.
    fn end(&mut self) {
        for (key, (_, request)) in self.servers.clone() {
            self.table
                .respond(self.now, &key, request.response(StatusCode::of(500)));
        }
        self.drain();
        self.wait(TIMER_C + TRANSACTION_TIMEOUT * 3, true);
        assert!(self.table.is_idle(), "something is left");
        assert!(self.table.poll_timeout().is_none());
        assert!(self.servers.is_empty() && self.clients.is_empty());
    }
}

fn pick<T>(mut from: impl ExactSizeIterator<Item = T>, number: u8) -> Option<T> {
    let length = from.len().max(1);
    from.nth(usize::from(number) % length)
}

fn is_cancel(key: &ClientKey) -> bool {
    format!("{key:?}").contains("CANCEL ")
}
