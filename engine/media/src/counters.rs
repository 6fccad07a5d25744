use std::sync::atomic::{AtomicU64, Ordering};

/// What the workers' sockets have seen since the start; added to once a batch.
#[derive(Debug, Default)]
pub struct MediaCounters {
    /// Datagrams received.
    pub received: AtomicU64,
    /// Datagrams sent.
    pub sent: AtomicU64,
    /// Datagrams that the kernel did not take from us.
    pub lost: AtomicU64,
    /// Datagrams for a port whose call has ended: dropped unread.
    pub strays: AtomicU64,
    /// Datagrams longer than any media packet: dropped unread.
    pub too_long: AtomicU64,
    /// Turns that panicked: a bug each.
    pub panics: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}
