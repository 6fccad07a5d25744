use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Sockets told ready by one wait; the others are told by the next.
const READY: usize = 256;

/// Waits until one of many sockets can be read (epoll, level-triggered: what is not read is told again).
pub(crate) struct Poller {
    epoll: OwnedFd,
    ready: Vec<libc::epoll_event>,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer.
        let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        Ok(Self {
            epoll: owned(epoll)?,
            ready: vec![libc::epoll_event { events: 0, u64: 0 }; READY],
        })
    }

    /// Watches a descriptor, told by `token` when it can be read. Closing the descriptor ends it.
    pub(crate) fn watch(&self, descriptor: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: both descriptors are open, for they are borrowed; the event lives longer than the call, which copies it.
        let done = unsafe {
            libc::epoll_ctl(
                self.epoll.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                descriptor.as_raw_fd(),
                &mut event,
            )
        };
        if done < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Waits, until `limit` at most, and writes the tokens of what can be read into `tokens`.
    pub(crate) fn wait(
        &mut self,
        limit: Option<Duration>,
        tokens: &mut Vec<u64>,
    ) -> io::Result<()> {
        tokens.clear();
        // In milliseconds, rounded up: a deadline is not met early, which would make us wait again and again for it.
        let limit = limit.map_or(-1, |limit| {
            i32::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        // SAFETY: the vector has READY elements, all initialised, and is borrowed mutably for longer than the call.
        let count = unsafe {
            libc::epoll_wait(
                self.epoll.as_raw_fd(),
                self.ready.as_mut_ptr(),
                READY as libc::c_int,
                limit,
            )
        };
        let Ok(count) = usize::try_from(count) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::Interrupted => Ok(()),
                _ => Err(error),
            };
        };
        tokens.extend(self.ready.iter().take(count).map(|event| event.u64));
        Ok(())
    }
}

/// Wakes a waiting worker from another thread (eventfd).
pub(crate) struct Bell(File);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer.
        let bell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        Ok(Self(File::from(owned(bell)?)))
    }

    /// Rings. A bell that rings already need not ring twice.
    pub(crate) fn ring(&self) {
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    /// Silences it.
    pub(crate) fn silence(&self) {
        let _ = (&self.0).read(&mut [0; 8]);
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn owned(descriptor: libc::c_int) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::{Bell, Poller};
    use std::time::Duration;

    #[test]
    fn a_bell_wakes_until_it_is_silenced() {
        let mut poller = Poller::new().expect("made");
        let bell = Bell::new().expect("made");
        poller.watch(bell.descriptor(), 7).expect("watched");
        let mut tokens = Vec::new();
        poller
            .wait(Some(Duration::ZERO), &mut tokens)
            .expect("waited");
        assert!(tokens.is_empty());
        bell.ring();
        bell.ring();
        poller.wait(None, &mut tokens).expect("waited");
        assert_eq!(tokens, [7]);
        bell.silence();
        poller
            .wait(Some(Duration::ZERO), &mut tokens)
            .expect("waited");
        assert!(tokens.is_empty());
    }
}
