//! REFER inside a call (RFC 3515, RFC 5589): one end asks that the other talk with somebody else.
//!
//! ```text
//!   referrer ── REFER ──▶ us                      the composer says where Refer-To leads, or that the REFER is passed on
//!   referrer ◀─ 202, NOTIFY 100 ── us ── INVITE ──▶ target
//!                                  us ◀── 200 ───── target    the target takes the referrer's place
//!   referrer ◀─ NOTIFY 200, BYE ── us ── re-INVITE ──▶ transferee, only if what it has does not fit the target
//! ```
//!
//! Until the target answers the call stands as it was, and if it refuses, it goes on. A referrer may hang up meanwhile: then the
//! transferee waits for the target alone.

use crate::end::Ending;
use crate::{Action, Asked, Call, Context, Crossing, Destination, RequestId, Side};
use control_command::LegId;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, NameAddr, StatusCode};
use std::collections::VecDeque;
use std::time::Duration;

/// How long a target may ring. The transferee hears nothing but its own hold music that long.
pub(crate) const RING: Duration = Duration::from_secs(120);
/// Transfers of one call in its life. Each leaves a leg behind that may have a last word.
const MAX_TRANSFERS: u8 = 16;

/// A REFER that we carry out, or do not know yet whether to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transfer {
    /// Who referred: the leg, and its place in the call.
    pub(crate) leg: LegId,
    pub(crate) side: Side,
    /// The REFER and what of it crosses, until it is answered.
    pub(crate) asked: Option<(Asked, Headers)>,
    /// The CSeq of the REFER: the name of the subscription it made (RFC 3515 §2.4.6). `None` if the referrer wants no word
    /// (RFC 4488).
    pub(crate) subscription: Option<u32>,
    /// NOTIFY under way, and the status to be told after it.
    pub(crate) telling: Option<RequestId>,
    pub(crate) next_word: Option<StatusCode>,
    /// The one that is called: a branch of the call's.
    pub(crate) target: Option<LegId>,
    /// Others, should it fail.
    pub(crate) waiting: VecDeque<Destination>,
    /// What the transferee's REFER says, should the target's server want credentials that we do not have.
    pub(crate) fallback: Option<Headers>,
    /// It was sent.
    pub(crate) handed_on: bool,
    /// And the transferee did as it was asked.
    pub(crate) is_away: bool,
    /// It rings no longer than this.
    pub(crate) until: Option<Time>,
    /// The end of it was told, or there was nobody to tell.
    pub(crate) is_over: bool,
}

