use crate::{Limits, NetEvent, Undelivered};
use proto_base::{Flow, NetworkId, Transport};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};

/// Addresses whose names are remembered: those of many peers, each with many servers.
const MOST_EXPECTED: usize = 1024;

/// Every open connection by its flow. Written by the network's thread, asked by the signalling thread: the one lock in the shell,
/// held for a look-up of a signalling message and never across a wait. No media packet comes near it.
pub(crate) struct Connections {
    table: Mutex<Table>,
    limits: Limits,
}

#[derive(Default)]
struct Table {
    /// Flows given out; a number is never used twice.
    flows: u64,
    open: HashMap<u64, Line>,
    dialled: HashMap<Dialled, u64>,
    sources: HashMap<IpAddr, usize>,
    /// Of browsers.
    browsers: usize,
    /// Of peers, ours to them as well.
    peers: usize,
    /// Connections whose task has not ended yet, in `open` or not.
    serving: usize,
    /// Whose certificate is expected at an address.
    expected: BTreeMap<(NetworkId, SocketAddr), String>,
    closing: bool,
}

/// What identifies a connection that we opened.
pub(crate) type Dialled = (NetworkId, Transport, SocketAddr);

/// The way to one connection's writer.
struct Line {
    queue: mpsc::Sender<Item>,
    /// Octets in the queue.
    waiting: Arc<AtomicUsize>,
    /// Rung when the connection is to end at once.
    cut: Arc<Notify>,
    dialled: Option<Dialled>,
}

/// What waits to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A SIP message.
    Message(Vec<u8>),
    /// The answer to a WebSocket ping.
    Pong(Vec<u8>),
    /// The answer to a keep-alive (RFC 5626 §4.4.1).
    Crlf,
    /// The last word on a stream that cannot be cut into messages, and the end.
    Refusal(Vec<u8>),
    /// A WebSocket close frame with this status, and the end.
    Close(u16),
}

/// A connection's end of its [`Line`].
pub(crate) struct Ending {
    pub(crate) flow: Flow,
    pub(crate) queue: mpsc::Receiver<Item>,
    /// For answers of the reader; weak, so that the queue ends when the table lets go of it.
    pub(crate) own: mpsc::WeakSender<Item>,
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) cut: Arc<Notify>,
    /// Whom the end must be told, once the opening has been.
    told: Option<mpsc::Sender<NetEvent>>,
    connections: Arc<Connections>,
    id: u64,
}

/// Leave to hold a connection; given back by dropping it.
pub(crate) struct Permit {
    connections: Arc<Connections>,
    kind: Kind,
    source: Option<IpAddr>,
}

/// Whose connections are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Browser,
    Peer,
}

/// What a message for an address found.
pub(crate) enum Dial {
    /// It is queued on a connection that was there.
    Queued,
    /// It is queued on a new one, which the caller must now open.
    New(Ending, Permit),
}

