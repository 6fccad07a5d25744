//! NOTIFY (RFC 6665 §4.2.2): passed on to the subscriber, and answered with its answer.

use crate::respond::add;
use crate::state::{SubscriptionState, is_same_event};
use crate::subscription::{Kind, Sent};
use crate::{Action, Asked, Context, Crossing, RequestId, Side, Subscription};
use proto_base::Flow;
use sip_message::{HeaderName, Headers, Method, StatusCode};

/// NOTIFYs passed on and not answered. A notifier sends one after the other; some send the next at once when the state changed
/// meanwhile.
const MAX_WAITING: usize = 4;
/// Seconds. A notifier that is told so keeps the subscription and tells again (RFC 6665 §4.2.2).
const RETRY_AFTER: u32 = 5;

impl Subscription {
    pub(crate) fn notify(
        &mut self,
        context: &mut Context<'_>,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        if !self.is_live() {
            asked.refuse(context, 481);
            return;
        }
        let headers = &asked.request.headers;
        let Some(state) = SubscriptionState::read(headers) else {
            asked.refuse(context, 400);
            return;
        };
        let event = headers.get(&HeaderName::Event);
        if !event.is_some_and(|event| is_same_event(event, &self.event)) {
            asked.refuse(context, 489);
            return;
        }
        let body = std::mem::take(&mut asked.request.body);
        if !body.is_empty() && !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let content_type = asked
            .request
            .headers
            .get(&HeaderName::ContentType)
            .map(str::to_owned);
        if let Some(dialog) = &mut self.notifier.dialog {
            dialog.refresh(&asked.request.headers);
        }
        // It came before the 2xx, or in its place: the subscriber hears them in the usual order.
        self.grant(context, state.expires, &Headers::new());
        if let Some(seconds) = state.expires
            && !state.is_terminated
        {
            self.expire_after(context, seconds);
        }
        if self.subscriber.lost && !state.is_terminated {
            asked.refuse_for_now(context, 480, RETRY_AFTER);
            return;
        }
        let waiting = self
            .sent
            .values()
            .filter(|sent| matches!(&sent.kind, Kind::Notify { asked: Some(_), .. }));
        if waiting.count() >= MAX_WAITING {
            asked.refuse_for_now(context, 500, RETRY_AFTER);
            return;
        }
        let contact = self.subscriber.contact.clone();
        let dialog = match &mut self.subscriber.dialog {
            Some(dialog) if !self.subscriber.lost => dialog,
            _ => {
                // The last word, to somebody who is not there: if he comes back in time, he is told in our own name.
                asked.refuse(context, 200);
                self.notifier.over = true;
                self.expire_after(context, 0);
                return;
            }
        };
        let mut request = dialog.request(Method::Notify);
        let hop = Some(dialog.next_hop().clone());
        request.headers.push(HeaderName::Contact, contact);
        add(&mut request.headers, &crossing.headers);
        if let Some(content_type) = content_type
            && !body.is_empty()
        {
            request.set_body(&content_type, body);
        }
        if state.is_terminated {
            self.subscriber.over = true;
            self.notifier.over = true;
        }
        let id = self.new_request(
            Side::Subscriber,
            Kind::Notify {
                asked: Some(Box::new(asked)),
                terminates: state.is_terminated,
                flow: self.subscriber.flow,
            },
        );
        context.actions.push(Action::Request {
            id,
            side: Side::Subscriber,
            hop,
            request,
        });
    }

    /// The subscriber's answer.
    pub(crate) fn notify_answered(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        told: StatusCode,
        headers: &Headers,
    ) {
        let Some((asked, terminates, _)) = self.take_notify(id) else {
            return;
        };
        let mut response = asked.response(told, None);
        add(&mut response.headers, headers);
        asked.respond(context, response);
        // RFC 6665 §4.2.2: a refusal without Retry-After ends the subscription, and 481 does so with one.
        let goes_on =
            told.is_success() || (told.code() != 481 && headers.has(&HeaderName::RetryAfter));
        if terminates || !goes_on {
            self.subscriber.over = true;
            self.notifier.over = true;
            self.finish(context);
        }
    }

    /// The subscriber said nothing. A 408 to a non-INVITE comes too late and is forbidden (RFC 4320 §4.1).
    pub(crate) fn notify_failed(&mut self, context: &mut Context<'_>, id: RequestId) {
        let Some((asked, terminates, flow)) = self.take_notify(id) else {
            return;
        };
        // It went to where the subscriber is no more: the notifier may tell again.
        let has_moved = self.subscriber.lost || self.subscriber.flow != flow;
        if has_moved && !terminates {
            asked.refuse_for_now(context, 480, RETRY_AFTER);
            return;
        }
        asked.refuse(context, 480);
        self.subscriber.over = true;
        self.notifier.over = true;
        self.finish(context);
    }

    fn take_notify(&mut self, id: RequestId) -> Option<(Box<Asked>, bool, Flow)> {
        match self.sent.get_mut(&id) {
            Some(Sent {
                kind:
                    Kind::Notify {
                        asked,
                        terminates,
                        flow,
                    },
                ..
            }) => asked.take().map(|asked| (asked, *terminates, *flow)),
            _ => None,
        }
    }
}