impl Call {
    /// A REFER. What becomes of it is the composer's word: [`Call::transfer`], [`Call::pass_refer`] or [`Call::refuse_refer`].
    pub(crate) fn refer(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: Crossing,
    ) {
        let is_stable = self.is_answered()
            && self.leg(side.other()).dialog.is_some()
            && self.leg(side).unacknowledged.is_none();
        if !is_stable || self.transfers >= MAX_TRANSFERS {
            asked.refuse(context, 403);
            return;
        }
        if self.transfer.is_some() {
            // One after the other.
            asked.refuse(context, 491);
            return;
        }
        let Some(to) = refer_to(&asked.request.headers) else {
            asked.refuse(context, 400);
            return;
        };
        // RFC 3515 §2.1: another method than INVITE may be asked for. We call, and do nothing else.
        let method = to.uri.params.value("method");
        if method.is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            asked.refuse(context, 403);
            return;
        }
        let leg = self.leg(side).end.leg;
        self.transfers = self.transfers.saturating_add(1);
        self.transfer = Some(Box::new(Transfer {
            leg,
            side,
            subscription: None,
            asked: Some((asked, crossing.headers)),
            telling: None,
            next_word: None,
            target: None,
            waiting: VecDeque::new(),
            fallback: None,
            handed_on: false,
            is_away: false,
            until: None,
            is_over: false,
        }));
        context.actions.push(Action::Referred { leg, to });
    }

    /// We carry the REFER out: the first of these is called, the next if it cannot be reached. If its server wants to know who calls,
    /// the transferee gets a REFER with the headers of `fallback`.
    pub fn transfer(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        destinations: Vec<Destination>,
        fallback: Option<Headers>,
    ) {
        let Some((asked, _)) = self.referred(leg) else {
            return;
        };
        if destinations.is_empty() {
            self.transfer = None;
            asked.refuse(context, 404);
            return;
        }
        let headers = &asked.request.headers;
        let is_silent = refer_sub_is_false(headers);
        let mut response = asked.response(StatusCode::of(202), None);
        if let Some(side) = self.side(leg) {
            let contact = &self.leg(side).contact;
            response.headers.push_text(HeaderName::Contact, contact);
        }
        if is_silent {
            response.headers.push(refer_sub(), "false");
        }
        let number = headers.cseq().ok().map(|cseq| cseq.number);
        asked.respond(context, response);
        if let Some(transfer) = &mut self.transfer {
            transfer.subscription = number.filter(|_| !is_silent);
            transfer.waiting = destinations.into();
            transfer.fallback = fallback;
            transfer.until = Some(context.now + RING);
        }
        self.tell_referrer(context, StatusCode::TRYING);
        self.call_target(context, StatusCode::of(480));
    }

    /// The other end is asked in its turn, with these headers; its answer and what it tells go back.
    pub fn pass_refer(&mut self, context: &mut Context<'_>, leg: LegId, headers: &Headers) {
        let Some((asked, mut carried)) = self.referred(leg) else {
            return;
        };
        self.transfer = None;
        let Some(side) = self.side(leg) else {
            asked.refuse(context, 481);
            return;
        };
        for header in headers.iter() {
            carried.push(header.name.clone(), &header.value);
        }
        let crossing = Crossing {
            headers: carried,
            body: false,
        };
        self.relay(context, side, asked, crossing);
    }

    /// It is not done.
    pub fn refuse_refer(&mut self, context: &mut Context<'_>, leg: LegId, status: StatusCode) {
        if let Some((asked, _)) = self.referred(leg) {
            self.transfer = None;
            asked.refuse(context, status.code());
        }
    }

    /// The REFER of this leg that waits for the composer's word.
    fn referred(&mut self, leg: LegId) -> Option<(Asked, Headers)> {
        let transfer = self.transfer.as_mut()?;
        if transfer.leg == leg {
            transfer.asked.take()
        } else {
            None
        }
    }

    /// Nobody is called any more. The call goes on if the referrer is still there.
    pub(crate) fn transfer_failed(&mut self, context: &mut Context<'_>, status: StatusCode) {
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        transfer.is_over = true;
        transfer.until = None;
        transfer.waiting = VecDeque::new();
        let side = transfer.side;
        if self.leg(side).over {
            self.transfer = None;
            self.end(context, Ending::new(status.code(), "transferred to nobody"));
        } else {
            self.tell_referrer(context, status);
        }
    }

    /// The referrer hangs up before its word is done: the transferee waits for the target alone. Gives whether that is so.
    pub(crate) fn referrer_leaves(&mut self, context: &mut Context<'_>, side: Side) -> bool {
        let waits = self.transfer.as_ref().is_some_and(|transfer| {
            transfer.side == side && !transfer.is_over && transfer.asked.is_none()
        });
        if waits {
            let leg = self.leg_mut(side);
            leg.over = true;
            leg.unacknowledged = None;
            let number = leg.end.leg;
            context.door.release(context.now, self.session(), number);
        }
        waits
    }

    /// The call ends, and whoever is called with it: whoever asked is answered, whoever left hears a last BYE.
    pub(crate) fn drop_transfer(&mut self, context: &mut Context<'_>) {
        let asked = self.transfer.take().and_then(|transfer| transfer.asked);
        if let Some((asked, _)) = asked {
            asked.refuse(context, 487);
        }
        self.dismiss_all(context);
    }

    pub(crate) fn transfer_until(&self) -> Option<Time> {
        self.transfer.as_ref()?.until
    }

    pub(crate) fn transfer_due(&mut self, context: &mut Context<'_>) {
        let is_due = self.transfer_until().is_some_and(|at| context.now >= at);
        if is_due {
            self.stop_target(context, StatusCode::of(408));
        }
    }
}

/// Exactly one (RFC 3515 §2.4.1).
fn refer_to(headers: &Headers) -> Option<NameAddr> {
    let mut targets = headers.get_all(&HeaderName::ReferTo);
    let target = targets.next()?;
    if targets.next().is_some() {
        return None;
    }
    target.parse().ok()
}

/// RFC 4488 §4: the referrer wants no NOTIFY.
fn refer_sub_is_false(headers: &Headers) -> bool {
    let value = headers.get(&refer_sub()).unwrap_or_default();
    let value = value.split(';').next().unwrap_or_default();
    value.trim().eq_ignore_ascii_case("false")
}

fn refer_sub() -> HeaderName {
    HeaderName::Other("Refer-Sub".into())
}