impl Connections {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::default(),
            limits,
        })
    }

    /// A panic elsewhere leaves the table as it was: each change is one insertion or removal.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave for a stranger's connection, or none when there are too many, of all or of this source. Without a source the one who
    /// connects is a proxy, and whose connection it is will be told.
    pub(crate) fn admit(self: &Arc<Self>, kind: Kind, remote: Option<IpAddr>) -> Option<Permit> {
        let mut table = self.table();
        if table.closing || !table.has_room(kind, &self.limits) {
            return None;
        }
        let source = remote.map(source);
        if let Some(source) = source
            && !table.charge(source, self.limits.connections_per_source)
        {
            return None;
        }
        table.count(kind, true);
        Some(Permit {
            connections: self.clone(),
            kind,
            source,
        })
    }

    /// From now on the certificate at this address must prove this name.
    pub(crate) fn expect(&self, network: NetworkId, address: SocketAddr, name: String) {
        let mut table = self.table();
        table.expected.insert((network, address), name);
        if table.expected.len() > MOST_EXPECTED {
            table.expected.pop_first();
        }
    }

    /// The name that the certificate at this address must prove.
    pub(crate) fn expected(&self, network: NetworkId, address: SocketAddr) -> Option<String> {
        self.table().expected.get(&(network, address)).cloned()
    }

    /// Enters an accepted connection. `None` while everything is being closed.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Ending> {
        let mut table = self.table();
        self.insert(&mut table, None)
    }

    fn insert(self: &Arc<Self>, table: &mut Table, dialled: Option<Dialled>) -> Option<Ending> {
        if table.closing {
            return None;
        }
        table.flows = table.flows.checked_add(1)?;
        let id = table.flows;
        let (sender, queue) = mpsc::channel(self.limits.queue.max(1));
        let own = sender.downgrade();
        let (waiting, cut) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        table.open.insert(
            id,
            Line {
                queue: sender,
                waiting: waiting.clone(),
                cut: cut.clone(),
                dialled,
            },
        );
        if let Some(dialled) = dialled {
            table.dialled.insert(dialled, id);
        }
        table.serving = table.serving.saturating_add(1);
        Some(Ending {
            flow: Flow::Connection(id),
            queue,
            own,
            waiting,
            cut,
            told: None,
            connections: self.clone(),
            id,
        })
    }

    /// Queues a message on a connection. One whose queue is full does not read: it is cut off, for nobody waits for it.
    pub(crate) fn send(&self, id: u64, message: Vec<u8>) -> Result<(), Undelivered> {
        let mut table = self.table();
        self.queue(&mut table, id, message)
    }

    fn queue(&self, table: &mut Table, id: u64, message: Vec<u8>) -> Result<(), Undelivered> {
        let gone = Undelivered::Closed(Flow::Connection(id));
        let line = table.open.get(&id).ok_or(gone)?;
        let octets = message.len();
        let waiting = line.waiting.fetch_add(octets, Ordering::Relaxed);
        if waiting.saturating_add(octets) <= self.limits.queue_octets
            && line.queue.try_send(Item::Message(message)).is_ok()
        {
            return Ok(());
        }
        line.cut.notify_one();
        remove(table, id);
        Err(gone)
    }

    /// Queues a message on the connection to this address, entering a new one if there is none.
    pub(crate) fn dial(
        self: &Arc<Self>,
        dialled: Dialled,
        message: Vec<u8>,
    ) -> Result<Dial, Undelivered> {
        let mut table = self.table();
        if let Some(&id) = table.dialled.get(&dialled) {
            return self.queue(&mut table, id, message).map(|()| Dial::Queued);
        }
        if !table.has_room(Kind::Peer, &self.limits) {
            return Err(Undelivered::Unreachable);
        }
        let ending = self
            .insert(&mut table, Some(dialled))
            .ok_or(Undelivered::Unreachable)?;
        table.count(Kind::Peer, true);
        let permit = Permit {
            connections: self.clone(),
            kind: Kind::Peer,
            source: None,
        };
        // The permit is dropped, which locks, only after this guard is gone.
        let queued = self.queue(&mut table, ending.id, message);
        drop(table);
        queued.map(|()| Dial::New(ending, permit))
    }

    /// Lets go of a connection: its writer writes out what is queued, then closes.
    pub(crate) fn close(&self, id: u64) {
        remove(&mut self.table(), id);
    }

    /// Lets go of every connection and admits none any more.
    pub(crate) fn close_all(&self) {
        let mut table = self.table();
        table.closing = true;
        table.open.clear();
        table.dialled.clear();
    }

    /// How many connections have not ended yet.
    pub(crate) fn serving(&self) -> usize {
        self.table().serving
    }
}

impl Table {
    fn has_room(&self, kind: Kind, limits: &Limits) -> bool {
        match kind {
            Kind::Browser => self.browsers < limits.connections,
            Kind::Peer => self.peers < limits.peer_connections,
        }
    }

    fn count(&mut self, kind: Kind, more: bool) {
        let count = match kind {
            Kind::Browser => &mut self.browsers,
            Kind::Peer => &mut self.peers,
        };
        *count = if more {
            count.saturating_add(1)
        } else {
            count.saturating_sub(1)
        };
    }

    /// Counts one more connection of a source, if it may have one more.
    fn charge(&mut self, source: IpAddr, most: usize) -> bool {
        let of_source = self.sources.entry(source).or_default();
        if *of_source >= most {
            return false;
        }
        *of_source = of_source.saturating_add(1);
        true
    }
}

impl Permit {
    /// A proxy has said whose connection it is. `false`: he has too many.
    pub(crate) fn belongs_to(&mut self, client: IpAddr) -> bool {
        if self.source.is_some() {
            return true;
        }
        let source = source(client);
        let most = self.connections.limits.connections_per_source;
        let charged = self.connections.table().charge(source, most);
        if charged {
            self.source = Some(source);
        }
        charged
    }
}

fn remove(table: &mut Table, id: u64) {
    let Some(line) = table.open.remove(&id) else {
        return;
    };
    if let Some(dialled) = line.dialled
        && table.dialled.get(&dialled) == Some(&id)
    {
        table.dialled.remove(&dialled);
    }
}

