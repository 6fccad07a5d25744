//! The phone rings (RFC 3261 §13.2.2.1).

use crate::call::State;
use crate::fork::{EarlyMedia, tag_of};
use crate::respond::add;
use crate::{Call, Context, Crossing};
use control_command::Answer;
use sip_message::{HeaderName, Response};

impl Call {
    pub(crate) fn progress(
        &mut self,
        context: &mut Context<'_>,
        response: Response,
        crossing: Crossing,
    ) {
        // 100 is between neighbours; 199 speaks of one fork, and the caller knows of none.
        if !self.is_early() || !matches!(response.status.code(), 180..=183) {
            return;
        }
        self.tell_started(context);
        self.calling.rang(&response);
        self.state = State::Ringing;
        let sdp = self.early_answer(context, &response, crossing.body);
        let (Some(asked), Some(dialog)) = (&self.invite, &self.caller.dialog) else {
            return;
        };
        let mut told = asked.dialog_response(response.status, dialog.local_tag());
        told.headers.push(HeaderName::Contact, &self.caller.contact);
        add(&mut told.headers, &crossing.headers);
        if let Some(sdp) = sdp {
            told.set_body("application/sdp", sdp);
        }
        asked.respond(context, told);
    }

    /// The first fork that sends a description is heard; the others ring unheard until one of them answers.
    fn early_answer(
        &mut self,
        context: &mut Context<'_>,
        response: &Response,
        is_description: bool,
    ) -> Option<Vec<u8>> {
        if response.body.is_empty() || !is_description {
            return None;
        }
        let tag = tag_of(response);
        if let Some(first) = &self.calling.early_media
            && first.tag != tag
        {
            return None;
        }
        let answer = Answer {
            session: self.session(),
            from: self.callee.end.leg,
            sdp: response.body.clone(),
            provisional: true,
        };
        // What media cannot take now is no reason to end the ringing; the 200 will show.
        let description = context.door.answer(context.now, answer).ok()?.description;
        self.calling.early_media = Some(EarlyMedia {
            tag,
            sdp: response.body.clone(),
        });
        Some(description.sdp)
    }
}
