use crate::Bell;
use crate::island::poller::{Poller, Trigger};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// Sockets told ready by one wait; the others are told by the next.
pub const TOLD: usize = 256;
/// The token of the bell.
const BELL: u64 = u64::MAX;

/// How a thread waits for its sockets and its [`Bell`].
#[derive(Debug)]
pub struct Sleeper {
    poller: Poller,
    bell: Arc<Bell>,
}

impl Sleeper {
    /// For the thread that this bell wakes.
    pub fn new(bell: Arc<Bell>) -> io::Result<Self> {
        let poller = Poller::new()?;
        // Told once each time it is rung, so that nobody need read it.
        poller.watch(bell.event.descriptor(), BELL, Trigger::Edge)?;
        poller.watch(bell.timer.descriptor(), BELL, Trigger::Edge)?;
        Ok(Self { poller, bell })
    }

    /// The bell, for those who wake this thread.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Watches a socket, told by `token` as long as it can be read. Closing the socket ends it.
    pub fn watch(&self, socket: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        self.poller.watch(socket, token, Trigger::Level)
    }

    /// Waits, for `limit` at most, and writes the tokens of the sockets that can be read into `tokens`, at most [`TOLD`]. Whoever rang the
    /// bell before this returns has put his work where it will be found.
    pub fn wait(&mut self, limit: Duration, tokens: &mut Vec<u64>) -> io::Result<()> {
        let limit = if limit.is_zero() || !self.bell.fall_asleep() {
            Duration::ZERO
        } else {
            limit
        };
        let waited = self.poller.wait(limit, tokens);
        self.bell.get_up();
        tokens.retain(|token| *token != BELL);
        waited
    }
}

#[cfg(test)]
mod tests {
    use super::Sleeper;
    use crate::Bell;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;
    use std::time::{Duration, Instant};

    /// Longer than anything takes that happens at all.
    const LONG: Duration = Duration::from_secs(20);

    fn sleeper() -> Sleeper {
        Sleeper::new(Bell::new().expect("made")).expect("made")
    }

    /// Whether it is woken before its time.
    fn is_woken(sleeper: &mut Sleeper) -> bool {
        let (began, mut tokens) = (Instant::now(), Vec::new());
        sleeper.wait(LONG, &mut tokens).expect("waited");
        assert!(tokens.is_empty());
        began.elapsed() < LONG
    }

    fn sleeps_on(sleeper: &mut Sleeper) -> bool {
        let (span, began) = (Duration::from_millis(20), Instant::now());
        sleeper.wait(span, &mut Vec::new()).expect("waited");
        began.elapsed() >= span
    }

    #[test]
    fn a_thread_that_was_rung_while_awake_does_not_sleep_and_then_does() {
        let mut sleeper = sleeper();
        sleeper.bell().ring();
        sleeper.bell().ring();
        assert!(is_woken(&mut sleeper));
        assert!(sleeps_on(&mut sleeper));
        sleeper.bell().ring_within(LONG);
        assert!(is_woken(&mut sleeper), "whoever is awake looks once more");
        assert!(sleeps_on(&mut sleeper));
    }

    #[test]
    fn a_sleeping_thread_is_woken_each_time_it_is_rung() {
        let mut sleeper = sleeper();
        let bell = sleeper.bell().clone();
        let (asleep, sleeps) = std::sync::mpsc::channel();
        let ringer = std::thread::spawn(move || {
            for () in sleeps {
                std::thread::sleep(Duration::from_millis(10));
                bell.ring();
                // Woken already.
                bell.ring();
            }
        });
        for _ in 0..5 {
            asleep.send(()).expect("it listens");
            assert!(is_woken(&mut sleeper));
            while !sleeps_on(&mut sleeper) {}
        }
        drop(asleep);
        ringer.join().expect("it ends");
    }

    #[test]
    fn a_sleeping_thread_is_woken_within_the_span() {
        let mut sleeper = sleeper();
        let bell = sleeper.bell().clone();
        for _ in 0..3 {
            let bell = bell.clone();
            let ringer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(10));
                bell.ring_within(Duration::from_millis(5));
                bell.ring_within(LONG);
            });
            assert!(is_woken(&mut sleeper));
            ringer.join().expect("it ends");
        }
    }

    #[test]
    fn a_socket_is_told_until_it_is_read() {
        let mut sleeper = sleeper();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
        sleeper.watch(socket.as_fd(), 7).expect("watched");
        let to = socket.local_addr().expect("an address");
        socket.send_to(b"x", to).expect("sent");
        let mut tokens = Vec::new();
        for _ in 0..2 {
            sleeper.wait(LONG, &mut tokens).expect("waited");
            assert_eq!(tokens, [7]);
        }
        socket.recv(&mut [0; 4]).expect("received");
        assert!(sleeps_on(&mut sleeper));
    }
}
