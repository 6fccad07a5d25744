//! Requests inside the call's dialogs (RFC 3261 §12.2.2).

use crate::outcome::Outcome;
use crate::{Asked, Call, Context, Crossing, Side};
use control_command::LegId;
use sip_dialog::Dialog;
use sip_message::{Headers, Method};

impl Call {
    /// A request from a leg; neither ACK nor CANCEL. The composer has seen that its flow may speak for that leg.
    pub fn request(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        asked: Asked,
        crossing: Crossing,
    ) {
        let Some(asked) = self.of_departed(context, leg, asked) else {
            return;
        };
        let Some(side) = self.side(leg) else {
            asked.refuse(context, 481);
            return;
        };
        let Some(dialog) = self.dialog_of(side, &asked.request.headers) else {
            asked.refuse(context, 481);
            return;
        };
        if dialog.receive(&asked.request).is_err() {
            asked.refuse(context, 500);
            return;
        }
        let method = asked.request.method.clone();
        if !self.is_live() {
            if method == Method::Bye {
                self.bye_again(context, side, asked, &crossing);
            } else {
                asked.refuse(context, 481);
            }
            return;
        }
        if method == Method::Bye && self.talking(side).is_none() {
            self.early_bye(context, asked);
            return;
        }
        let is_alone = self.leg(side.other()).over;
        match method {
            // The referrer has hung up, and the target has not answered.
            Method::Invite | Method::Update | Method::Info | Method::Message | Method::Refer
                if is_alone =>
            {
                asked.refuse(context, 480);
            }
            Method::Bye => self.bye(context, side, asked, crossing),
            Method::Invite => self.reinvite(context, side, asked, crossing),
            Method::Prack => self.prack(context, side, asked, crossing),
            Method::Update => self.update(context, side, asked, crossing),
            Method::Notify if self.tells_of_transfer(side) => {
                self.transferee_tells(context, &asked);
            }
            Method::Refer => self.refer(context, side, asked, crossing),
            Method::Info | Method::Message | Method::Notify => {
                self.relay(context, side, asked, crossing)
            }
            Method::Options => asked.refuse(context, 200),
            _ => asked.refuse(context, 405),
        }
    }

    /// A callee may not say BYE before it has answered (RFC 3261 §15). It is taken for what it means: this one does not want the
    /// call.
    fn early_bye(&mut self, context: &mut Context<'_>, asked: Asked) {
        asked.refuse(context, 200);
        if let Some(leg) = self.calling.leg_of(&asked.request.headers) {
            self.cancel_branch(context, leg, None);
            self.out(context, leg, Outcome::ours(480, "callee"));
        }
    }

    /// The dialog that headers speak of: Call-ID and both tags. Before the answer the callee's may be any that rings.
    pub(crate) fn dialog_of(&mut self, side: Side, headers: &Headers) -> Option<&mut Dialog> {
        let leg = match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        };
        match &mut leg.dialog {
            Some(dialog) if dialog.matches(headers) => Some(dialog),
            None if side == Side::Callee => {
                self.calling.fork_of(headers).map(|fork| &mut fork.dialog)
            }
            _ => None,
        }
    }
}
