//! A subscription's deadlines.

use crate::subscription::State;
use crate::{Context, Subscription};
use proto_base::Time;

impl Subscription {
    /// The next moment at which [`Subscription::timeout`] has something to do.
    pub fn deadline(&self) -> Option<Time> {
        let linger = match self.state {
            State::Ended { until } => Some(until),
            _ => None,
        };
        [self.overdue(), self.grace_until, linger]
            .into_iter()
            .flatten()
            .min()
    }

    /// Does what is due. Harmless if early.
    pub fn timeout(&mut self, context: &mut Context<'_>) {
        if self.overdue().is_some_and(|at| context.now >= at) {
            // The notifier's own word did not come; to it, the subscription is over by its own clock.
            self.notifier.over = true;
            self.end(context, "timeout");
        }
        if self.grace_until.is_some_and(|at| context.now >= at) {
            // RFC 6665 §4.1.3: who comes back may subscribe anew at once.
            self.end(context, "deactivated");
        }
    }
}
