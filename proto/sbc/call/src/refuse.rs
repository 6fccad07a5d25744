//! The callee's side refuses, or says nothing (RFC 3261 §13.2.2.2, §13.2.2.3).

use crate::branch::Standing;
use crate::call::Kind;
use crate::outcome::Outcome;
use crate::{Action, Call, Context, Crossing, Failure};
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
        let is_short = response.status.code() == 422;
        if is_short && is_asked && self.is_early() && self.says_longer(context, leg, response) {
            return;
        }
        let outcome = Outcome::refused(response.status, told, crossing.headers);
        self.out(context, leg, outcome);
    }

    /// The far end wants a longer session timer: it is asked once more (RFC 4028 §7.4).
    pub(crate) fn says_longer(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: &Response,
    ) -> bool {
        let branch = self.calling.branch_mut(leg);
        let again =
            branch.is_some_and(|branch| branch.leg.terms.timer.too_small(&response.headers));
        if !again {
            return false;
        }
        let id = self.new_request_on(leg, Kind::Invite);
        let Some(branch) = self.calling.branch_mut(leg) else {
            return false;
        };
        let request = branch.again(id);
        context.actions.push(Action::Request {
            id,
            leg,
            hop: None,
            request,
        });
        true
    }

    /// Our INVITE found nobody. Its transaction may live on, and its request may yet arrive: it is cancelled.
    pub(crate) fn unreachable(&mut self, context: &mut Context<'_>, leg: LegId, failure: Failure) {
        if self.is_early() {
            self.cancel_branch(context, leg, None);
        }
        self.out(context, leg, Outcome::silence(failure));
    }
}