/// What counts as one source: an IPv4 address, or a /64, of which everybody with IPv6 has 2^64 addresses.
fn source(remote: IpAddr) -> IpAddr {
    match remote.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

impl Ending {
    /// The opening has been told; from here on the end is told as well.
    pub(crate) fn opened(&mut self, events: &mpsc::Sender<NetEvent>) {
        self.told = Some(events.clone());
    }

    /// Leaves the table and tells the end, waiting while signalling is busy.
    pub(crate) async fn close(mut self) {
        let (told, flow) = (self.told.take(), self.flow);
        drop(self);
        if let Some(events) = told {
            let _ = events.send(NetEvent::Closed(flow)).await;
        }
    }
}

impl Drop for Ending {
    /// Not closed before: the connection's task has panicked, and its flow must not live on.
    fn drop(&mut self) {
        if let Some(events) = self.told.take() {
            let _ = events.try_send(NetEvent::Closed(self.flow));
        }
        let mut table = self.connections.table();
        table.serving = table.serving.saturating_sub(1);
        remove(&mut table, self.id);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = self.connections.table();
        table.count(self.kind, false);
        let Some(source) = self.source else {
            return;
        };
        if let Some(count) = table.sources.get_mut(&source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                table.sources.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Connections, Dial, Item, Kind};
    use crate::{Limits, Undelivered};
    use proto_base::{Flow, NetworkId, Transport};
    use std::net::IpAddr;

    fn limits() -> Limits {
        Limits {
            connections: 3,
            peer_connections: 2,
            connections_per_source: 2,
            queue: 2,
            queue_octets: 10,
            ..Limits::default()
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_source_cannot_take_every_place() {
        let connections = Connections::new(limits());
        let first = connections.admit(Kind::Browser, Some(ip("192.0.2.1")));
        let second = connections.admit(Kind::Browser, Some(ip("::ffff:192.0.2.1")));
        assert!(first.is_some() && second.is_some());
        assert!(
            connections
                .admit(Kind::Browser, Some(ip("192.0.2.1")))
                .is_none()
        );
        let other = connections.admit(Kind::Browser, Some(ip("192.0.2.2")));
        assert!(other.is_some());
        assert!(
            connections
                .admit(Kind::Browser, Some(ip("192.0.2.3")))
                .is_none(),
            "all are taken"
        );
        drop(first);
        assert!(
            connections
                .admit(Kind::Browser, Some(ip("192.0.2.1")))
                .is_some()
        );
    }

    #[test]
    fn a_crowd_of_browsers_leaves_room_for_peers() {
        let connections = Connections::new(limits());
        let from = |end: u8| Some(IpAddr::from([192, 0, 2, end]));
        let crowd: Vec<_> = (1..=3)
            .filter_map(|end| connections.admit(Kind::Browser, from(end)))
            .collect();
        assert_eq!(crowd.len(), 3);
        assert!(connections.admit(Kind::Browser, from(4)).is_none());
        let peer = connections.admit(Kind::Peer, from(5));
        assert!(peer.is_some());
        let address = (
            NetworkId(1),
            Transport::Tcp,
            "192.0.2.9:5060".parse().expect("an address"),
        );
        let dialled = connections.dial(address, b"one".to_vec());
        assert!(dialled.is_ok());
        assert!(connections.admit(Kind::Peer, from(6)).is_none());
        drop(peer);
        assert!(connections.admit(Kind::Peer, from(6)).is_some());
    }

    #[test]
    fn the_addresses_of_one_ipv6_line_are_one_source() {
        let connections = Connections::new(limits());
        let _first = connections.admit(Kind::Browser, Some(ip("2001:db8:1:2::1")));
        let _second = connections.admit(Kind::Browser, Some(ip("2001:db8:1:2:ffff::9")));
        assert!(
            connections
                .admit(Kind::Browser, Some(ip("2001:db8:1:2::3")))
                .is_none()
        );
        assert!(
            connections
                .admit(Kind::Browser, Some(ip("2001:db8:1:3::1")))
                .is_some()
        );
    }

    #[test]
    fn a_flow_that_does_not_read_is_cut_off() {
        let connections = Connections::new(limits());
        let ending = connections.enter().expect("open");
        let Flow::Connection(id) = ending.flow else {
            panic!("a connection")
        };
        assert_eq!(connections.send(id, vec![0; 5]), Ok(()));
        assert_eq!(
            connections.send(id, vec![0; 6]),
            Err(Undelivered::Closed(ending.flow)),
            "more octets than may wait"
        );
        assert_eq!(
            connections.send(id, vec![0; 1]),
            Err(Undelivered::Closed(ending.flow)),
            "it is gone"
        );
    }

    #[test]
    fn an_address_is_dialled_once() {
        let connections = Connections::new(limits());
        let address = (
            NetworkId(1),
            Transport::Tcp,
            "192.0.2.9:5060".parse().expect("an address"),
        );
        let Ok(Dial::New(mut ending, permit)) = connections.dial(address, b"one".to_vec()) else {
            panic!("a new connection")
        };
        assert!(matches!(
            connections.dial(address, b"two".to_vec()),
            Ok(Dial::Queued)
        ));
        assert_eq!(
            ending.queue.try_recv().ok(),
            Some(Item::Message(b"one".to_vec()))
        );
        let flow = ending.flow;
        drop((ending, permit));
        let Ok(Dial::New(again, _permit)) = connections.dial(address, b"three".to_vec()) else {
            panic!("a new connection")
        };
        assert_ne!(again.flow, flow, "a flow's number is never used twice");
    }
}
