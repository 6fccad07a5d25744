use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The media ports in use. The next free one after the last is given, so that a port rests before it is used again and
/// late packets of one call do not reach another.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ports {
    used: BTreeSet<u16>,
    last: Option<u16>,
}

impl Ports {
    /// An even port of `range`.
    pub(crate) fn take(&mut self, range: &RangeInclusive<u16>) -> Option<u16> {
        let free = |port: &u16| port.is_multiple_of(2) && !self.used.contains(port);
        let port = match self.last {
            Some(last) => {
                let mut after = range.clone().filter(|port| *port > last);
                after.find(free).or_else(|| range.clone().find(free))
            }
            None => range.clone().find(free),
        }?;
        self.used.insert(port);
        self.last = Some(port);
        Some(port)
    }

    pub(crate) fn give_back(&mut self, port: u16) {
        self.used.remove(&port);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used.is_empty()
    }
}
