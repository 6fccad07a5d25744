use crate::thread::{Ears, Thread};
use crate::wish::{Wish, Wishes};
use crate::{SignallingSettings, Wires};
use engine_dns::Dns;
use engine_telemetry::Counters;
use proto_base::Random;
use std::sync::Arc;
use std::task::Waker;
use std::thread::JoinHandle;

/// The running signalling thread. Dropping it stops it as it is; [`Signalling::shutdown`] and [`Signalling::join`] end it well.
pub struct Signalling {
    counters: Arc<Counters>,
    wishes: Arc<Wishes>,
    /// Wakes the thread.
    waker: Waker,
    thread: Option<JoinHandle<Outcome>>,
}

/// How the thread came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every call was ended on both sides and its ports are free.
    Drained,
    /// The time for that was over; calls were left as they were.
    Overdue,
    /// The network or the thread itself is gone: nothing was left to do.
    Broken,
}

/// Why the thread could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError(pub(crate) String);

impl Signalling {
    /// Starts the thread.
    pub fn start(settings: SignallingSettings, mut wires: Wires) -> Result<Self, StartError> {
        let failed =
            |error: std::io::Error| StartError(format!("signalling cannot start: {error}"));
        let (wishes, waker) = (Arc::new(Wishes::default()), wires.net_events.waker());
        let (dns, names) = Dns::start(engine_dns::Settings::default())
            .map_err(|error| StartError(format!("signalling cannot start: {error}")))?;
        let (hook, answers) = wires.hook.take().unzip();
        let mut thread = Thread::new(settings, &wires, (dns, hook), random()?, random()?);
        let counters = thread.counters();
        let ears = Ears {
            net: wires.net_events,
            media: Some(wires.media_events.0),
            names,
            hook: answers,
            wishes: wishes.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("signalling".to_owned())
            .spawn(move || thread.run(ears))
            .map_err(failed)?;
        Ok(Self {
            counters,
            wishes,
            waker,
            thread: Some(thread),
        })
    }

    /// What has happened since the start.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// Asks for a graceful end: no new work, every call ended on both sides. Returns at once; asking twice is harmless.
    pub fn shutdown(&self) {
        self.wish(Wish::Drain);
    }

    fn wish(&self, wish: Wish) {
        self.wishes.set(wish);
        self.waker.wake_by_ref();
    }

    /// Whether the thread has come to its end; if nobody asked for it, it is broken.
    pub fn is_over(&self) -> bool {
        self.thread
            .as_ref()
            .is_none_or(std::thread::JoinHandle::is_finished)
    }

    /// Waits for the end that [`Signalling::shutdown`] asked for.
    pub fn join(mut self) -> Outcome {
        self.wait()
    }

    fn wait(&mut self) -> Outcome {
        let thread = self.thread.take();
        thread
            .and_then(|thread| thread.join().ok())
            .unwrap_or(Outcome::Broken)
    }
}

/// Chance, seeded by the system.
fn random() -> Result<Random, StartError> {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| {
        StartError("signalling cannot start: the system gives no random numbers.".to_owned())
    })?;
    Ok(Random::from_seed(seed))
}

impl Drop for Signalling {
    fn drop(&mut self) {
        self.wish(Wish::Stop);
        self.wait();
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}
