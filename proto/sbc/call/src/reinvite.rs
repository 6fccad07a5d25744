//! A new offer inside the call: hold, resume, an ICE restart, a changed codec (RFC 3261 §14, RFC 3264 §8, RFC 3311,
//! RFC 6141). Until the other leg has accepted it, the session stands as it was.

use crate::call::Kind;
use crate::early::Fork;
use crate::end::Ending;
use crate::media::status_of;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, Failure, RequestId, Side};
use control_command::{Answer, Answered, Description, Offer, Offered};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, Method, Response, StatusCode};

/// RFC 3261 §14.2: between 0 and 10 s for a second INVITE of the one whose first is not answered.
pub(crate) const RETRY_AFTER: u32 = 2;

/// An offer inside the call that has no answer yet. There is one at a time: media has room for no second, and the legs are told
/// 491 or 500.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exchange {
    /// From one leg, on its way to the other.
    Relayed(Box<Relayed>),
    /// Ours, in the 200 to a re-INVITE without one. The ACK brings the answer.
    Late {
        /// Whose re-INVITE.
        side: Side,
    },
    /// Ours, in a re-INVITE of our own.
    Ours {
        /// Who is offered.
        side: Side,
        request: RequestId,
        sdp: Vec<u8>,
        what: Ours,
    },
}

/// A leg's offer, passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relayed {
    pub(crate) from: Side,
    /// A re-INVITE, an UPDATE or a PRACK.
    pub(crate) asked: Asked,
    /// Ours, on the other leg.
    pub(crate) request: RequestId,
    pub(crate) sdp: Vec<u8>,
    /// What crosses with it, should it have to be said again.
    pub(crate) headers: Headers,
    /// It came before the call was answered, and is about this phone.
    pub(crate) early: Option<Fork>,
}

/// What an offer of our own is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ours {
    /// The leg's agreement does not fit the other's any more.
    Mend,
    /// Its session timer: what it was told last, word for word. Media hears nothing of it.
    Refresh,
}

impl Exchange {
    pub(crate) fn request(&self) -> Option<RequestId> {
        match self {
            Exchange::Relayed(relayed) => Some(relayed.request),
            Exchange::Ours { request, .. } => Some(*request),
            Exchange::Late { .. } => None,
        }
    }

    /// Whether it is this leg's own offer that waits.
    fn is_from(&self, side: Side) -> bool {
        matches!(self, Exchange::Relayed(relayed) if relayed.from == side)
    }
}

impl Call {
    /// A re-INVITE, or an UPDATE with an offer, in an answered call.
    pub(crate) fn reinvite(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: Crossing,
    ) {
        if self.is_entangled(context, side, &asked) || !self.bears(context, side, &asked) {
            return;
        }
        if !self.is_answered() || self.leg(side).unacknowledged.is_some() {
            asked.refuse_for_now(context, 500, RETRY_AFTER);
            return;
        }
        if asked.request.body.is_empty() {
            self.offer_late(context, side, asked);
        } else {
            self.offer_inside(context, side, asked, crossing);
        }
    }

    /// An offer in an answered call, with no other under way.
    pub(crate) fn offer_inside(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        if !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let sdp = std::mem::take(&mut asked.request.body);
        match self.ask_media(context, side, sdp) {
            Ok(Offered::Ask(description)) => {
                self.pass_offer_on(context, side, asked, description, crossing.headers);
            }
            Ok(Offered::Settled(description)) => {
                self.consent(context, side, asked, Some(description.sdp), &Headers::new());
            }
            Err(status) => asked.refuse(context, status.code()),
        }
    }

    /// Whether another offer is under way; if so, the request is answered (RFC 3261 §14.2, RFC 3311 §5.2): 500 to who has
    /// one waiting already, 491 to who crosses with one.
    pub(crate) fn is_entangled(
        &self,
        context: &mut Context<'_>,
        side: Side,
        asked: &Asked,
    ) -> bool {
        match &self.exchange {
            None => return false,
            Some(exchange) if exchange.is_from(side) => {
                asked.refuse_for_now(context, 500, RETRY_AFTER);
            }
            Some(_) => asked.refuse(context, 491),
        }
        true
    }

