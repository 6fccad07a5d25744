use super::owned;
use crate::TOLD;
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Waits until one of many descriptors can be read (epoll).
pub(crate) struct Poller {
    epoll: OwnedFd,
    ready: Vec<libc::epoll_event>,
}

/// When a descriptor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// As long as it can be read.
    Level,
    /// When something has come, once.
    Edge,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer.
        let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        Ok(Self {
            epoll: owned(epoll)?,
            ready: vec![libc::epoll_event { events: 0, u64: 0 }; TOLD],
        })
    }

    /// Watches a descriptor, told by `token`. Closing the descriptor ends it.
    pub(crate) fn watch(
        &self,
        descriptor: BorrowedFd<'_>,
        token: u64,
        trigger: Trigger,
    ) -> io::Result<()> {
        let events = match trigger {
            Trigger::Level => libc::EPOLLIN,
            Trigger::Edge => libc::EPOLLIN | libc::EPOLLET,
        };
        let mut event = libc::epoll_event {
            events: events as u32,
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

    /// Waits, for `limit` at most, and writes the tokens of what can be read into `tokens`.
    pub(crate) fn wait(&mut self, limit: Duration, tokens: &mut Vec<u64>) -> io::Result<()> {
        tokens.clear();
        // In milliseconds, rounded up: a deadline is not met early, which would make us wait again and again for it.
        let limit = i32::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // SAFETY: the vector has TOLD elements, all initialised, and is borrowed mutably for longer than the call.
        let count = unsafe {
            libc::epoll_wait(
                self.epoll.as_raw_fd(),
                self.ready.as_mut_ptr(),
                TOLD as libc::c_int,
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

impl fmt::Debug for Poller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Poller")
    }
}
