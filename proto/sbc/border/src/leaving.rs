//! The operator wants us to stop.

use crate::answer::RETRY_AFTER;
use crate::client::Errand;
use crate::turn::Turn;
use crate::{Border, Tell};

impl Border {
    /// No new work from here on; every call ends on both sides.
    pub(crate) fn shutdown(&mut self, turn: &mut Turn<'_>) {
        if !self.state.is_stopping {
            self.trunks_end(turn);
        }
        self.state.is_stopping = true;
        self.subscriptions_leave(turn);
        self.let_all_go(turn);
        self.all_unconsulted(turn);
        self.give_up_away(turn);
        let calls: Vec<u64> = self.state.calls.keys().copied().collect();
        for call in calls {
            self.with_call(turn, call, |call, context| {
                call.shut_down(context, RETRY_AFTER);
            });
        }
    }

    /// Told once, when every goodbye is answered. What is left then are transactions that only wait for repetitions.
    pub(crate) fn tell_drained(&mut self) {
        let state = &mut self.state;
        if !state.is_stopping || state.told_drained {
            return;
        }
        let settled = state
            .calls
            .values()
            .all(|tracked| tracked.call.is_settled());
        let settled = settled && state.subscriptions.are_settled();
        let waiting = state.clients.values().any(|client| match client.errand {
            Errand::Call { .. }
            | Errand::Subscription { .. }
            | Errand::Abandoned { .. }
            | Errand::Nobody => false,
            Errand::Register { .. } | Errand::Message { .. } | Errand::Trunk { .. } => true,
        });
        if settled && !waiting {
            state.told_drained = true;
            self.tell(Tell::Drained);
        }
    }
}