    pub(crate) fn ask_media(
        &self,
        context: &mut Context<'_>,
        side: Side,
        sdp: Vec<u8>,
    ) -> Result<Offered, StatusCode> {
        let offer = Offer {
            session: self.session(),
            from: self.leg(side).end,
            to: self.leg(side.other()).end,
            sdp,
        };
        context.door.offer(context.now, offer).map_err(status_of)
    }

    fn pass_offer_on(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        description: Description,
        headers: Headers,
    ) {
        let other = side.other();
        if self.leg(other).unacknowledged.is_some() {
            context.door.withdraw(context.now, self.session());
            asked.refuse(context, 491);
            return;
        }
        // What was asked as an UPDATE wants its answer at once: so it goes on as one, where the other leg knows it.
        let method = match asked.request.method {
            Method::Invite => Method::Invite,
            _ if self.leg(other).terms.allows_update => Method::Update,
            _ => Method::Invite,
        };
        let sdp = description.sdp;
        let Some(request) = self.send_offer(context, other, method, &sdp, &headers) else {
            asked.refuse(context, 500);
            self.end(context, Ending::new(500, "internal error"));
            return;
        };
        self.exchange = Some(Exchange::Relayed(Box::new(Relayed {
            from: side,
            asked,
            request,
            sdp,
            headers,
            early: None,
        })));
    }

    /// A re-INVITE or UPDATE of ours with this description; `None` if the leg has no dialog to send it in.
    pub(crate) fn send_offer(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        method: Method,
        sdp: &[u8],
        headers: &Headers,
    ) -> Option<RequestId> {
        let leg = self.leg_mut(side);
        let dialog = leg.confirmed()?;
        let mut request = dialog.request(method.clone());
        let hop = Some(dialog.next_hop().clone());
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        request.headers.push_text(HeaderName::Contact, &leg.contact);
        leg.terms.ask(&mut request.headers);
        add(&mut request.headers, headers);
        request.set_body("application/sdp", sdp.to_vec());
        let kind = match method {
            Method::Invite => Kind::Reinvite { number },
            _ => Kind::Update,
        };
        let id = self.new_request(side, kind);
        let leg = self.leg(side).end.leg;
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
        Some(id)
    }

    /// A 2xx to an offer of ours: the first closes the exchange.
    pub(crate) fn offer_accepted(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        response: Response,
        crossing: Crossing,
    ) {
        let leg = self.leg_mut(side);
        if let Some(dialog) = &mut leg.dialog {
            dialog.refresh(&response.headers);
        }
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        self.leg_mut(side)
            .terms
            .answered(context.now, &response.headers);
        let sdp = (!response.body.is_empty() && crossing.body).then_some(response.body);
        match exchange {
            Exchange::Relayed(relayed) => {
                self.relayed_accepted(context, side, *relayed, sdp, &crossing.headers);
            }
            Exchange::Ours {
                what: Ours::Mend,
                sdp: told,
                ..
            } => self.mended(context, side, told, sdp),
            Exchange::Ours { .. } | Exchange::Late { .. } => {}
        }
    }

    fn relayed_accepted(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        relayed: Relayed,
        sdp: Option<Vec<u8>>,
        headers: &Headers,
    ) {
        let Some(answered) = sdp.and_then(|sdp| self.tell_media(context, side, sdp).ok()) else {
            // One side has moved on and the other cannot follow: there is no session both agree on any more.
            relayed.asked.refuse(context, 488);
            self.end(context, Ending::new(488, "media refused the answer"));
            return;
        };
        self.leg_mut(side).terms.told = relayed.sdp;
        let sdp = Some(answered.description.sdp);
        self.consent(context, relayed.from, relayed.asked, sdp, headers);
    }

