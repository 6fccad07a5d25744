//! The island: the only unsafe code of the shell. Linux calls that no safe crate of ours offers, behind safe functions: batches of
//! datagrams ([`batch`]), what became of those that were sent ([`errors`]), waiting for many sockets ([`poller`]), and what wakes who waits ([`signal`]).
//!
//! What every block relies on is said beside it. In common: file descriptors are borrowed for the length of a call, pointers
//! are made from live borrows right before a call and not kept behind it, and lengths handed to the kernel are those of the memory behind the pointer.
#![allow(unsafe_code)]

mod address;
pub(crate) mod batch;
pub(crate) mod errors;
pub(crate) mod poller;
pub(crate) mod signal;

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

fn owned(descriptor: libc::c_int) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}
