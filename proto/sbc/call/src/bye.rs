//! A leg hangs up.

use crate::call::{Kind, Sent};
use crate::end::Ending;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, RequestId, Side};
use control_command::Dress;
use sip_message::{Headers, Method, StatusCode};

impl Call {
    /// The other leg gets a BYE of its own. The server's is answered at once; a browser's waits for the server's word, which may
    /// be a challenge that only the browser can answer.
    pub(crate) fn bye(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: Crossing,
    ) {
        if self.referrer_leaves(context, side) {
            asked.refuse(context, 200);
            return;
        }
        let leg = self.leg_mut(side);
        leg.over = true;
        leg.unacknowledged = None;
        let before = self.next_request;
        self.end(
            context,
            Ending::new(487, side.word()).goodbye(crossing.headers),
        );
        if self.leg(side).end.dress == Dress::WebRtc && self.next_request != before {
            self.answer_later(RequestId(before), asked);
        } else {
            asked.refuse(context, 200);
        }
    }

    /// A BYE in a call that is over. Two crossed, and both ends get their 200; or a browser says it again, with credentials.
    pub(crate) fn bye_again(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: &Crossing,
    ) {
        let leg = self.leg_mut(side);
        leg.over = true;
        leg.unacknowledged = None;
        let other = side.other();
        let was_challenged = std::mem::take(&mut self.bye_challenged);
        let is_browser = self.leg(side).end.dress == Dress::WebRtc;
        if !is_browser {
            // The server has hung up itself: it need not be asked any more.
            self.answer_all(context, side);
        }
        if !is_browser || !was_challenged {
            asked.refuse(context, 200);
            return;
        }
        let Some(dialog) = self.leg_mut(other).confirmed() else {
            asked.refuse(context, 200);
            return;
        };
        let mut request = dialog.request(Method::Bye);
        let hop = Some(dialog.next_hop().clone());
        add(&mut request.headers, &crossing.headers);
        let asked = Some(Box::new(asked));
        let id = self.new_request(other, Kind::Bye { asked });
        let leg = self.leg(other).end.leg;
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
    }

    fn answer_all(&mut self, context: &mut Context<'_>, of: Side) {
        for sent in self.sent.values_mut().filter(|sent| sent.side == of) {
            if let Kind::Bye { asked } = &mut sent.kind
                && let Some(asked) = asked.take()
            {
                asked.refuse(context, 200);
            }
        }
    }

    fn answer_later(&mut self, id: RequestId, bye: Asked) {
        if let Some(Sent {
            kind: Kind::Bye { asked },
            ..
        }) = self.sent.get_mut(&id)
        {
            *asked = Some(Box::new(bye));
        }
    }

    /// Whatever a BYE is answered with, the dialog is over (RFC 3261 §15.1.1), unless the server asks who says so.
    pub(crate) fn bye_answered(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        told: StatusCode,
        headers: &Headers,
    ) {
        let Some(Sent {
            kind: Kind::Bye { asked },
            ..
        }) = self.sent.get_mut(&id)
        else {
            return;
        };
        let Some(asked) = asked.take() else {
            return;
        };
        if !matches!(told.code(), 401 | 407) {
            asked.refuse(context, 200);
            return;
        }
        self.bye_challenged = true;
        let mut response = asked.response(told, None);
        add(&mut response.headers, headers);
        asked.respond(context, response);
    }
}