    /// A final answer of this leg, for media.
    pub(crate) fn tell_media(
        &self,
        context: &mut Context<'_>,
        side: Side,
        sdp: Vec<u8>,
    ) -> Result<Answered, StatusCode> {
        let answer = Answer {
            session: self.session(),
            from: self.leg(side).end.leg,
            sdp,
            provisional: false,
        };
        context.door.answer(context.now, answer).map_err(status_of)
    }

    /// The other leg refused: the session stands as before (RFC 3261 §14.1). What it refused only for the way it was said is
    /// said again in another: a longer session timer, or a re-INVITE to who knows no UPDATE.
    pub(crate) fn offer_refused(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        response: &Response,
        (told, headers): (StatusCode, &Headers),
    ) {
        let is_ours = self.exchange.as_ref().and_then(Exchange::request) == Some(id);
        if !is_ours {
            return;
        }
        if self.says_it_again(context, id, side, response) {
            return;
        }
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        let code = response.status.code();
        match exchange {
            Exchange::Relayed(relayed) => {
                context.door.withdraw(context.now, self.session());
                let mut refusal = relayed.asked.response(told, None);
                add(&mut refusal.headers, headers);
                relayed.asked.respond(context, refusal);
            }
            Exchange::Ours {
                what: Ours::Mend, ..
            } => {
                context.door.withdraw(context.now, self.session());
                if code == 491 {
                    self.mend_later(context, side);
                }
            }
            Exchange::Ours { .. } => self.refresh_refused(context, side, response),
            Exchange::Late { .. } => {}
        }
        // RFC 3261 §12.2.1.2: the other end knows nothing of the dialog, or nobody is there.
        if matches!(code, 408 | 481) {
            self.end(context, Ending::new(code, "peer gone"));
        }
    }

    fn says_it_again(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        response: &Response,
    ) -> bool {
        let terms = &mut self.leg_mut(side).terms;
        let again = match response.status.code() {
            422 => terms.timer.too_small(&response.headers),
            405 | 501 => std::mem::take(&mut terms.allows_update),
            _ => false,
        };
        if !again {
            return false;
        }
        let method = match self.sent.get(&id).map(|sent| &sent.kind) {
            Some(Kind::Update) if response.status.code() == 422 => Method::Update,
            _ => Method::Invite,
        };
        let (sdp, headers) = match &self.exchange {
            Some(Exchange::Relayed(relayed)) => (relayed.sdp.clone(), relayed.headers.clone()),
            Some(Exchange::Ours { sdp, .. }) => (sdp.clone(), Headers::new()),
            _ => return false,
        };
        let Some(again) = self.send_offer(context, side, method, &sdp, &headers) else {
            return false;
        };
        match &mut self.exchange {
            Some(Exchange::Relayed(relayed)) => relayed.request = again,
            Some(Exchange::Ours { request, .. }) => *request = again,
            _ => {}
        }
        true
    }

    /// The other leg said nothing.
    pub(crate) fn offer_failed(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        failure: Failure,
    ) {
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        // Its connection broke: the grace time runs, and it may come back to the session it had.
        let is_lost = self.leg(side).lost;
        match exchange {
            Exchange::Relayed(relayed) => {
                context.door.withdraw(context.now, self.session());
                let code = if is_lost { 480 } else { failure.status.code() };
                relayed.asked.refuse(context, code);
            }
            Exchange::Ours {
                what: Ours::Mend, ..
            } => {
                context.door.withdraw(context.now, self.session());
                self.mend_later(context, side);
            }
            Exchange::Ours { .. } => self.refresh_later(context, side),
            Exchange::Late { .. } => {}
        }
        if !is_lost {
            self.end(context, Ending::new(408, failure.why));
        }
    }

    pub(crate) fn take_exchange(&mut self, id: RequestId) -> Option<Exchange> {
        self.exchange
            .take_if(|exchange| exchange.request() == Some(id))
    }
}
