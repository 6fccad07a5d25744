//! The callee's side refuses, or says nothing (RFC 3261 §13.2.2.2, §13.2.2.3).

use crate::branch::Standing;
use crate::outcome::Outcome;
use crate::{Call, Context, Crossing, Failure};
use control_command::LegId;
use sip_message::{Response, StatusCode};

impl Call {
    /// A final refusal of our INVITE. `told` is the status that policy makes of it for the caller.
    pub(crate) fn refused(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: &Response,
        told: StatusCode,
        crossing: Crossing,
    ) {
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        branch.is_final = true;
        let is_asked = branch.standing == Standing::Asked;
        let is_redirect = (300..400).contains(&response.status.code());
        if is_redirect && is_asked && self.is_early() && self.follows(context, leg, response) {
            return;
        }
        let outcome = Outcome::refused(response.status, told, crossing.headers);
        self.out(context, leg, outcome);
    }

    /// Our INVITE found nobody. Its transaction may live on, and its request may yet arrive: it is cancelled.
    pub(crate) fn unreachable(&mut self, context: &mut Context<'_>, leg: LegId, failure: Failure) {
        if self.is_early() {
            self.cancel_branch(context, leg, None);
        }
        self.out(context, leg, Outcome::silence(failure));
    }
}
