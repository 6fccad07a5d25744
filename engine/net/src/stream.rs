use crate::connections::{Connections, Ending, Item, Permit};
use crate::tls::Credentials;
use crate::{Arrival, Limits, NetEvent};
use sip_message::{Framed, Response, StreamFramer};
use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout, timeout_at};

/// Octets of one read. On the stack and only while reading, so that a silent connection holds none of them.
const READ: usize = 8 * 1024;
/// After our end is closed: how long theirs may take. Without it what we wrote last could be lost to a reset.
const LINGER: Duration = Duration::from_secs(1);
/// Octets gathered into one write while more is queued.
const GATHER: usize = 16 * 1024;

/// What every connection's task is given.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) events: mpsc::Sender<NetEvent>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) limits: Limits,
    pub(crate) credentials: Credentials,
}

/// What is known of a stream besides its addresses.
pub(crate) struct Standing {
    /// We opened it: it need not speak first, nor often.
    pub(crate) dialled: bool,
    /// The domains it proved.
    pub(crate) names: Vec<String>,
}

/// Serves a TCP or TLS connection (RFC 3261 §18.3) from its opening to its end.
pub(crate) async fn serve<R, W>(
    (mut from_them, mut to_them): (R, W),
    arrival: Arrival,
    standing: Standing,
    mut ending: Ending,
    permit: Permit,
    link: Link,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let known = standing.dialled || !standing.names.is_empty();
    let opened = NetEvent::Opened(arrival, standing.names);
    if link.events.send(opened).await.is_err() {
        return;
    }
    ending.opened(&link.events);
    let cut = ending.cut.clone();
    let patience = Patience {
        first: (!standing.dialled).then_some(link.limits.header_read),
        between: (!known).then_some(link.limits.idle),
    };
    let reading = read(&mut from_them, arrival, &link, &ending.own, patience);
    let (queue, waiting) = (&mut ending.queue, &ending.waiting);
    let writing = write(&mut to_them, queue, waiting, &link.limits);
    until_one_ends(&cut, pin!(reading), pin!(writing)).await;
    ending.close().await;
    drop(permit);
}

/// How long a far end may be silent.
struct Patience {
    /// Before its first message.
    first: Option<Duration>,
    /// Between two.
    between: Option<Duration>,
}

async fn read<R: AsyncRead + Unpin>(
    from_them: &mut R,
    arrival: Arrival,
    link: &Link,
    own: &mpsc::WeakSender<Item>,
    patience: Patience,
) {
    let mut framer = StreamFramer::new();
    let opened = Instant::now();
    let (mut spoken, mut begun) = (false, None);
    loop {
        let more = read_some(from_them, |octets| framer.push(octets));
        // The first message must come, each that has begun must come to its end, and a stranger must not just stay.
        let until = match begun {
            Some(begun) => Some(begun + link.limits.header_read),
            None if spoken => patience.between.map(|span| Instant::now() + span),
            None => patience.first.map(|span| opened + span),
        };
        let outcome = match until {
            None => Ok(more.await),
            Some(until) => timeout_at(until, more).await,
        };
        if !matches!(outcome, Ok(Ok(1..))) {
            return;
        }
        loop {
            match framer.next() {
                Ok(None) => break,
                Ok(Some(Framed::Message(message))) => {
                    (spoken, begun) = (true, None);
                    let received = NetEvent::Received(arrival, message);
                    if link.events.send(received).await.is_err() {
                        return;
                    }
                }
                Ok(Some(Framed::Ping)) => answer(own, Item::Crlf),
                Ok(Some(Framed::Pong)) => {}
                Err(error) => {
                    tracing::debug!(remote = %arrival.remote, ?error, "a stream cannot be cut into messages");
                    return refuse(from_them, framer.take_refusal(), link, own).await;
                }
            }
        }
        begun = framer
            .is_amid_message()
            .then(|| begun.unwrap_or_else(Instant::now));
    }
}

