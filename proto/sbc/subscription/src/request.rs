//! Requests inside the two dialogs.

use crate::{Asked, Context, Crossing, Side, Subscription};
use sip_dialog::Dialog;
use sip_message::Method;

impl Subscription {
    /// A request from a leg. The composer has seen that its flow may speak for that leg.
    pub fn request(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: Crossing,
    ) {
        match &mut self.leg_mut(side).dialog {
            Some(dialog) if !dialog.matches(&asked.request.headers) => {
                asked.refuse(context, 481);
                return;
            }
            Some(dialog) => {
                if dialog.receive(&asked.request).is_err() {
                    asked.refuse(context, 500);
                    return;
                }
            }
            None => {
                if !self.begins(side, &asked) {
                    asked.refuse(context, 481);
                    return;
                }
            }
        }
        match (side, &asked.request.method) {
            (Side::Subscriber, Method::Subscribe) => self.refresh(context, asked, crossing),
            (Side::Notifier, Method::Notify) => self.notify(context, asked, crossing),
            (_, Method::Options) => asked.refuse(context, 200),
            _ => asked.refuse(context, 405),
        }
    }

    /// Whether this is the NOTIFY that makes the notifier's dialog. One of another fork comes to a dialog with another tag, and so
    /// to none (RFC 6665 §5.4.9).
    fn begins(&mut self, side: Side, asked: &Asked) -> bool {
        // Once it is over, what a NOTIFY would begin is to be refused.
        if side != Side::Notifier || asked.request.method != Method::Notify || !self.is_live() {
            return false;
        }
        match Dialog::notified(&self.subscribe, &asked.request) {
            Ok(dialog) if dialog.matches(&asked.request.headers) => {
                self.notifier.dialog = Some(dialog);
                true
            }
            _ => false,
        }
    }
}
