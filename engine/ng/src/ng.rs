use crate::thread::{Thread, Wish};
use crate::{MediaEvents, NgSettings};
use engine_media::MediaCommands;
use proto_base::Random;
use std::fmt;
use std::net::SocketAddr;
use std::thread::JoinHandle;
use tokio::net::UdpSocket;
use tokio::runtime::Builder;
use tokio::sync::watch;

/// The running thread. Dropping it stops it as it is; [`Ng::shutdown`] and [`Ng::join`] end it well.
pub struct Ng {
    listen: Vec<SocketAddr>,
    wish: watch::Sender<Wish>,
    thread: Option<JoinHandle<Outcome>>,
}

/// How the thread came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every call was ended and its ports are free.
    Drained,
    /// The time for that was over.
    Overdue,
    /// Media or the thread itself is gone.
    Broken,
}

/// Why the thread could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NgError(pub(crate) String);

impl Ng {
    /// Binds the sockets and starts the thread.
    pub fn start(
        settings: NgSettings,
        commands: MediaCommands,
        events: MediaEvents,
    ) -> Result<Self, NgError> {
        let failed = |error: std::io::Error| NgError(format!("ng cannot start: {error}"));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (mut sockets, mut listen) = (Vec::new(), Vec::new());
        for at in &settings.listen {
            let socket = runtime
                .block_on(UdpSocket::bind(at))
                .map_err(|error| NgError(format!("ng cannot listen on {at} (UDP): {error}")))?;
            listen.push(socket.local_addr().map_err(failed)?);
            sockets.push(socket);
        }
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).map_err(|_| {
            NgError("ng cannot start: the system gives no random numbers".to_owned())
        })?;
        let (wish, wished) = watch::channel(Wish::Serve);
        let mut thread = Thread::new(settings, sockets, commands, Random::from_seed(seed));
        let thread = std::thread::Builder::new()
            .name("ng".to_owned())
            .spawn(move || runtime.block_on(thread.run(events.0, wished)))
            .map_err(failed)?;
        Ok(Self {
            listen,
            wish,
            thread: Some(thread),
        })
    }

    /// Where requests are really taken, in the order of the settings.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listen
    }

    /// Asks for an end: every call is ended. Returns at once.
    pub fn shutdown(&self) {
        self.wish.send_replace(Wish::Drain);
    }

    /// Whether the thread has come to its end; if nobody asked for it, it is broken.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for the end that [`Ng::shutdown`] asked for.
    pub fn join(mut self) -> Outcome {
        self.wait()
    }

    fn wait(&mut self) -> Outcome {
        let thread = self.thread.take().map(JoinHandle::join);
        match thread {
            Some(Ok(outcome)) => outcome,
            _ => Outcome::Broken,
        }
    }
}

impl Drop for Ng {
    fn drop(&mut self) {
        self.wish.send_replace(Wish::Stop);
        self.wait();
    }
}

impl fmt::Display for NgError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for NgError {}
