//! Offers of ours: to a leg that asks for one with an INVITE without a description (RFC 3261 §14.1, RFC 3264 §4), and to a leg
//! that must be brought in line with the other.

use crate::end::Ending;
use crate::media::status_of;
use crate::reinvite::{Exchange, Ours};
use crate::{Asked, Call, Context, Side};
use control_command::Proposal;
use sip_message::{Headers, Method, StatusCode};
use std::time::Duration;

/// RFC 3261 §14.1: how long who chose the Call-ID waits after a 491, and who did not. In hundredths of a second.
const OWNER: (u32, u32) = (210, 400);
const OTHER: (u32, u32) = (0, 200);
/// Times that a leg is offered the same again. One that crosses with us each time is left as it is.
const MAX_MENDS: u8 = 8;

impl Call {
    /// A re-INVITE without an offer is answered with ours; the ACK brings the answer. The other leg hears nothing, unless the
    /// answer no longer fits what it has.
    pub(crate) fn offer_late(&mut self, context: &mut Context<'_>, side: Side, asked: Asked) {
        match self.propose(context, side) {
            Ok(sdp) => {
                self.exchange = Some(Exchange::Late { side });
                self.consent(context, side, asked, Some(sdp), &Headers::new());
            }
            Err(status) => asked.refuse(context, status.code()),
        }
    }

    /// Our offer to this leg leaves in a 2xx.
    pub(crate) fn await_answer(&mut self, side: Side) {
        self.exchange = Some(Exchange::Late { side });
    }

    pub(crate) fn propose(
        &self,
        context: &mut Context<'_>,
        to: Side,
    ) -> Result<Vec<u8>, StatusCode> {
        let proposal = Proposal {
            session: self.session(),
            to: self.leg(to).end,
            with: self.leg(to.other()).end,
        };
        let proposed = context.door.propose(context.now, proposal);
        proposed
            .map(|description| description.sdp)
            .map_err(status_of)
    }

    /// The ACK to a 200 that held our offer. Without an answer there is no session that both agree on: the call ends.
    pub(crate) fn answered_late(&mut self, context: &mut Context<'_>, side: Side, sdp: Vec<u8>) {
        let waits =
            matches!(&self.exchange, Some(Exchange::Late { side: whose }) if *whose == side);
        if !waits {
            return;
        }
        self.exchange = None;
        let answered = if sdp.is_empty() {
            None
        } else {
            self.tell_media(context, side, sdp).ok()
        };
        match answered {
            None => {
                context.door.withdraw(context.now, self.session());
                self.end(context, Ending::new(488, "no usable answer in the ACK"));
            }
            Some(answered) if answered.unfit => self.mend(context, side.other()),
            Some(_) => {}
        }
    }

    /// Brings a leg in line: offers it anew what fits the other.
    pub(crate) fn mend(&mut self, context: &mut Context<'_>, side: Side) {
        self.mending = None;
        let leg = self.leg_mut(side);
        let is_busy = leg.confirmed().is_none() || leg.unacknowledged.is_some() || leg.lost;
        if is_busy || self.exchange.is_some() {
            self.mend_later(context, side);
            return;
        }
        let Ok(sdp) = self.propose(context, side) else {
            return;
        };
        match self.send_offer(context, side, Method::Invite, &sdp, &Headers::new()) {
            Some(request) => {
                self.exchange = Some(Exchange::Ours {
                    side,
                    request,
                    sdp,
                    what: Ours::Mend,
                });
            }
            None => context.door.withdraw(context.now, self.session()),
        }
    }

    /// The leg has answered. If its answer cannot be used, the session stands as it was.
    pub(crate) fn mended(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        told: Vec<u8>,
        answer: Option<Vec<u8>>,
    ) {
        self.mends = 0;
        let taken = answer.and_then(|sdp| self.tell_media(context, side, sdp).ok());
        match taken {
            Some(_) => self.leg_mut(side).terms.told = told,
            None => {
                context.door.withdraw(context.now, self.session());
                self.end(context, Ending::new(488, "media refused the answer"));
            }
        }
    }

    pub(crate) fn mend_later(&mut self, context: &mut Context<'_>, side: Side) {
        self.mends = self.mends.saturating_add(1);
        if self.mends <= MAX_MENDS && self.is_live() {
            let pause = glare_pause(context, side);
            self.mending = Some((context.now + pause, side));
        }
    }
}

/// RFC 3261 §14.1: how long to wait after a 491. The callee's leg has a Call-ID of ours.
pub(crate) fn glare_pause(context: &mut Context<'_>, side: Side) -> Duration {
    let (first, last) = match side {
        Side::Callee => OWNER,
        Side::Caller => OTHER,
    };
    let span = last.saturating_sub(first).saturating_add(1);
    let chance = context.random.u32().checked_rem(span).unwrap_or_default();
    Duration::from_millis(10).saturating_mul(first.saturating_add(chance))
}
