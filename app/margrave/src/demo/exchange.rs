use crate::exit::Failure;
use demo_exchange::{Input, MediaId, Output, Settings};
use proto_base::{Random, Time};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// Datagrams of the services waiting for the exchange; one more is lost, as datagrams are. A second of ten calls.
const WAITING: usize = 500;
/// Longer than any datagram that the border sends.
const LONGEST: usize = 65_535;
/// When no deadline is near: the loop looks up anyway.
const IDLE: Duration = Duration::from_secs(1);

/// A telephone exchange on its own thread.
pub(super) struct Exchange {
    end: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Exchange {
    /// Starts it on that SIP socket.
    pub(super) fn start(settings: Settings, sip: UdpSocket) -> Result<Self, Failure> {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed)
            .map_err(|_| Failure::start("the system gives no random numbers"))?;
        let exchange = demo_exchange::Exchange::new(settings, Random::from_seed(seed));
        sip.set_nonblocking(true).map_err(Failure::start)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::start)?;
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("demo-exchange".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(run(exchange, sip, ended)) {
                    tracing::error!(%error, "the demo's exchange has ended");
                }
            })
            .map_err(Failure::start)?;
        Ok(Self { end, thread })
    }

    /// Stops it.
    pub(super) fn stop(self) {
        // It is gone already if it failed; it said so itself.
        let _ = self.end.send(());
        let _ = self.thread.join();
    }
}

/// What a service's socket heard.
type Heard = (MediaId, SocketAddr, Vec<u8>);

struct Shell {
    exchange: demo_exchange::Exchange,
    epoch: Instant,
    sip: Arc<tokio::net::UdpSocket>,
    media: BTreeMap<MediaId, (Arc<tokio::net::UdpSocket>, AbortHandle)>,
    heard: mpsc::Sender<Heard>,
}

async fn run(
    exchange: demo_exchange::Exchange,
    sip: UdpSocket,
    mut ended: oneshot::Receiver<()>,
) -> io::Result<()> {
    let (heard, mut hearing) = mpsc::channel(WAITING);
    let sip = Arc::new(tokio::net::UdpSocket::from_std(sip)?);
    let mut shell = Shell {
        exchange,
        epoch: Instant::now(),
        sip: sip.clone(),
        media: BTreeMap::new(),
        heard,
    };
    let mut buffer = vec![0; LONGEST];
    loop {
        let wait = shell
            .exchange
            .poll_timeout()
            .map_or(IDLE, |deadline| deadline.since(shell.now()).min(IDLE));
        let input = tokio::select! {
            received = sip.recv_from(&mut buffer) => match received {
                Ok((length, from)) => Input::Datagram {
                    from,
                    bytes: buffer.get(..length).unwrap_or_default().to_vec(),
                },
                // An ICMP message about an earlier datagram; it does not say which.
                Err(_) => continue,
            },
            Some((id, from, bytes)) = hearing.recv() => Input::Rtp { id, from, bytes },
            () = tokio::time::sleep(wait) => Input::Timeout,
            _ = &mut ended => return Ok(()),
        };
        shell.handle(input).await;
    }
}

impl Shell {
    fn now(&self) -> Time {
        Time::ZERO + self.epoch.elapsed()
    }

    async fn handle(&mut self, input: Input) {
        self.exchange.handle(self.now(), input);
        while let Some(output) = self.exchange.poll_output() {
            match output {
                // A lost datagram is sent again by whoever misses it.
                Output::Send { to, bytes } => drop(self.sip.send_to(&bytes, to).await),
                Output::OpenMedia { id, local } => {
                    if let Err(error) = self.open(id, local).await {
                        tracing::warn!(%local, %error, "a service of the demo has no port");
                        self.exchange.handle(self.now(), Input::MediaFailed { id });
                    }
                }
                Output::CloseMedia { id } => {
                    if let Some((_, reader)) = self.media.remove(&id) {
                        reader.abort();
                    }
                }
                Output::SendRtp { id, to, bytes } => {
                    if let Some((socket, _)) = self.media.get(&id) {
                        drop(socket.send_to(&bytes, to).await);
                    }
                }
            }
        }
    }

    async fn open(&mut self, id: MediaId, local: SocketAddr) -> io::Result<()> {
        let socket = Arc::new(tokio::net::UdpSocket::bind(local).await?);
        let (reading, heard) = (socket.clone(), self.heard.clone());
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; LONGEST];
            loop {
                // An error is an ICMP message about what was sent; the next datagram may come all the same.
                if let Ok((length, from)) = reading.recv_from(&mut buffer).await {
                    let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                    let _ = heard.try_send((id, from, bytes));
                }
            }
        });
        self.media.insert(id, (socket, reader.abort_handle()));
        Ok(())
    }
}
