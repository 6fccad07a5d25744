//! An INVITE with Replaces (RFC 3891): its sender takes a leg's place. The other leg is offered what the newcomer offers, as in any
//! renegotiation; when it has answered, the leg that is replaced is let go.

use crate::leg::Leg;
use crate::media::status_of;
use crate::{Asked, Call, Context, Crossing, Party, RequestId, Side};
use control_command::{Answer, LegId, Offer, Offered, Proposal};
use serde::{Deserialize, Serialize};
use sip_dialog::Dialog;
use sip_message::{HeaderName, Headers, Method, Response, StatusCode};

/// A newcomer whose offer the other leg has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replacement {
    /// Its INVITE. `None`: it was cancelled.
    asked: Option<Asked>,
    leg: Leg,
    side: Side,
    /// Our re-INVITE to the other leg.
    request: RequestId,
}

impl Replacement {
    /// Whose place the newcomer takes, if this is its leg.
    pub(crate) fn place_of(&self, leg: LegId) -> Option<Side> {
        (self.leg.end.leg == leg).then_some(self.side)
    }
}

impl Call {
    /// An INVITE that replaces the dialog of this leg. `party` is who sent it, `tag` ours towards it.
    pub fn replace(
        &mut self,
        context: &mut Context<'_>,
        replaced: LegId,
        mut asked: Asked,
        party: Party,
        tag: &str,
    ) {
        let side = self
            .side(replaced)
            .filter(|side| self.talking(*side) == Some(replaced));
        let (Some(side), true) = (side, self.is_live()) else {
            asked.refuse(context, 481);
            return;
        };
        let other = side.other();
        let is_stable = self.is_answered()
            && self.exchange.is_none()
            && self.transfer.is_none()
            && self.replacement.is_none()
            && self.leg(side).unacknowledged.is_none()
            && self.leg(other).unacknowledged.is_none();
        if !is_stable || self.leg(other).lost {
            asked.refuse(context, 491);
            return;
        }
        let Ok(dialog) = Dialog::uas(&asked.request, tag) else {
            asked.refuse(context, 400);
            return;
        };
        let newcomer = party.end.leg;
        if asked.request.body.is_empty() {
            self.replace_late(context, side, asked, Leg::new(party, Some(dialog)));
            return;
        }
        let offer = Offer {
            session: self.session(),
            from: party.end,
            to: self.leg(other).end,
            sdp: std::mem::take(&mut asked.request.body),
        };
        let description = match context.door.offer(context.now, offer) {
            Ok(Offered::Ask(description) | Offered::Settled(description)) => description,
            Err(refusal) => {
                context.door.release(context.now, self.session(), newcomer);
                asked.refuse(context, status_of(refusal).code());
                return;
            }
        };
        let headers = Headers::new();
        let sent = self.send_offer(context, other, Method::Invite, &description.sdp, &headers);
        let Some(request) = sent else {
            context.door.withdraw(context.now, self.session());
            asked.refuse(context, 500);
            return;
        };
        self.replacement = Some(Box::new(Replacement {
            asked: Some(asked),
            leg: Leg::new(party, Some(dialog)),
            side,
            request,
        }));
    }

    /// A newcomer without an offer gets ours in the 200, and its answer comes with the ACK. The other leg hears nothing, unless that
    /// does not fit it.
    fn replace_late(&mut self, context: &mut Context<'_>, side: Side, asked: Asked, leg: Leg) {
        let proposal = Proposal {
            session: self.session(),
            to: leg.end,
            with: self.leg(side.other()).end,
        };
        let description = match context.door.propose(context.now, proposal) {
            Ok(description) => description,
            Err(refusal) => {
                let newcomer = leg.end.leg;
                context.door.release(context.now, self.session(), newcomer);
                asked.refuse(context, status_of(refusal).code());
                return;
            }
        };
        self.await_answer(side);
        self.take_in(context, side, asked, (leg, description.sdp));
    }

    /// Our 200 to a newcomer, who has the place from now on.
    fn take_in(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        (mut leg, sdp): (Leg, Vec<u8>),
    ) {
        let Some(dialog) = &mut leg.dialog else {
            return;
        };
        dialog.confirm();
        let mut ok = asked.dialog_response(StatusCode::OK, dialog.local_tag());
        ok.headers.push_text(HeaderName::Contact, &leg.contact);
        leg.terms
            .accept(context.now, &asked.request.headers, &mut ok.headers);
        leg.terms.told = sdp.clone();
        ok.set_body("application/sdp", sdp);
        let replaced = self.leg(side).end.leg;
        self.replace_leg(context, side, leg);
        self.accept(context, side, asked, ok);
        self.dismiss(context, replaced);
    }

    /// Whether this re-INVITE of ours offers what a newcomer offered.
    pub(crate) fn is_replacement(&self, id: RequestId) -> bool {
        self.replacement
            .as_ref()
            .is_some_and(|replacement| replacement.request == id)
    }

    /// The other leg's final answer; a 2xx is acknowledged.
    pub(crate) fn replacement_answered(
        &mut self,
        context: &mut Context<'_>,
        response: Response,
        told: StatusCode,
        crossing: &Crossing,
    ) {
        let Some(replacement) = self.replacement.take() else {
            return;
        };
        let Replacement {
            asked, leg, side, ..
        } = *replacement;
        let newcomer = leg.end.leg;
        let other = side.other();
        let Some(asked) = asked else {
            // Cancelled. The other leg may have taken what is not there any more.
            if response.status.is_success() {
                self.mend(context, other);
            }
            return;
        };
        let answered = if response.status.is_success() && crossing.body {
            let answer = Answer {
                session: self.session(),
                from: self.leg(other).end.leg,
                sdp: response.body,
                provisional: false,
            };
            if let Some(dialog) = &mut self.leg_mut(other).dialog {
                dialog.refresh(&response.headers);
            }
            context.door.answer(context.now, answer).ok()
        } else {
            None
        };
        let Some(answered) = answered else {
            context.door.withdraw(context.now, self.session());
            context.door.release(context.now, self.session(), newcomer);
            let code = if response.status.is_success() {
                488
            } else {
                told.code()
            };
            asked.refuse(context, code);
            return;
        };
        let sdp = answered.description.sdp;
        self.take_in(context, side, asked, (leg, sdp));
        if answered.unfit {
            self.mend(context, other);
        }
    }

    /// The newcomer's INVITE was cancelled, or its connection is gone. Gives whether it was its.
    pub(crate) fn newcomer_leaves(
        &mut self,
        context: &mut Context<'_>,
        is_its: impl Fn(&Asked) -> bool,
    ) -> bool {
        let Some(replacement) = &mut self.replacement else {
            return false;
        };
        let Some(asked) = replacement.asked.take_if(|asked| is_its(asked)) else {
            return false;
        };
        let newcomer = replacement.leg.end.leg;
        asked.refuse(context, 487);
        context.door.withdraw(context.now, self.session());
        context.door.release(context.now, self.session(), newcomer);
        true
    }

    /// The call ends.
    pub(crate) fn drop_replacement(&mut self, context: &mut Context<'_>) {
        let replacement = self.replacement.take();
        if let Some(asked) = replacement.and_then(|replacement| replacement.asked) {
            asked.refuse(context, 487);
        }
    }
}
