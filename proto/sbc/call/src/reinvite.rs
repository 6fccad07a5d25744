//! A new offer inside the call: hold, resume, an ICE restart, a changed codec (RFC 3261 §14, RFC 3264 §8, RFC 6141).
//! Until the other leg has accepted it, the session stands as it was.

use crate::call::Kind;
use crate::end::Ending;
use crate::media::status_of;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, Failure, RequestId, Side};
use control_command::{Answer, Description, Offer, Offered};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, Method, Response, StatusCode};

/// RFC 3261 §14.2: between 0 and 10 s for a second INVITE of the one whose first is not answered.
const RETRY_AFTER: u32 = 2;

/// An offer from one leg, on its way to the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) from: Side,
    /// A re-INVITE or an UPDATE.
    pub(crate) asked: Asked,
    /// Ours, on the other leg: always a re-INVITE, which every peer knows.
    pub(crate) request: RequestId,
}

impl Call {
    /// A re-INVITE or an UPDATE with an offer.
    pub(crate) fn reinvite(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        if let Some(exchange) = &self.exchange {
            if exchange.from == side {
                asked.refuse_for_now(context, 500, RETRY_AFTER);
            } else {
                asked.refuse(context, 491);
            }
            return;
        }
        if !self.is_answered() || self.leg(side).unacknowledged.is_some() {
            asked.refuse_for_now(context, 500, RETRY_AFTER);
            return;
        }
        let other = side.other();
        if self.leg(other).unacknowledged.is_some() {
            asked.refuse(context, 491);
            return;
        }
        if self.leg(other).lost {
            asked.refuse(context, 480);
            return;
        }
        let sdp = std::mem::take(&mut asked.request.body);
        if sdp.is_empty() {
            asked.refuse(context, 488);
            return;
        }
        if !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let offer = Offer {
            session: self.session(),
            from: self.leg(side).end,
            to: self.leg(other).end,
            sdp,
        };
        let description = match context.door.offer(context.now, offer) {
            Ok(Offered::Ask(description)) => description,
            Ok(Offered::Settled(description)) => {
                self.settled(context, side, asked, description);
                return;
            }
            Err(refusal) => {
                asked.refuse(context, status_of(refusal).code());
                return;
            }
        };
        if let Some(dialog) = &mut self.leg_mut(side).dialog {
            dialog.refresh(&asked.request.headers);
        }
        let Some(dialog) = self.leg_mut(other).confirmed() else {
            asked.refuse(context, 500);
            self.end(context, Ending::new(500, "internal error"));
            return;
        };
        let mut request = dialog.request(Method::Invite);
        let hop = Some(dialog.next_hop().clone());
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        request
            .headers
            .push(HeaderName::Contact, &self.leg(other).contact);
        add(&mut request.headers, &crossing.headers);
        request.set_body("application/sdp", description.sdp);
        let id = self.new_request(other, Kind::Reinvite { number });
        self.exchange = Some(Exchange {
            from: side,
            asked,
            request: id,
        });
        let leg = self.leg(other).end.leg;
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
    }

    /// The offer concerns this leg alone: the other hears nothing of it.
    fn settled(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        description: Description,
    ) {
        if let Some(dialog) = &mut self.leg_mut(side).dialog {
            dialog.refresh(&asked.request.headers);
        }
        let mut told = asked.response(StatusCode::OK, None);
        told.headers
            .push(HeaderName::Contact, &self.leg(side).contact);
        told.set_body("application/sdp", description.sdp);
        if asked.request.method == Method::Invite {
            self.accept(context, side, asked, told);
        } else {
            asked.respond(context, told);
        }
    }

    /// The other leg accepted: the first 2xx closes the exchange, each is acknowledged.
    pub(crate) fn reinvite_accepted(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        (side, number): (Side, u32),
        response: Response,
        crossing: Crossing,
    ) {
        if let Some(dialog) = &mut self.leg_mut(side).dialog {
            dialog.refresh(&response.headers);
        }
        self.acknowledge(context, side, number);
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        let sdp = (!response.body.is_empty() && crossing.body).then_some(response.body);
        let answer = sdp.and_then(|sdp| {
            let answer = Answer {
                session: self.session(),
                from: self.leg(side).end.leg,
                sdp,
                provisional: false,
            };
            let answered = context.door.answer(context.now, answer).ok()?;
            Some(answered.description)
        });
        let Some(description) = answer else {
            // One side has moved on and the other cannot follow: there is no session both agree on any more.
            exchange.asked.refuse(context, 488);
            self.end(context, Ending::new(488, "media refused the answer"));
            return;
        };
        let asked = exchange.asked;
        let mut told = asked.response(StatusCode::OK, None);
        told.headers
            .push(HeaderName::Contact, &self.leg(exchange.from).contact);
        add(&mut told.headers, &crossing.headers);
        told.set_body("application/sdp", description.sdp);
        if asked.request.method == Method::Invite {
            self.accept(context, exchange.from, asked, told);
        } else {
            asked.respond(context, told);
        }
    }

    /// The other leg refused: the session stands as before.
    pub(crate) fn reinvite_refused(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        told: StatusCode,
        headers: &Headers,
    ) {
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        context.door.withdraw(context.now, self.session());
        let mut response = exchange.asked.response(told, None);
        add(&mut response.headers, headers);
        exchange.asked.respond(context, response);
        // RFC 3261 §12.2.1.2: the other end knows nothing of the dialog, or nobody is there.
        if matches!(told.code(), 408 | 481) {
            self.end(context, Ending::new(told.code(), "peer gone"));
        }
    }

    /// The other leg said nothing.
    pub(crate) fn reinvite_failed(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        side: Side,
        failure: Failure,
    ) {
        let Some(exchange) = self.take_exchange(id) else {
            return;
        };
        context.door.withdraw(context.now, self.session());
        if self.leg(side).lost {
            // Its connection broke: the grace time runs, and it may come back to the session it had.
            exchange.asked.refuse(context, 480);
            return;
        }
        exchange.asked.refuse(context, failure.status.code());
        self.end(context, Ending::new(408, failure.why));
    }

    fn take_exchange(&mut self, id: RequestId) -> Option<Exchange> {
        self.exchange.take_if(|exchange| exchange.request == id)
    }
}
