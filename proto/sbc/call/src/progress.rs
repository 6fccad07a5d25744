//! The phone rings (RFC 3261 §13.2.2.1).

use crate::branch::{Standing, tag_of};
use crate::call::State;
use crate::respond::add;
use crate::{Call, Context, Crossing};
use control_command::{Answer, LegId};
use sip_dialog::Provisional;
use sip_message::{HeaderName, Response};

impl Call {
    pub(crate) fn progress(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: Response,
        crossing: Crossing,
    ) {
        // 100 is between neighbours; 199 speaks of one fork, and the caller knows of none.
        if !self.is_early() || !matches!(response.status.code(), 180..=183) {
            return;
        }
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        if branch.standing != Standing::Asked {
            return;
        }
        let provisional = branch.rang(context.now, &response);
        match &provisional {
            Provisional::Again | Provisional::TooEarly => return,
            Provisional::Reliable(rack) => {
                self.acknowledge_ringing(context, leg, &tag_of(&response), rack);
            }
            Provisional::Plain => {}
        }
        let Some(branch) = self.calling.branch_mut(leg) else {
            return;
        };
        branch.leg.terms.hear(&response.headers);
        if let Some(reaches) = branch.reaches.clone()
            && !self.calling.reached.contains(&reaches)
        {
            self.calling.reached.push(reaches);
        }
        self.tell_started(context);
        self.state = State::Ringing;
        let is_sure = matches!(provisional, Provisional::Reliable(_));
        let sdp = self.early_answer(context, leg, &response, (crossing.body, is_sure));
        let (Some(asked), Some(dialog)) = (&self.invite, &self.caller.dialog) else {
            return;
        };
        let mut told = asked.dialog_response(response.status, dialog.local_tag());
        told.headers
            .push_text(HeaderName::Contact, &self.caller.contact);
        add(&mut told.headers, &crossing.headers);
        if let Some(sdp) = sdp {
            told.set_body("application/sdp", sdp);
        }
        self.ring(context, told);
    }

    /// The first fork that sends a description is heard; the others ring unheard until one of them answers.
    fn early_answer(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: &Response,
        (is_description, is_sure): (bool, bool),
    ) -> Option<Vec<u8>> {
        if response.body.is_empty() || !is_description {
            return None;
        }
        let this = (leg, tag_of(response));
        if let Some(fork) = self.calling.branch_mut(leg)?.fork(&this.1) {
            fork.sdp = Some(response.body.clone());
            fork.is_sure |= is_sure;
        }
        if self
            .calling
            .heard
            .as_ref()
            .is_some_and(|heard| *heard != this)
        {
            return None;
        }
        match &self.calling.agreed {
            Some(agreed) if agreed.fork == this => return None,
            Some(_) => {
                let end = self.calling.branch(leg)?.leg.end;
                self.propose_again(context, end);
            }
            None => {}
        }
        let answer = Answer {
            session: self.session(),
            from: leg,
            sdp: response.body.clone(),
            provisional: true,
        };
        // What media cannot take now is no reason to end the ringing; the 200 will show.
        let description = context.door.answer(context.now, answer).ok()?.description;
        self.calling.heard = Some(this);
        Some(description.sdp)
    }
}
