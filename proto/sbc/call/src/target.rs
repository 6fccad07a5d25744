//! The call to whom a REFER names (RFC 5589 §6): our INVITE, in the transferee's place. While it is the target's, its responses come here;
//! once it is in vain, it is a branch like others that lost: what answers late is hung up on.

use crate::branch::{Branch, Standing};
use crate::call::Kind;
use crate::leg::Leg;
use crate::media::status_of;
use crate::{Action, Call, Codes, Context, Crossing, Failure};
use control_command::{Answer, LegId, Proposal};
use sip_message::{Response, StatusCode};

impl Call {
    /// Whether a REFER made us call this leg, and its answer is waited for.
    pub(crate) fn is_target(&self, leg: LegId) -> bool {
        let transfer = self.transfer.as_ref();
        transfer.is_some_and(|transfer| transfer.target == Some(leg))
    }

    /// Calls the next destination, or tells that there is none; then with this status.
    pub(crate) fn call_target(&mut self, context: &mut Context<'_>, mut last: StatusCode) {
        while let Some(transfer) = &mut self.transfer {
            transfer.target = None;
            let side = transfer.side;
            let Some(destination) = transfer.waiting.pop_front() else {
                self.transfer_failed(context, last);
                return;
            };
            let end = destination.party.end;
            let hop = destination.hop.clone();
            let proposal = Proposal {
                session: self.session(),
                to: end,
                with: self.leg(side.other()).end,
            };
            let description = match context.door.propose(context.now, proposal) {
                Ok(description) => description,
                Err(refusal) => {
                    context.door.release(context.now, self.session(), end.leg);
                    last = status_of(refusal);
                    continue;
                }
            };
            let id = self.new_request_on(end.leg, Kind::Invite);
            let mut branch = Branch::new(context.now, id, destination);
            // The search that began the call is over, and this is none of it.
            branch.standing = Standing::Out;
            branch.leg.terms.told = description.sdp.clone();
            let request = branch.invite(description.sdp);
            self.calling.branches.push(branch);
            if let Some(transfer) = &mut self.transfer {
                transfer.target = Some(end.leg);
            }
            context.actions.push(Action::Request {
                id,
                leg: end.leg,
                hop,
                request,
            });
            return;
        }
    }

    /// A response of the target to our INVITE.
    pub(crate) fn target_responds(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: Response,
        told: StatusCode,
        crossing: &Crossing,
    ) {
        match response.status.code() {
            100 => {}
            101..=199 => self.target_rings(context, leg, &response),
            200..=299 => self.target_answers(context, leg, response, crossing),
            code => {
                if let Some(branch) = self.calling.branch_mut(leg) {
                    branch.is_final = true;
                }
                if code == 422 && self.says_longer(context, leg, &response) {
                    return;
                }
                self.target_out(context, leg, response.status, told);
            }
        }
    }

    /// It rings: the referrer may know, and the transferee hears what it heard before.
    fn target_rings(&mut self, context: &mut Context<'_>, leg: LegId, response: &Response) {
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        let is_news = !branch.has_rung;
        branch.rang(context.now, response);
        if is_news {
            self.tell_referrer(context, StatusCode::of(180));
        }
    }

    /// The target's 2xx: it takes the referrer's place.
    fn target_answers(
        &mut self,
        context: &mut Context<'_>,
        number: LegId,
        response: Response,
        crossing: &Crossing,
    ) {
        let Some(branch) = self.calling.branch_mut(number) else {
            return;
        };
        branch.is_final = true;
        let cseq = branch.cseq();
        let mut leg = branch.leg.clone();
        leg.terms.answered(context.now, &response.headers);
        let Ok((dialog, early)) = branch.answered(&response) else {
            let status = StatusCode::of(502);
            return self.target_out(context, number, status, status);
        };
        let sdp = if !response.body.is_empty() && crossing.body {
            Some(response.body)
        } else {
            early
        };
        let answered = sdp.and_then(|sdp| {
            let answer = Answer {
                session: self.session(),
                from: number,
                sdp,
                provisional: false,
            };
            context.door.answer(context.now, answer).ok()
        });
        let Some(answered) = answered else {
            self.hang_up_on(context, number, dialog);
            let status = StatusCode::of(488);
            return self.target_out(context, number, status, status);
        };
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        transfer.is_over = true;
        transfer.until = None;
        transfer.target = None;
        let side = transfer.side;
        let dialog = Some(dialog);
        self.replace_leg(context, side, Leg { dialog, ..leg });
        self.acknowledge(context, side, cseq);
        self.tell_referrer(context, StatusCode::OK);
        if answered.unfit {
            self.mend(context, side.other());
        }
    }

    /// The target refuses, or cannot be reached: the next, if its way was at fault.
    fn target_out(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        status: StatusCode,
        told: StatusCode,
    ) {
        context.door.release(context.now, self.session(), leg);
        if matches!(status.code(), 401 | 407) && self.hand_on(context) {
            if let Some(transfer) = &mut self.transfer {
                transfer.target = None;
                transfer.waiting.clear();
            }
            return;
        }
        let may_help = Codes::FAULTS.iter().any(|codes| codes.holds(status));
        if let Some(transfer) = &mut self.transfer
            && !may_help
        {
            transfer.waiting.clear();
        }
        self.call_target(context, told);
    }

    /// Nothing comes of its INVITE.
    pub(crate) fn target_silent(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        failure: Failure,
    ) {
        self.cancel_branch(context, leg, None);
        let silence = StatusCode::of(408);
        self.target_out(context, leg, silence, failure.status);
    }

    /// It rings for too long, or its connection is gone, or nobody is waiting for it any more.
    pub(crate) fn stop_target(&mut self, context: &mut Context<'_>, told: StatusCode) {
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        transfer.waiting.clear();
        if let Some(leg) = transfer.target.take() {
            self.cancel_branch(context, leg, None);
            context.door.release(context.now, self.session(), leg);
        }
        self.transfer_failed(context, told);
    }
}