/// Tells the sender why, where its request could be read so far, has the connection closed, and reads no more meaning into what
/// comes: where one message ends and the next begins is not known any more.
async fn refuse<R: AsyncRead + Unpin>(
    from_them: &mut R,
    refusal: Option<Box<Response>>,
    link: &Link,
    own: &mpsc::WeakSender<Item>,
) {
    let Some(refusal) = refusal else {
        return;
    };
    answer(own, Item::Refusal(refusal.to_bytes()));
    let discarding = async { while let Ok(1..) = read_some(from_them, |_| {}).await {} };
    let _ = timeout(link.limits.header_read, discarding).await;
}

async fn write<W: AsyncWrite + Unpin>(
    to_them: &mut W,
    queue: &mut mpsc::Receiver<Item>,
    waiting: &AtomicUsize,
    limits: &Limits,
) {
    while let Some(item) = queue.recv().await {
        let mut out = Vec::new();
        let mut next = Some(item);
        let mut last = false;
        while let Some(item) = next {
            match item {
                Item::Message(message) => {
                    waiting.fetch_sub(message.len(), Ordering::Relaxed);
                    out.extend_from_slice(&message);
                }
                Item::Crlf => out.extend_from_slice(b"\r\n"),
                Item::Refusal(message) => {
                    out.extend_from_slice(&message);
                    last = true;
                }
                Item::Pong(_) | Item::Close(_) => {}
            }
            next = if out.len() < GATHER && !last {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        if !write_out(to_them, &out, limits.write).await {
            return;
        }
        if last {
            break;
        }
    }
    let _ = timeout(limits.write, to_them.shutdown()).await;
}

/// Runs both halves of a connection until it is cut, or one half ends. When we ended it, their end is waited for. Both are
/// borrowed: a future that is handed on by value is kept twice.
pub(crate) async fn until_one_ends<R, W>(cut: &Notify, mut read: Pin<&mut R>, write: Pin<&mut W>)
where
    R: Future<Output = ()>,
    W: Future<Output = ()>,
{
    tokio::select! {
        biased;
        () = cut.notified() => return,
        () = write => {}
        () = read.as_mut() => return,
    }
    let _ = timeout(LINGER, read).await;
}

/// Waits for octets and hands them to `take`; how many there were, 0 at the end.
pub(crate) async fn read_some<R: AsyncRead + Unpin>(
    from_them: &mut R,
    mut take: impl FnMut(&[u8]),
) -> io::Result<usize> {
    poll_fn(|context| {
        let mut room = [const { MaybeUninit::<u8>::uninit() }; READ];
        let mut room = ReadBuf::uninit(&mut room);
        let polled = Pin::new(&mut *from_them).poll_read(context, &mut room);
        polled.map_ok(|()| {
            take(room.filled());
            room.filled().len()
        })
    })
    .await
}

/// Writes everything within the time; `false`: the far end is gone, or does not read.
pub(crate) async fn write_out<W: AsyncWrite + Unpin>(
    to_them: &mut W,
    octets: &[u8],
    limit: Duration,
) -> bool {
    let writing = async {
        to_them.write_all(octets).await?;
        to_them.flush().await
    };
    matches!(timeout(limit, writing).await, Ok(Ok(())))
}

/// Queues an answer of the connection's own. With no room it is not given: whoever asks so often can wait.
pub(crate) fn answer(own: &mpsc::WeakSender<Item>, item: Item) {
    if let Some(queue) = own.upgrade() {
        let _ = queue.try_send(item);
    }
}

/// The canonical form of an address: IPv4 as IPv4.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// What every TCP connection is told: no waiting for more to send, and a far end that is gone is noticed within seconds, whether we
/// were sending or not (PITFALLS P9, P10).
pub(crate) fn watch(stream: &TcpStream, limits: &Limits) -> io::Result<()> {
    /// Between two questions for a sign of life, once the first has not been answered.
    const BETWEEN: Duration = Duration::from_secs(3);
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    let keep_alive = socket2::TcpKeepalive::new()
        .with_time(limits.keep_alive)
        .with_interval(BETWEEN);
    socket.set_tcp_keepalive(&keep_alive)?;
    socket.set_tcp_user_timeout(Some(limits.write))
}
