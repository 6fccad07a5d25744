use crate::turn::Turn;
use crate::{Border, Reason, Tell};
use proto_base::Time;
use sbc_call::Wait;

impl Border {
    pub(crate) fn deadline(&self) -> Option<(Time, Reason)> {
        let call = self.state.call_deadlines.first().map(|(at, call)| {
            let tracked = self.state.calls.get(call);
            let wait = tracked.and_then(|tracked| tracked.call.deadline());
            let reason = match wait {
                Some((_, Wait::Acknowledgement)) => Reason::Dialog,
                Some((_, Wait::Grace)) => Reason::Grace,
                Some((_, Wait::Session)) => Reason::Session,
                Some((_, Wait::Ringing | Wait::Linger)) | None => Reason::Call,
            };
            (*at, reason)
        });
        let with = |at: Option<Time>, reason| at.map(|at| (at, reason));
        [
            with(self.state.transactions.poll_timeout(), Reason::Transaction),
            with(self.state.patience.first().map(|(at, _)| *at), Reason::Call),
            with(self.state.retries.deadline(), Reason::Call),
            with(self.state.sleepers.deadline(), Reason::Call),
            with(self.state.consults.deadline(), Reason::Call),
            with(self.state.subscriptions.deadline(), Reason::Subscription),
            with(self.state.bindings.deadline(), Reason::Registration),
            with(self.trunk_deadline(), Reason::Trunk),
            with(self.state.names.deadline(), Reason::Names),
            call,
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }

    pub(crate) fn timeout(&mut self, turn: &mut Turn<'_>) {
        self.state.transactions.handle_timeout(turn.now);
        self.events(turn, None);
        self.patience_over(turn);
        while let Some((at, call)) = self.state.call_deadlines.first().copied() {
            if at > turn.now {
                break;
            }
            self.state.call_deadlines.remove(&(at, call));
            if let Some(tracked) = self.state.calls.get_mut(&call) {
                tracked.deadline = None;
            }
            self.with_call(turn, call, |call, context| call.timeout(context));
        }
        self.subscriptions_due(turn);
        self.names_due(turn);
        self.trunks_due(turn);
        self.state.retries.expire(turn.now);
        self.sleep_over(turn);
        self.consults_over(turn);
        for binding in self.state.bindings.expire(turn.now) {
            // One without a flow was told when it lost it.
            if binding.flow.is_some() {
                self.tell(Tell::Unregistered {
                    address_of_record: binding.address_of_record,
                    why: "expired",
                });
            }
        }
    }
}
