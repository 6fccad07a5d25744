use super::Town;
use proto_base::Time;
use sbc_border::Input;
use std::time::Duration;

/// How long a story waits for something: longer than any retransmission takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was awaited did not come within a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue;

impl Town {
    /// Time passes.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.step(end) {}
        self.now = end;
    }

    /// Time passes until `condition` holds; [`Overdue`] after a minute.
    pub fn until(&mut self, mut condition: impl FnMut(&Town) -> bool) -> Result<(), Overdue> {
        let end = self.now + PATIENCE;
        loop {
            if condition(self) {
                return Ok(());
            }
            if !self.step(end) {
                return Err(Overdue);
            }
        }
    }

    /// The next thing happens, if it does so before `end`.
    pub(super) fn step(&mut self, end: Time) -> bool {
        let border = self.border.poll_timeout().map(|(when, _)| when);
        let folk = self
            .folk
            .iter()
            .filter_map(|agent| {
                [agent.poll_timeout(), agent.media.poll_timeout()]
                    .into_iter()
                    .flatten()
                    .min()
            })
            .min();
        let moments = [
            self.post.next_delivery(),
            border,
            self.worker.poll_timeout(),
            self.exchange.poll_timeout(),
            folk,
        ];
        let Some(when) = moments
            .into_iter()
            .flatten()
            .min()
            .filter(|when| *when <= end)
        else {
            return false;
        };
        self.now = self.now.max(when);
        let now = self.now;
        while let Some(parcel) = self.post.take_due(now) {
            self.deliver(parcel);
        }
        if border.is_some_and(|due| due <= now) {
            self.border_input(Input::Timeout);
        }
        if self.worker.poll_timeout().is_some_and(|due| due <= now) {
            self.worker.handle_timeout(now);
            self.drain_worker();
        }
        if self.exchange.poll_timeout().is_some_and(|due| due <= now) {
            self.exchange_timeout();
        }
        for agent in &mut self.folk {
            if agent.poll_timeout().is_some_and(|due| due <= now) {
                agent.handle_timeout(now);
            }
            if agent.media.poll_timeout().is_some_and(|due| due <= now) {
                agent.media.handle_timeout(now);
            }
        }
        self.drain_folk();
        true
    }
}
