//! The callee's 2xx (RFC 3261 §13.2.2.4): the first answers the call, its repetitions are acknowledged again, those of
//! other forks are acknowledged and hung up on.

use crate::branch::tag_of;
use crate::call::{Kind, State};
use crate::end::{Ending, millis};
use crate::leg::Leg;
use crate::outcome::Outcome;
use crate::respond::add;
use crate::{Action, Call, Context, Crossing, Side, Told};
use control_command::LegId;
use sip_dialog::Dialog;
use sip_message::{HeaderName, Method, Response, StatusCode};

impl Call {
    pub(crate) fn answered(
        &mut self,
        context: &mut Context<'_>,
        number: LegId,
        response: Response,
        crossing: Crossing,
    ) {
        let tag = tag_of(&response);
        let repeated = [Side::Caller, Side::Callee].into_iter().find(|side| {
            let talking = self.leg(*side);
            let dialog = talking.dialog.as_ref();
            talking.end.leg == number && dialog.is_some_and(|dialog| dialog.remote_tag() == tag)
        });
        let Some(branch) = self.calling.branch_mut(number) else {
            return;
        };
        branch.is_final = true;
        let cseq = branch.cseq();
        if let Some(side) = repeated {
            self.acknowledge(context, side, cseq);
            return;
        }
        let Ok((dialog, early)) = branch.answered(&response) else {
            // A 2xx without a tag makes no dialog: nothing can be acknowledged or hung up.
            self.out(context, number, Outcome::ours(502, "unreadable answer"));
            return;
        };
        let leg = branch.leg.clone();
        if !self.is_early() {
            self.hang_up_on(context, number, dialog);
            return;
        }
        self.callee = Leg {
            dialog: Some(dialog),
            ..leg
        };
        self.callee.terms.answered(context.now, &response.headers);
        self.acknowledge(context, Side::Callee, cseq);
        self.ring_until = None;
        self.tell_started(context);
        let sdp = if !response.body.is_empty() && crossing.body {
            Some(response.body)
        } else {
            // The answer that came with this phone's ringing.
            early
        };
        let settled = match sdp {
            Some(sdp) => self.settle_answer(context, &(number, tag), sdp),
            None => Err(StatusCode::of(502)),
        };
        match settled {
            Ok((sdp, is_unfit)) => {
                self.cancel_others(context, number);
                self.pass_on(context, sdp, crossing);
                // The caller keeps the answer by which it heard early media; another phone's codecs it is offered afterwards.
                if is_unfit {
                    self.mend_later(context, Side::Caller);
                }
            }
            Err(status) => self.end(
                context,
                Ending::new(status.code(), "media refused the answer"),
            ),
        }
    }

    fn pass_on(&mut self, context: &mut Context<'_>, sdp: Vec<u8>, crossing: Crossing) {
        let (Some(asked), Some(dialog)) = (self.invite.take(), &self.caller.dialog) else {
            self.end(context, Ending::new(500, "internal error"));
            return;
        };
        let mut told = asked.dialog_response(StatusCode::OK, dialog.local_tag());
        told.headers
            .push_text(HeaderName::Contact, &self.caller.contact);
        add(&mut told.headers, &crossing.headers);
        let terms = &mut self.caller.terms;
        terms.accept(context.now, &asked.request.headers, &mut told.headers);
        if !self.ringing.is_described {
            terms.told = sdp.clone();
            told.set_body("application/sdp", sdp);
        } else if terms.told != sdp {
            // Another phone answers than the one that was heard, and the caller's answer cannot be taken back.
            self.mend_later(context, Side::Caller);
        }
        self.state = State::Answered { at: context.now };
        let leg = self.callee.end.leg;
        let after_ms = millis(context.now - self.began);
        context
            .actions
            .push(Action::Tell(Told::Answered { after_ms, leg }));
        self.accept_caller(context, *asked, told);
    }

    /// A fork that answered after another, or after the caller had gone.
    pub(crate) fn hang_up_on(&mut self, context: &mut Context<'_>, leg: LegId, mut dialog: Dialog) {
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        let ack = dialog.ack(branch.cseq());
        let is_owed = branch.loses(dialog.remote_tag());
        let hop = Some(dialog.next_hop().clone());
        context.actions.push(Action::Ack {
            leg,
            hop: hop.clone(),
            request: ack,
        });
        if is_owed {
            let request = dialog.request(Method::Bye);
            let id = self.new_request_on(leg, Kind::Bye { asked: None });
            context.actions.push(Action::Request {
                id,
                leg,
                hop,
                request,
            });
        }
    }
}
