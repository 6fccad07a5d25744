//! The callee's 2xx (RFC 3261 §13.2.2.4): the first answers the call, its repetitions are acknowledged again, those of
//! other forks are acknowledged and hung up on.

use crate::call::{Kind, State};
use crate::end::{Ending, millis};
use crate::fork::tag_of;
use crate::media::status_of;
use crate::respond::add;
use crate::{Action, Call, Context, Crossing, Side, Told};
use control_command::Answer;
use sip_dialog::Dialog;
use sip_message::{HeaderName, Method, Response, StatusCode};

impl Call {
    pub(crate) fn answered(
        &mut self,
        context: &mut Context<'_>,
        response: Response,
        crossing: Crossing,
    ) {
        let tag = tag_of(&response);
        let is_repeated = self
            .callee
            .dialog
            .as_ref()
            .is_some_and(|dialog| dialog.remote_tag() == tag);
        if is_repeated {
            self.acknowledge(context, Side::Callee, self.calling.cseq());
            return;
        }
        let Ok(dialog) = self.calling.answered(&response) else {
            // A 2xx without a tag makes no dialog: nothing can be acknowledged or hung up.
            self.end(context, Ending::new(502, "unreadable answer"));
            return;
        };
        if !self.is_early() {
            self.hang_up_on(context, dialog);
            return;
        }
        self.callee.dialog = Some(dialog);
        self.acknowledge(context, Side::Callee, self.calling.cseq());
        self.calling.is_final = true;
        self.ring_until = None;
        self.tell_started(context);
        match self.final_description(context, response, crossing.body) {
            Ok(sdp) => self.pass_on(context, sdp, crossing),
            Err(status) => self.end(
                context,
                Ending::new(status.code(), "media refused the answer"),
            ),
        }
    }

    /// The answer in the 2xx, or, if it has none, the one that came with the ringing.
    fn final_description(
        &mut self,
        context: &mut Context<'_>,
        response: Response,
        is_description: bool,
    ) -> Result<Vec<u8>, StatusCode> {
        let sdp = if !response.body.is_empty() && is_description {
            response.body
        } else if let Some(early) = self.calling.early_media.take() {
            early.sdp
        } else {
            return Err(StatusCode::of(502));
        };
        let answer = Answer {
            session: self.session(),
            from: self.callee.end.leg,
            sdp,
            provisional: false,
        };
        context
            .door
            .answer(context.now, answer)
            .map(|answered| answered.description.sdp)
            .map_err(status_of)
    }

    fn pass_on(&mut self, context: &mut Context<'_>, sdp: Vec<u8>, crossing: Crossing) {
        let (Some(asked), Some(dialog)) = (self.invite.take(), &mut self.caller.dialog) else {
            self.end(context, Ending::new(500, "internal error"));
            return;
        };
        dialog.confirm();
        let mut told = asked.dialog_response(StatusCode::OK, dialog.local_tag());
        told.headers.push(HeaderName::Contact, &self.caller.contact);
        add(&mut told.headers, &crossing.headers);
        told.set_body("application/sdp", sdp);
        self.state = State::Answered { at: context.now };
        let after_ms = millis(context.now - self.began);
        context
            .actions
            .push(Action::Tell(Told::Answered { after_ms }));
        self.accept(context, Side::Caller, asked, told);
    }

    /// A fork that answered after another, or after the caller had gone.
    fn hang_up_on(&mut self, context: &mut Context<'_>, mut dialog: Dialog) {
        self.calling.is_final = true;
        let ack = dialog.ack(self.calling.cseq());
        let hop = Some(dialog.next_hop().clone());
        context.actions.push(Action::Ack {
            side: Side::Callee,
            hop: hop.clone(),
            request: ack,
        });
        if self.calling.loses(dialog.remote_tag()) {
            let request = dialog.request(Method::Bye);
            let id = self.new_request(Side::Callee, Kind::Bye { asked: None });
            context.actions.push(Action::Request {
                id,
                side: Side::Callee,
                hop,
                request,
            });
        }
    }
}
