use crate::{Action, Call, Context, Side};
use control_command::LegId;
use sip_message::{Headers, Request};

impl Call {
    /// An ACK came on a leg: our 2xx is known there. `is_described` says whether its body is a session description.
    pub fn ack(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        request: Request,
        is_described: bool,
    ) {
        let Some(side) = self.side(leg) else {
            return;
        };
        let leg = self.leg_mut(side);
        let is_ours = leg
            .dialog
            .as_ref()
            .is_some_and(|dialog| dialog.matches(&request.headers));
        let (Some(waiting), Ok(ack)) = (&leg.unacknowledged, request.headers.cseq()) else {
            return;
        };
        let invite = waiting.asked.request.headers.cseq();
        if !is_ours || invite.map(|invite| invite.number) != Ok(ack.number) {
            return;
        }
        let then_bye = waiting.then_bye;
        leg.unacknowledged = None;
        if then_bye {
            self.hang_up(context, side, &Headers::new());
            return;
        }
        let sdp = if is_described {
            request.body
        } else {
            Vec::new()
        };
        self.answered_late(context, side, sdp);
    }

    /// Our ACK for a 2xx on a leg, as often as the 2xx comes.
    pub(crate) fn acknowledge(&mut self, context: &mut Context<'_>, side: Side, number: u32) {
        if let Some(dialog) = &self.leg(side).dialog {
            let request = dialog.ack(number);
            let hop = Some(dialog.next_hop().clone());
            let leg = self.leg(side).end.leg;
            context.actions.push(Action::Ack { leg, hop, request });
        }
    }
}
