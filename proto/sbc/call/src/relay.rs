//! INFO and MESSAGE inside the call: passed to the other leg, and its answer back.

use crate::call::{Kind, Sent};
use crate::end::Ending;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, RequestId, Side};
use sip_message::{HeaderName, Headers, StatusCode};

/// Requests of one call passed on and not answered. Digits are sent one by one, each after the answer to the last, or in short
/// bursts.
const MAX_RELAYS: usize = 16;
const RETRY_AFTER: u32 = 1;

impl Call {
    pub(crate) fn relay(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        let other = side.other();
        if !self.is_answered() {
            asked.refuse(context, 480);
            return;
        }
        let body = std::mem::take(&mut asked.request.body);
        if !body.is_empty() && !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let waiting = self.sent.values().filter(
            |sent| matches!(&sent.kind, Kind::Relay { asked: Some(_) } if sent.side == other),
        );
        if waiting.count() >= MAX_RELAYS {
            asked.refuse_for_now(context, 503, RETRY_AFTER);
            return;
        }
        let method = asked.request.method.clone();
        let content_type = asked
            .request
            .headers
            .get(&HeaderName::ContentType)
            .map(str::to_owned);
        let Some(dialog) = self.leg_mut(other).confirmed() else {
            asked.refuse(context, 500);
            return;
        };
        let mut request = dialog.request(method);
        let hop = Some(dialog.next_hop().clone());
        add(&mut request.headers, &crossing.headers);
        if let Some(content_type) = content_type
            && !body.is_empty()
        {
            request.set_body(&content_type, body);
        }
        let id = self.new_request(
            other,
            Kind::Relay {
                asked: Some(Box::new(asked)),
            },
        );
        let leg = self.leg(other).end.leg;
        context.actions.push(Action::Request {
            id,
            leg,
            hop,
            request,
        });
    }

    /// The final answer to a request that was passed on.
    pub(crate) fn relay_answered(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        told: StatusCode,
        headers: &Headers,
    ) {
        let Some(asked) = self.take_relay(id) else {
            return;
        };
        let mut response = asked.response(told, None);
        add(&mut response.headers, headers);
        asked.respond(context, response);
        // RFC 5057: the other end has no such dialog.
        if told.code() == 481 {
            self.end(context, Ending::new(481, "peer gone"));
        }
    }

    /// No answer. A late 408 to a non-INVITE helps nobody and is forbidden (RFC 4320 §4.1); its sender has given up as well.
    pub(crate) fn relay_failed(&mut self, context: &mut Context<'_>, id: RequestId) {
        if let Some(asked) = self.take_relay(id) {
            asked.refuse(context, 480);
        }
    }

    fn take_relay(&mut self, id: RequestId) -> Option<Box<Asked>> {
        match self.sent.get_mut(&id) {
            Some(Sent {
                kind: Kind::Relay { asked },
                ..
            }) => asked.take(),
            _ => None,
        }
    }
}
