//! A call's deadlines.

use crate::call::State;
use crate::end::Ending;
use crate::{Call, Context, Side};
use proto_base::Time;

/// What a deadline waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// An ACK.
    Acknowledgement,
    /// The callee.
    Ringing,
    /// A sign of life, ours or theirs (RFC 4028), or another try at an offer.
    Session,
    /// A lost connection to come back.
    Grace,
    /// The last transactions of an ended call.
    Linger,
}

impl Call {
    /// The next moment at which [`Call::timeout`] has something to do.
    pub fn deadline(&self) -> Option<(Time, Wait)> {
        let acknowledgement = |side| {
            let waiting = self.leg(side).unacknowledged.as_ref()?;
            Some((waiting.accepted.deadline(), Wait::Acknowledgement))
        };
        let session = |side| {
            let at = self.leg(side).terms.timer.deadline()?;
            Some((at, Wait::Session))
        };
        let linger = match self.state {
            State::Ended { until } => Some((until, Wait::Linger)),
            _ => None,
        };
        [
            acknowledgement(Side::Caller),
            acknowledgement(Side::Callee),
            self.ringing
                .deadline()
                .map(|at| (at, Wait::Acknowledgement)),
            session(Side::Caller),
            session(Side::Callee),
            self.mending.map(|(at, _)| (at, Wait::Session)),
            self.ring_until.map(|at| (at, Wait::Ringing)),
            self.calling.group_until.map(|at| (at, Wait::Ringing)),
            self.calling.quiet_until().map(|at| (at, Wait::Ringing)),
            self.grace_until.map(|at| (at, Wait::Grace)),
            self.transfer_until().map(|at| (at, Wait::Ringing)),
            linger,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does what is due. Harmless if early.
    pub fn timeout(&mut self, context: &mut Context<'_>) {
        for side in [Side::Caller, Side::Callee] {
            self.repeat_or_give_up(context, side);
        }
        self.ring_again_or_give_up(context);
        for side in [Side::Caller, Side::Callee] {
            self.refresh_or_expire(context, side);
        }
        if let Some((at, side)) = self.mending
            && context.now >= at
        {
            self.mend(context, side);
        }
        if self.ring_until.is_some_and(|at| context.now >= at) {
            self.end(context, Ending::new(408, "no answer"));
        }
        if self.calling.group_until.is_some_and(|at| context.now >= at) {
            self.group_over(context);
        }
        self.quiet_branches(context);
        self.transfer_due(context);
        if self.grace_until.is_some_and(|at| context.now >= at) {
            self.end(context, Ending::new(480, "connection lost"));
        }
    }
}
