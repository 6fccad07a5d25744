//! Ports that nobody uses and that are kept open.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Ports kept, which the kernel holds some 3 kB for each. The negotiator lets 1024 pairs rest before it gives one out again; these are twice as many, for those
/// of which it has not heard yet that they are free.
const MOST: usize = 4096;
/// How long. Whoever makes calls so seldom can open ports for them.
const SPAN: Duration = Duration::from_secs(60);

/// Where they are, in the order in which they were put here.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    by_age: BTreeMap<u64, (Instant, SocketAddr, usize)>,
    by_address: HashMap<SocketAddr, u64>,
    put: u64,
}

impl Shelf {
    /// Keeps one. `false`: there is one with this address already.
    pub(crate) fn put(&mut self, now: Instant, at: SocketAddr, number: usize) -> bool {
        if self.by_address.contains_key(&at) {
            return false;
        }
        self.put = self.put.saturating_add(1);
        self.by_age.insert(self.put, (now, at, number));
        self.by_address.insert(at, self.put);
        true
    }

    /// The one with this address, which stays.
    pub(crate) fn find(&self, at: SocketAddr) -> Option<usize> {
        let put = self.by_address.get(&at)?;
        self.by_age.get(put).map(|(_, _, number)| *number)
    }

    /// The one with this address. It is here no more.
    pub(crate) fn take(&mut self, at: SocketAddr) -> Option<usize> {
        let put = self.by_address.remove(&at)?;
        let (_, _, number) = self.by_age.remove(&put)?;
        Some(number)
    }

    /// The one that is here longest.
    pub(crate) fn oldest(&self) -> Option<usize> {
        let (_, (_, _, number)) = self.by_age.first_key_value()?;
        Some(*number)
    }

    /// One that is here too long, or too much.
    pub(crate) fn overdue(&self, now: Instant) -> Option<usize> {
        let (_, (since, _, number)) = self.by_age.first_key_value()?;
        let overdue = self.by_age.len() > MOST || now.saturating_duration_since(*since) >= SPAN;
        overdue.then_some(*number)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, SPAN, Shelf};
    use std::net::SocketAddr;
    use std::time::Instant;

    fn at(port: usize) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port as u16))
    }

    #[test]
    fn what_was_put_there_is_found_once_by_its_address() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        assert!(shelf.put(now, at(1), 7) && shelf.put(now, at(2), 8));
        assert!(!shelf.put(now, at(1), 9));
        assert_eq!(shelf.take(at(1)), Some(7));
        assert_eq!(shelf.take(at(1)), None);
        assert_eq!((shelf.oldest(), shelf.find(at(2))), (Some(8), Some(8)));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_or_after_its_time() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        for port in 0..MOST {
            shelf.put(now, at(port), port);
        }
        assert_eq!(shelf.overdue(now), None);
        shelf.put(now, at(MOST), MOST);
        assert_eq!(shelf.overdue(now), Some(0));
        shelf.take(at(0));
        assert_eq!(shelf.overdue(now), None);
        assert_eq!(shelf.overdue(now + SPAN), Some(1));
    }
}
