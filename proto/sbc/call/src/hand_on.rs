//! A target's server asks who calls (401, 407), and we cannot say: the one who is transferred can. It gets the REFER after all, and
//! what it tells goes to the referrer.

use crate::call::Kind;
use crate::end::Ending;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Side};
use sip_message::{HeaderName, Method, StatusCode};

impl Call {
    /// Gives whether the REFER went on.
    pub(crate) fn hand_on(&mut self, context: &mut Context<'_>) -> bool {
        let Some(transfer) = &mut self.transfer else {
            return false;
        };
        let Some(headers) = transfer.fallback.take() else {
            return false;
        };
        let side = transfer.side.other();
        let contact = self.leg(side).contact.clone();
        let leg = self.leg_mut(side);
        if leg.lost || leg.over {
            return false;
        }
        let number = leg.end.leg;
        let Some(dialog) = leg.confirmed() else {
            return false;
        };
        let mut request = dialog.request(Method::Refer);
        let hop = Some(dialog.next_hop().clone());
        request.headers.push_text(HeaderName::Contact, &contact);
        add(&mut request.headers, &headers);
        let id = self.new_request(side, Kind::HandOn);
        if let Some(transfer) = &mut self.transfer {
            transfer.handed_on = true;
        }
        context.actions.push(Action::Request {
            id,
            leg: number,
            hop,
            request,
        });
        true
    }

    /// The transferee's answer to it, or none.
    pub(crate) fn handed_on(&mut self, context: &mut Context<'_>, status: StatusCode) {
        if !status.is_success() && self.transfer.as_ref().is_some_and(|it| it.handed_on) {
            self.transfer_failed(context, status);
        }
    }

    /// Whether a NOTIFY of this side tells of a REFER that we handed on in our own name.
    pub(crate) fn tells_of_transfer(&self, side: Side) -> bool {
        let transfer = self.transfer.as_ref();
        transfer.is_some_and(|it| it.handed_on && it.side == side.other())
    }

    /// How the transferee fares.
    pub(crate) fn transferee_tells(&mut self, context: &mut Context<'_>, asked: &Asked) {
        asked.refuse(context, 200);
        let line = String::from_utf8_lossy(&asked.request.body);
        let code = line
            .strip_prefix("SIP/2.0 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|code| code.parse::<u16>().ok())
            .filter(|code| (100..700).contains(code));
        let Some(status) = code.map(StatusCode::of) else {
            return;
        };
        let Some(transfer) = self.transfer.as_mut().filter(|it| !it.is_over) else {
            return;
        };
        if !status.is_final() {
            if status != StatusCode::TRYING {
                self.tell_referrer(context, status);
            }
            return;
        }
        if !status.is_success() {
            self.transfer_failed(context, status);
            return;
        }
        transfer.is_over = true;
        transfer.until = None;
        transfer.is_away = true;
        self.tell_referrer(context, status);
    }

    /// The transferee talks with the target, on a path of their own: this call has done its work.
    pub(crate) fn end_transferred(&mut self, context: &mut Context<'_>) {
        self.end(context, Ending::new(487, "transferred"));
    }
}
