use crate::bind::{explain, public};
use crate::commands::{WAITING, Way};
use crate::counters::MediaCounters;
use crate::ports::OpenPorts;
use crate::thread::{Thread, Wiring};
use crate::{EventSink, MediaCommands, MediaSettings};
use engine_wait::Bell;
use media_worker::PUBLIC_SOCKETS;
use media_worker::WorkerPlan;
use proto_base::Random;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

/// The running workers. Dropping it stops them too.
pub struct Media {
    public: Vec<SocketAddr>,
    commands: MediaCommands,
    counters: Arc<MediaCounters>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Why media could not be started: which address, why, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaError(pub(crate) String);

impl Media {
    /// Binds the public port and starts the workers.
    pub fn start(settings: MediaSettings, events: EventSink) -> Result<Self, MediaError> {
        if settings.workers != 1 {
            return Err(MediaError(format!(
                "{} media workers are asked for, and there can be one. Set it to 1.",
                settings.workers
            )));
        }
        let sockets = bind(&settings.public)?;
        let failed = |error: std::io::Error| MediaError(format!("media cannot start: {error}"));
        let public = sockets
            .iter()
            .map(UdpSocket::local_addr)
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).map_err(|_| {
            MediaError("media cannot start: the system gives no random numbers.".to_owned())
        })?;

        let bell = Bell::new().map_err(failed)?;
        let open = Arc::new(OpenPorts::default());
        let (queue, commands) = sync_channel(WAITING);
        let (stop, counters) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(MediaCounters::default()),
        );
        let plan = WorkerPlan {
            worker: 0,
            certificate: settings.certificate,
            private_key: settings.private_key,
            epoch: settings.epoch,
        };
        let wiring = Wiring {
            commands,
            bell: bell.clone(),
            open: open.clone(),
            events,
            stop: stop.clone(),
            counters: counters.clone(),
        };
        let mut thread =
            Thread::new(plan, Random::from_seed(seed), sockets, wiring).map_err(failed)?;
        let thread = std::thread::Builder::new()
            .name("media-0".to_owned())
            .spawn(move || thread.run())
            .map_err(failed)?;
        Ok(Self {
            public,
            commands: MediaCommands(Arc::new(vec![Way { queue, bell, open }])),
            counters,
            stop,
            threads: vec![thread],
        })
    }

    /// Where the public port is really bound, in the order of the settings.
    pub fn public_addresses(&self) -> &[SocketAddr] {
        &self.public
    }

    /// The way down.
    pub fn commands(&self) -> MediaCommands {
        self.commands.clone()
    }

    /// What the sockets have seen.
    pub fn counters(&self) -> Arc<MediaCounters> {
        self.counters.clone()
    }

    /// Stops and joins the workers; every port is free afterwards.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Release);
        for way in self.commands.0.iter() {
            way.bell.ring();
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a media worker panicked");
            }
        }
    }
}

/// Binds the public port: one port for all addresses. A second address takes the port that the first was given.
fn bind(addresses: &[SocketAddr]) -> Result<Vec<UdpSocket>, MediaError> {
    let Some(first) = addresses.first() else {
        return Err(MediaError(
            "there is no address for media. Name one for browsers.".to_owned(),
        ));
    };
    let mut port = first.port();
    let mut sockets: Vec<UdpSocket> = Vec::new();
    if u32::try_from(addresses.len()).map_or(true, |count| count > PUBLIC_SOCKETS) {
        return Err(MediaError(format!(
            "media is to be received on {} addresses, and {PUBLIC_SOCKETS} are the most. Bind the unspecified address (0.0.0.0 or [::]); it serves every interface.",
            addresses.len()
        )));
    }
    for at in addresses {
        if at.port() != first.port() {
            return Err(MediaError(format!(
                "media has one port for all browsers, and {first} and {at} name two. Choose one."
            )));
        }
        let at = SocketAddr::new(at.ip(), port);
        let socket = public(at).map_err(|error| MediaError(explain(at, &error)))?;
        port = socket
            .local_addr()
            .map_err(|error| MediaError(explain(at, &error)))?
            .port();
        sockets.push(socket);
    }
    Ok(sockets)
}

impl Drop for Media {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Display for MediaError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for MediaError {}
