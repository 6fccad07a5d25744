//! The island: the only unsafe code of the shell. Linux calls that no safe crate of ours offers, behind safe functions: batches of
//! datagrams ([`batch`]), waiting for many sockets and the bell that wakes a waiting worker ([`poller`]).
//!
//! What every block relies on is said beside it. In common: file descriptors are borrowed for the length of a call, pointers
//! are made from live borrows right before a call and not kept behind it, and lengths handed to the kernel are those of the memory behind the pointer.
#![allow(unsafe_code)]

mod address;
pub(crate) mod batch;
pub(crate) mod poller;
