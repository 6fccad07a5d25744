//! Groups have their turns until somebody answers (RFC 3261 §16.6 and §16.7, done by two user agents back to back).

use crate::branch::{Branch, Standing};
use crate::call::Kind;
use crate::media::status_of;
use crate::outcome::{Outcome, better};
use crate::{Action, Call, Context, Destination};
use control_command::{LegEnd, LegId, Offer, Offered, Proposal, Refusal};
use sip_message::Request;

/// For those who need not ring any longer (RFC 3326; a phone then shows no missed call).
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

impl Call {
    /// Goes on until somebody may answer. Gives what the caller is to be told if nobody is left to be called.
    pub(crate) fn seek(&mut self, context: &mut Context<'_>) -> Option<Outcome> {
        while !self.calling.is_open() {
            let group = self.calling.group_best.take();
            let may_go_on = group.as_ref().is_none_or(|best| {
                let mut codes = self.calling.advance_on.iter();
                best.is_silence || codes.any(|codes| codes.holds(best.status))
            });
            if let Some(outcome) = group {
                self.calling.best = Some(better(self.calling.best.take(), outcome));
            }
            if !may_go_on || !self.calling.has_next() {
                let nobody = || Outcome::ours(480, "nobody to call");
                return Some(self.calling.best.take().unwrap_or_else(nobody));
            }
            self.next_group(context);
        }
        None
    }

    /// The next group's turn.
    fn next_group(&mut self, context: &mut Context<'_>) {
        let Some(group) = self.calling.waiting.pop_front() else {
            return;
        };
        self.calling.group_until = group.time.map(|time| context.now + time);
        self.calling.advance_on = group.advance_on;
        for destination in group.destinations {
            self.begin(context, destination);
        }
    }

    /// Calls one destination.
    pub(crate) fn begin(&mut self, context: &mut Context<'_>, destination: Destination) {
        if !self.calling.may_call(&destination) {
            return;
        }
        let end = destination.party.end;
        let hop = destination.hop.clone();
        let leg = end.leg;
        self.calling.begun = self.calling.begun.saturating_add(1);
        self.calling.tried.push(destination.invitation.uri.clone());
        let sdp = match self.offer_to(context, end) {
            Ok(sdp) => sdp,
            Err(refusal) => {
                context.door.release(context.now, self.session(), leg);
                let outcome = Outcome::ours(status_of(refusal).code(), "media refused the offer");
                self.calling.group_best = Some(better(self.calling.group_best.take(), outcome));
                return;
            }
        };
        let request = self.new_request_on(leg, Kind::Invite);
        let mut branch = Branch::new(context.now, request, destination);
        branch.leg.terms.told = sdp.clone();
        let invite: Request = branch.invite(sdp);
        self.calling.branches.push(branch);
        context.actions.push(Action::Request {
            id: request,
            leg,
            hop,
            request: invite,
        });
    }

    /// The caller's offer, worded for one more leg; or ours, if it made none.
    fn offer_to(&mut self, context: &mut Context<'_>, to: LegEnd) -> Result<Vec<u8>, Refusal> {
        if self.calling.agreed.is_some() {
            self.drop_early_offer(context, |_| true);
        }
        if self.ringing.is_late || self.calling.agreed.is_some() {
            let proposal = Proposal {
                session: self.session(),
                to,
                with: self.caller.end,
            };
            let proposed = context.door.propose(context.now, proposal)?;
            return Ok(proposed.sdp);
        }
        let offer = Offer {
            session: self.session(),
            from: self.caller.end,
            to,
            sdp: self.calling.offer.clone(),
        };
        // A first offer always concerns the other leg.
        let (Offered::Ask(description) | Offered::Settled(description)) =
            context.door.offer(context.now, offer)?;
        Ok(description.sdp)
    }

