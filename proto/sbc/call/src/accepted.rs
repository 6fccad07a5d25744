//! Our 2xx to an INVITE: sent, and sent again until the ACK.

use crate::end::Ending;
use crate::leg::Unacknowledged;
use crate::{Action, Asked, Call, Context, Side};
use sip_dialog::{Accepted, Due};
use sip_message::{Headers, Response};

impl Call {
    pub(crate) fn accept(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        response: Response,
    ) {
        asked.respond(context, response.clone());
        self.leg_mut(side).unacknowledged = Some(Box::new(Unacknowledged {
            asked,
            response,
            accepted: Accepted::new(context.now),
            then_bye: false,
        }));
    }

    pub(crate) fn repeat_or_give_up(&mut self, context: &mut Context<'_>, side: Side) {
        let leg = self.leg_mut(side);
        let number = leg.end.leg;
        let lost = leg.lost;
        let Some(waiting) = &mut leg.unacknowledged else {
            return;
        };
        match waiting.accepted.poll(context.now) {
            Due::Nothing => {}
            Due::Repeat if lost => {}
            Due::Repeat => context.actions.push(Action::Repeat {
                leg: number,
                ask: waiting.asked.id,
                flow: waiting.asked.flow,
                response: waiting.response.clone(),
            }),
            Due::GiveUp => {
                // RFC 3261 §13.3.1.4: the dialog stands, the session does not: BYE.
                leg.unacknowledged = None;
                if self.is_live() {
                    self.end(context, Ending::new(500, "no acknowledgement"));
                } else {
                    self.hang_up(context, side, &Headers::new());
                }
            }
        }
    }
}
