//! Session timers, each leg's by itself (RFC 4028). A refresh is between us and one far end: media and the other leg hear nothing
//! of it.

use crate::call::Kind;
use crate::end::Ending;
use crate::late::glare_pause;
use crate::reinvite::{Exchange, Ours};
use crate::{Action, Call, Context, RequestId, Side};
use sip_dialog::TimerDue;
use sip_message::{HeaderName, Headers, Method, Response};
use std::time::Duration;

/// A refresh that could not be sent, or was refused for a passing reason, is tried again after this: often enough within the half
/// of the least session, 90 s, that is left.
const PAUSE: Duration = Duration::from_secs(5);

impl Call {
    pub(crate) fn refresh_or_expire(&mut self, context: &mut Context<'_>, side: Side) {
        match self.leg_mut(side).terms.timer.poll(context.now) {
            TimerDue::Nothing => {}
            TimerDue::Refresh => self.refresh(context, side),
            TimerDue::Expired if self.leg(side).lost => {
                // Its grace time decides; a session timer must not be longer than that.
            }
            TimerDue::Expired => self.end(context, Ending::new(408, "session expired")),
        }
    }

    /// UPDATE without a description where the far end knows it: it touches nothing. Else a re-INVITE that says what was said last.
    fn refresh(&mut self, context: &mut Context<'_>, side: Side) {
        let leg = self.leg_mut(side);
        if leg.lost {
            self.refresh_later(context, side);
            return;
        }
        if leg.terms.allows_update {
            let Some(dialog) = leg.confirmed() else {
                return;
            };
            let mut request = dialog.request(Method::Update);
            let hop = Some(dialog.next_hop().clone());
            request.headers.push_text(HeaderName::Contact, &leg.contact);
            leg.terms.ask(&mut request.headers);
            let id = self.new_request(side, Kind::Refresh);
            let leg = self.leg(side).end.leg;
            context.actions.push(Action::Request {
                id,
                leg,
                hop,
                request,
            });
            return;
        }
        let busy = leg.unacknowledged.is_some() || leg.terms.told.is_empty();
        if busy || self.exchange.is_some() {
            self.refresh_later(context, side);
            return;
        }
        let sdp = self.leg(side).terms.told.clone();
        if let Some(request) = self.send_offer(context, side, Method::Invite, &sdp, &Headers::new())
        {
            self.exchange = Some(Exchange::Ours {
                side,
                request,
                sdp,
                what: Ours::Refresh,
            });
        }
    }

    pub(crate) fn refresh_later(&mut self, context: &mut Context<'_>, side: Side) {
        let timer = &mut self.leg_mut(side).terms.timer;
        timer.postpone(context.now, PAUSE);
    }

    /// The final answer to a refreshing UPDATE.
    pub(crate) fn refresh_answered(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        response: &Response,
    ) {
        if !self.is_live() || !self.sent.contains_key(&id) {
            return;
        }
        if response.status.is_success() {
            let leg = self.leg_mut(side);
            if let Some(dialog) = &mut leg.dialog {
                dialog.refresh(&response.headers);
            }
            leg.terms.answered(context.now, &response.headers);
            return;
        }
        let terms = &mut self.leg_mut(side).terms;
        let again = match response.status.code() {
            422 => terms.timer.too_small(&response.headers),
            405 | 501 => std::mem::take(&mut terms.allows_update),
            _ => false,
        };
        if again {
            self.refresh(context, side);
            return;
        }
        self.refresh_refused(context, side, response);
        let code = response.status.code();
        if matches!(code, 408 | 481) {
            self.end(context, Ending::new(code, "peer gone"));
        }
    }

    /// Not now. Until the session expires it is tried again.
    pub(crate) fn refresh_refused(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        response: &Response,
    ) {
        let pause = match response.status.code() {
            // It lives, and asks for credentials that only the other leg's user has. If it wants the call to end for that, it
            // will say so; we shall not.
            401 | 407 => {
                self.leg_mut(side).terms.timer.stop();
                return;
            }
            491 => glare_pause(context, side),
            _ => PAUSE,
        };
        let timer = &mut self.leg_mut(side).terms.timer;
        timer.postpone(context.now, pause);
    }
}
