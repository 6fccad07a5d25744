use crate::Place;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a place is tried last after its first failure; twice as long after each further one.
const FIRST: Duration = Duration::from_secs(30);
/// And no longer than this: a server that was repaired should not wait for its work.
const LONGEST: Duration = Duration::from_secs(300);
/// Places remembered: all servers of many peers.
const MOST: usize = 512;

/// Places that have failed lately (RFC 3263 §4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Down(BTreeMap<Place, Mark>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    until: Time,
    last: Duration,
}

impl Down {
    pub(crate) fn failed(&mut self, now: Time, place: Place) {
        let last = match self.0.get(&place) {
            // Several requests fail together: one failure.
            Some(mark) if mark.until > now => return,
            Some(mark) => mark.last.saturating_mul(2).min(LONGEST),
            None => FIRST,
        };
        self.mark(now, place, last);
    }

    pub(crate) fn avoid(&mut self, now: Time, place: Place, span: Duration) {
        self.mark(now, place, span.min(LONGEST));
    }

    pub(crate) fn works(&mut self, place: &Place) {
        self.0.remove(place);
    }

    pub(crate) fn until(&self, now: Time, place: &Place) -> Option<Time> {
        let mark = self.0.get(place)?;
        (mark.until > now).then_some(mark.until)
    }

    fn mark(&mut self, now: Time, place: Place, last: Duration) {
        let until = now + last;
        self.0.insert(place, Mark { until, last });
        if self.0.len() > MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, mark)| mark.until)
        {
            let oldest = *oldest.0;
            self.0.remove(&oldest);
        }
    }
}
