use crate::Worker;
use control_command::{LegCounters, SessionId, What};
use proto_base::Time;
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Worker {
    /// Ends a session: goodbye, sockets, and then the last word. One that is not there (any more) has said it.
    pub(crate) fn close(&mut self, now: Time, session: SessionId) {
        let Some(place) = self.sessions.place_of(session) else {
            return;
        };
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        let counters = entry.stream.close(now);
        self.drain_stream(place);
        self.forget(place, counters);
    }

    /// Tells what a session has carried so far.
    pub(crate) fn count(&mut self, session: SessionId) {
        let place = self.sessions.place_of(session);
        let entry = place.and_then(|place| self.sessions.get(place));
        let counters = entry.map(|entry| {
            let ids = entry.legs.iter().map(|leg| leg.id);
            ids.zip(entry.counters()).collect()
        });
        let counted = What::Counted(counters.unwrap_or_default());
        self.tell(session, None, counted);
    }

    /// Ends a session that cannot be trusted any more: nothing of it is called but its counters, and even that warily.
    pub(crate) fn drop_session(&mut self, place: usize) {
        let counters = self
            .sessions
            .get(place)
            .and_then(|entry| catch_unwind(AssertUnwindSafe(|| entry.counters())).ok())
            .unwrap_or_default();
        self.forget(place, counters);
    }

    fn forget(&mut self, place: usize, counters: Vec<LegCounters>) {
        let Some(entry) = self.sessions.remove(place) else {
            return;
        };
        for leg in &entry.legs {
            self.release(place, leg);
        }
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, place));
        }
        self.tell(entry.session, None, What::Ended(counters));
    }
}
