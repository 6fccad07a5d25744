//! What a poller watches besides sockets: an event that another thread sets, and a timer. Both are watched by their edges and never
//! read.

use super::owned;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null_mut;
use std::time::Duration;

/// An eventfd.
#[derive(Debug)]
pub(crate) struct Event(File);

impl Event {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer.
        let event = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        Ok(Self(File::from(owned(event)?)))
    }

    /// Sets it off. It counts how often, which would take centuries to overflow.
    pub(crate) fn set(&self) {
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A timerfd.
#[derive(Debug)]
pub(crate) struct Timer(OwnedFd);

impl Timer {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointer.
        let timer = unsafe {
            libc::timerfd_create(
                libc::CLOCK_MONOTONIC,
                libc::TFD_CLOEXEC | libc::TFD_NONBLOCK,
            )
        };
        Ok(Self(owned(timer)?))
    }

    /// Goes off once, after this span; what was set before is forgotten.
    pub(crate) fn set(&self, span: Duration) {
        let once = libc::itimerspec {
            it_interval: libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: libc::timespec {
                tv_sec: libc::time_t::try_from(span.as_secs()).unwrap_or(libc::time_t::MAX),
                // A span of zero would set no timer.
                tv_nsec: libc::c_long::from(span.subsec_nanos().max(1).cast_signed()),
            },
        };
        // SAFETY: the descriptor is open, for we own it; the structure lives longer than the call, which copies it; the old value is
        // not asked for. It can fail only for values that are none, and these are.
        unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &once, null_mut()) };
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
