//! Responses to our requests, sorted by what the request was for.

use crate::branch::Standing;
use crate::call::Kind;
use crate::end::Ending;
use crate::{Call, Context, Crossing, Failure, RequestId};
use sip_message::{Headers, Response, StatusCode};
use std::collections::BTreeMap;

impl Call {
    /// A response to a request of ours. `told` is what policy makes of its status for the other leg.
    pub fn response(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        response: Response,
        told: StatusCode,
        crossing: Crossing,
    ) {
        let is_target = self
            .sent
            .get(&id)
            .is_some_and(|sent| self.is_target(sent.leg));
        let is_replacement = self.is_replacement(id);
        let is_early = self.is_early_offer(id);
        let Some(sent) = self.sent.get_mut(&id) else {
            return;
        };
        sent.answered |= response.status.is_final();
        let (side, leg) = (sent.side, sent.leg);
        match (&sent.kind, response.status.code()) {
            (Kind::Invite, _) if is_target => {
                self.target_responds(context, leg, response, told, &crossing);
            }
            (Kind::Invite, 100..=199) => self.progress(context, leg, response, crossing),
            (Kind::Invite, 200..=299) => self.answered(context, leg, response, crossing),
            (Kind::Invite, _) => self.refused(context, leg, &response, told, crossing),
            (Kind::Reinvite { number }, 200..) if is_replacement => {
                let number = *number;
                if response.status.is_success() {
                    self.acknowledge(context, side, number);
                }
                self.replacement_answered(context, response, told, &crossing);
            }
            (Kind::Reinvite { number }, 200..=299) => {
                let number = *number;
                self.acknowledge(context, side, number);
                self.offer_accepted(context, id, side, response, crossing);
            }
            (Kind::Update, 200..) if is_early => {
                self.early_offer_answered(context, id, response, (told, &crossing));
            }
            (Kind::Update, 200..=299) => {
                self.offer_accepted(context, id, side, response, crossing);
            }
            (Kind::Reinvite { .. } | Kind::Update, 300..) => {
                self.offer_refused(context, id, side, &response, (told, &crossing.headers));
            }
            (Kind::Refresh, 200..) => self.refresh_answered(context, id, side, &response),
            (Kind::HandOn, 200..) => self.handed_on(context, told),
            (Kind::Notify, 200..) => {
                self.notified(context, id, response.status.is_success());
            }
            (Kind::Relay { .. }, 200..) => {
                self.relay_answered(context, id, told, &crossing.headers);
            }
            (Kind::Bye { .. }, 200..) => self.bye_answered(context, id, told, &crossing.headers),
            (_, _) => {}
        }
    }

    /// No final response will come, or none in the time we have for it.
    pub fn failed(&mut self, context: &mut Context<'_>, id: RequestId, failure: Failure) {
        let Some(sent) = self.sent.get(&id) else {
            return;
        };
        let (side, leg) = (sent.side, sent.leg);
        match sent.kind {
            Kind::Invite if self.is_target(leg) => self.target_silent(context, leg, failure),
            Kind::Notify => self.notified(context, id, false),
            Kind::HandOn => self.handed_on(context, failure.status),
            Kind::Invite => self.unreachable(context, leg, failure),
            Kind::Reinvite { .. } if self.is_replacement(id) => {
                self.newcomer_leaves(context, |_| true);
                self.replacement = None;
            }
            Kind::Update if self.is_early_offer(id) => {
                self.early_offer_failed(context, id, failure);
            }
            Kind::Reinvite { .. } | Kind::Update => self.offer_failed(context, id, side, failure),
            // The INVITE's own end will tell.
            Kind::Prack => {}
            Kind::Refresh if self.leg(side).lost => self.refresh_later(context, side),
            Kind::Refresh => self.end(context, Ending::new(408, failure.why)),
            Kind::Relay { .. } => self.relay_failed(context, id),
            Kind::Bye { .. } => self.bye_answered(context, id, StatusCode::OK, &Headers::new()),
        }
    }

    /// The transaction of a request of ours is gone.
    pub fn request_ended(&mut self, context: &mut Context<'_>, id: RequestId) {
        // No 2xx comes any more that would answer, or have to be hung up on.
        if let Some(branch) = self.calling.branch_of(id) {
            let leg = branch.leg.end.leg;
            if !branch.is_final && branch.standing == Standing::Out && self.is_live() {
                context.door.release(context.now, self.session(), leg);
            }
        }
        self.calling
            .branches
            .retain(|branch| branch.request != id || branch.standing != Standing::Out);
        self.sent.remove(&id);
        // A call is held for hours: no room is kept for what it began with.
        if self.calling.branches.is_empty() {
            self.calling.branches = Vec::new();
        }
        if self.sent.is_empty() {
            self.sent = BTreeMap::new();
        }
    }
}