    /// A branch will not answer. Either another still may, or the next group has its turn, or the caller is told.
    pub(crate) fn out(&mut self, context: &mut Context<'_>, leg: LegId, outcome: Outcome) {
        self.drop_early_offer(context, |of| of.0 == leg);
        let is_news = self.strike_out(leg);
        if !is_news || !self.is_early() {
            self.let_go(context, leg);
            return;
        }
        let goes_on = {
            let mut codes = self.calling.advance_on.iter();
            codes.any(|codes| codes.holds(outcome.status))
        };
        if outcome.is_global() && !goes_on {
            self.end(context, outcome.ending());
            return;
        }
        self.calling.group_best = Some(better(self.calling.group_best.take(), outcome));
        self.go_on(context);
        self.let_go(context, leg);
    }

    /// Whether the branch was still expected to answer.
    pub(crate) fn strike_out(&mut self, leg: LegId) -> bool {
        if self
            .calling
            .heard
            .as_ref()
            .is_some_and(|(at, _)| *at == leg)
        {
            self.calling.heard = None;
        }
        self.calling.branch_mut(leg).is_some_and(|branch| {
            std::mem::replace(&mut branch.standing, Standing::Out) != Standing::Out
        })
    }

    pub(crate) fn go_on(&mut self, context: &mut Context<'_>) {
        if let Some(outcome) = self.seek(context) {
            self.end(context, outcome.ending());
        }
    }

    /// What media holds for a branch whose INVITE has its final response. After the next group has begun, so that the caller's
    /// offer is not withdrawn between the two.
    fn let_go(&mut self, context: &mut Context<'_>, leg: LegId) {
        let is_callee = self.is_answered() && self.callee.end.leg == leg;
        let is_final = self
            .calling
            .branch(leg)
            .is_some_and(|branch| branch.is_final);
        if self.is_live() && is_final && !is_callee {
            context.door.release(context.now, self.session(), leg);
        }
    }

    /// The present group's time is up. Its INVITEs are cancelled as the next group's leave; a 2xx that crosses still answers
    /// the call, if nobody else has. Without anybody to be called next, it goes on ringing.
    pub(crate) fn group_over(&mut self, context: &mut Context<'_>) {
        self.calling.group_until = None;
        if !self.is_early() || !self.calling.has_next() {
            return;
        }
        for leg in self.asked() {
            self.drop_early_offer(context, |of| of.0 == leg);
            self.strike_out(leg);
            self.cancel_branch(context, leg, None);
            let best = better(self.calling.group_best.take(), Outcome::no_answer());
            self.calling.group_best = Some(best);
        }
        if let Some(outcome) = self.calling.group_best.take() {
            self.calling.best = Some(better(self.calling.best.take(), outcome));
        }
        self.next_group(context);
        self.go_on(context);
    }

    /// Timer C (RFC 3261 §16.8): it rang, and then nothing was heard any more.
    pub(crate) fn quiet_branches(&mut self, context: &mut Context<'_>) {
        let now = context.now;
        let mut quiet = self.asked();
        quiet.retain(|leg| {
            let branch = self.calling.branch(*leg);
            branch.is_some_and(|branch| now >= branch.quiet_until)
        });
        for leg in quiet {
            self.cancel_branch(context, leg, None);
            self.out(context, leg, Outcome::no_answer());
        }
    }

    /// Branches that may yet answer.
    pub(crate) fn asked(&self) -> Vec<LegId> {
        let branches = self.calling.branches.iter();
        branches
            .filter(|branch| branch.standing == Standing::Asked)
            .map(|branch| branch.leg.end.leg)
            .collect()
    }

    /// Someone answered: the others need not ring.
    pub(crate) fn cancel_others(&mut self, context: &mut Context<'_>, winner: LegId) {
        let branches = self.calling.branches.iter();
        let others: Vec<LegId> = branches
            .map(|branch| branch.leg.end.leg)
            .filter(|leg| *leg != winner)
            .collect();
        for leg in others {
            self.cancel_branch(context, leg, Some(ELSEWHERE));
            context.door.release(context.now, self.session(), leg);
        }
        self.calling.close();
    }

    /// Once for each branch, while it has no final response.
    pub(crate) fn cancel_branch(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        reason: Option<&str>,
    ) {
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        if branch.is_final || std::mem::replace(&mut branch.is_cancelled, true) {
            return;
        }
        context.actions.push(Action::Cancel {
            id: branch.request,
            reason: reason.map(str::to_owned),
        });
    }
}
