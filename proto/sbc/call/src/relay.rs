//! INFO, MESSAGE, and a REFER that is handed on with its NOTIFYs: passed to the other leg, and its answer back.

use crate::call::{Kind, Sent};
use crate::end::Ending;
use crate::respond::add;
use crate::{Action, Asked, Call, Context, Crossing, RequestId, Side};
use sip_message::{HeaderName, Headers, Method, StatusCode};

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
        let contact = self.leg(other).contact.clone();
        let Some(dialog) = self.leg_mut(other).confirmed() else {
            asked.refuse(context, 500);
            return;
        };
        let mut request = dialog.request(method);
        let hop = Some(dialog.next_hop().clone());
        if is_target_refresh(&request.method) {
            request.headers.push_text(HeaderName::Contact, &contact);
        }
        add(&mut request.headers, &crossing.headers);
        self.match_refer(side, &asked.request, &mut request);
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
        let method = &asked.request.method;
        if is_target_refresh(method)
            && let Some(leg) = self.sent.get(&id).map(|sent| sent.side.other())
        {
            let contact = &self.leg(leg).contact;
            response.headers.push_text(HeaderName::Contact, contact);
        }
        add(&mut response.headers, headers);
        asked.respond(context, response);
        // RFC 5057 §5.1: the other end has no such dialog; to a NOTIFY it only says that it has no such subscription.
        if told.code() == 481 && *method != Method::Notify {
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

/// RFC 3515 §4.1, RFC 6665 §4.4.1: they name a Contact, and so do their 2xx.
fn is_target_refresh(method: &Method) -> bool {
    matches!(method, Method::Refer | Method::Notify)
}
