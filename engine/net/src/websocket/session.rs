use super::frame::{Frame, FrameReader, Sending};
use crate::connections::{Ending, Item, Permit};
use crate::stream::{Link, answer, read_some, until_one_ends, write_out};
use crate::{Arrival, Limits, NetEvent};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout, timeout_at};

/// Pings without a sign of life after which the far end counts as gone.
const MISSES: u32 = 2;
/// Status of a close frame when we end the connection (RFC 6455 §7.4.1).
const GOING_AWAY: u16 = 1001;
/// Status of a close frame that answers one.
const NORMAL: u16 = 1000;
/// Octets gathered into one write while more is queued.
const GATHER: usize = 16 * 1024;

/// Serves a WebSocket from its handshake to its end. `early` is what came right behind the handshake.
pub(crate) async fn serve<S>(
    stream: S,
    early: Vec<u8>,
    arrival: Arrival,
    mut ending: Ending,
    permit: Permit,
    link: Link,
) where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let opened = NetEvent::Opened(arrival, Vec::new());
    if link.events.send(opened).await.is_err() {
        return;
    }
    ending.opened(&link.events);
    let heard = AtomicBool::new(false);
    let (mut from_them, mut to_them) = tokio::io::split(stream);
    let cut = ending.cut.clone();
    let reading = read(&mut from_them, early, arrival, &link, &ending.own, &heard);
    let (queue, waiting) = (&mut ending.queue, &ending.waiting);
    let writing = write(&mut to_them, queue, waiting, &link.limits, &heard);
    until_one_ends(&cut, pin!(reading), pin!(writing)).await;
    ending.close().await;
    drop(permit);
}

async fn read<R: AsyncRead + Unpin>(
    from_them: &mut R,
    early: Vec<u8>,
    arrival: Arrival,
    link: &Link,
    own: &mpsc::WeakSender<Item>,
    heard: &AtomicBool,
) {
    let mut frames = FrameReader::new(link.limits.message);
    frames.push(&early);
    drop(early);
    let mut since = None;
    loop {
        loop {
            match frames.next() {
                Ok(None) => break,
                Ok(Some(Frame::Message(message))) => {
                    since = None;
                    if !deliver(message, arrival, link, own).await {
                        return;
                    }
                }
                Ok(Some(Frame::Ping(payload))) => answer(own, Item::Pong(payload)),
                Ok(Some(Frame::Pong)) => {}
                Ok(Some(Frame::Close)) => return discard(from_them, own, NORMAL).await,
                Err(error) => {
                    tracing::debug!(remote = %arrival.remote, ?error, "a WebSocket breaks the rules");
                    return discard(from_them, own, error.status()).await;
                }
            }
        }
        since = frames
            .is_midway()
            .then(|| since.unwrap_or_else(Instant::now));
        let more = read_some(from_them, |octets| frames.push(octets));
        // Silence between messages is no fault, for pings watch over it. A message must come to its end.
        let outcome = match since {
            None => Ok(more.await),
            Some(since) => timeout_at(since + link.limits.header_read, more).await,
        };
        match outcome {
            Ok(Ok(1..)) => heard.store(true, Ordering::Relaxed),
            _ => return,
        }
    }
}

/// Hands a message up, waiting while signalling is busy; answers keep-alives itself (RFC 5626 §4.4.1). `false`: nobody is there.
async fn deliver(
    message: Vec<u8>,
    arrival: Arrival,
    link: &Link,
    own: &mpsc::WeakSender<Item>,
) -> bool {
    if message.iter().all(|octet| matches!(octet, b'\r' | b'\n')) {
        if message.len() > 2 {
            answer(own, Item::Crlf);
        }
        return true;
    }
    let received = NetEvent::Received(arrival, message);
    link.events.send(received).await.is_ok()
}

/// Has the close frame written and reads no more meaning into what comes. If it was us who closed, this is the end.
async fn discard<R: AsyncRead + Unpin>(
    from_them: &mut R,
    own: &mpsc::WeakSender<Item>,
    status: u16,
) {
    if own.upgrade().is_none() {
        return;
    }
    answer(own, Item::Close(status));
    while let Ok(1..) = read_some(from_them, |_| {}).await {}
}

async fn write<W: AsyncWrite + Unpin>(
    to_them: &mut W,
    queue: &mut mpsc::Receiver<Item>,
    waiting: &std::sync::atomic::AtomicUsize,
    limits: &Limits,
    heard: &AtomicBool,
) {
    let mut pings = interval_at(Instant::now() + limits.ping, limits.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut unanswered = 0u32;
    loop {
        let mut out = Vec::new();
        let mut last = false;
        tokio::select! {
            biased;
            item = queue.recv() => {
                let mut next = Some(item.unwrap_or(Item::Close(GOING_AWAY)));
                while let Some(item) = next {
                    last = matches!(item, Item::Close(_));
                    encode(&item, waiting, &mut out);
                    next = if last || out.len() >= GATHER { None } else { queue.try_recv().ok() };
                }
            }
            _ = pings.tick() => {
                if heard.swap(false, Ordering::Relaxed) {
                    unanswered = 0;
                }
                if unanswered >= MISSES {
                    return;
                }
                unanswered = unanswered.saturating_add(1);
                Sending::Ping.write(&mut out);
            }
        }
        if !write_out(to_them, &out, limits.write).await {
            return;
        }
        if last {
            let _ = timeout(limits.write, to_them.shutdown()).await;
            return;
        }
    }
}

fn encode(item: &Item, waiting: &std::sync::atomic::AtomicUsize, out: &mut Vec<u8>) {
    match item {
        Item::Message(message) => {
            waiting.fetch_sub(message.len(), Ordering::Relaxed);
            Sending::Message(message).write(out);
        }
        Item::Pong(payload) => Sending::Pong(payload).write(out),
        Item::Crlf => Sending::Message(b"\r\n").write(out),
        // Only streams are cut by Content-Length.
        Item::Refusal(_) => {}
        Item::Close(status) => Sending::Close(*status).write(out),
    }
}
