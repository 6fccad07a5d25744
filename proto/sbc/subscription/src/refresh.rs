//! The first SUBSCRIBE's answer, and the SUBSCRIBEs after it: to go on, to ask anew, to leave (RFC 6665 §4.1.2).

use crate::respond::add;
use crate::subscription::{Kind, Sent, State};
use crate::{Action, Asked, Context, Crossing, Failure, RequestId, Side, Subscription};
use sip_dialog::Dialog;
use sip_message::{HeaderName, Headers, Method, Response, StatusCode};
use std::time::Duration;

/// Where a notifier grants without saying how long, though it must (RFC 6665 §4.2.1.1): what most packages default to.
const DEFAULT_EXPIRES: u32 = 3600;
/// RFC 6665 §4.1.2.4, Timer N: the NOTIFY that follows a SUBSCRIBE comes within 64·T1, and so does the one that tells of the
/// end.
const TIMER_N: Duration = Duration::from_secs(32);
/// Seconds. One SUBSCRIBE after the other.
const RETRY_AFTER: u32 = 2;

impl Subscription {
    /// The notifier's 2xx.
    pub(crate) fn accepted(
        &mut self,
        context: &mut Context<'_>,
        response: &Response,
        headers: &Headers,
    ) {
        if self.notifier.dialog.is_none() {
            match Dialog::uac(&self.subscribe, response) {
                Ok(dialog) => self.notifier.dialog = Some(dialog),
                Err(_) => return self.refused(context, StatusCode::of(502), &Headers::new()),
            }
        }
        if !self.is_live() {
            // Whoever asked is gone.
            self.leave(context);
            return;
        }
        let granted = response.headers.expires().ok().flatten();
        self.grant(context, granted, headers);
    }

    /// Answers the subscriber's SUBSCRIBE, if it still waits.
    pub(crate) fn grant(
        &mut self,
        context: &mut Context<'_>,
        granted: Option<u32>,
        headers: &Headers,
    ) {
        let (Some(asked), Some(dialog)) = (self.asked.take(), &mut self.subscriber.dialog) else {
            return;
        };
        self.state = State::Active;
        dialog.confirm();
        let wanted = asked.request.headers.expires().ok().flatten();
        let granted = granted.or(wanted).unwrap_or(DEFAULT_EXPIRES);
        let mut response = asked.response(StatusCode::OK, Some(dialog.local_tag()));
        for route in asked.request.headers.get_all(&HeaderName::RecordRoute) {
            response.headers.push(HeaderName::RecordRoute, route);
        }
        response
            .headers
            .push(HeaderName::Contact, &self.subscriber.contact);
        add(&mut response.headers, headers);
        response.headers.set(HeaderName::Expires, granted);
        asked.respond(context, response);
        self.expire_after(context, granted);
    }

    pub(crate) fn expire_after(&mut self, context: &Context<'_>, seconds: u32) {
        self.expires = Some(context.now + Duration::from_secs(seconds.into()));
    }

    /// When the end is to be told by us, since the notifier has not.
    pub(crate) fn overdue(&self) -> Option<proto_base::Time> {
        self.expires
            .filter(|_| self.is_live())
            .map(|at| at + TIMER_N)
    }

    /// The notifier's refusal of the first SUBSCRIBE.
    pub(crate) fn refused(
        &mut self,
        context: &mut Context<'_>,
        told: StatusCode,
        headers: &Headers,
    ) {
        // Without one, a NOTIFY had granted it: one fork said yes, and this is what the others said. Or whoever asked is gone.
        if let Some(asked) = self.asked.take() {
            let tag = self.subscriber.dialog.as_ref();
            let tag = tag.map(|dialog| dialog.local_tag());
            let mut response = asked.response(told, tag);
            add(&mut response.headers, headers);
            asked.respond(context, response);
            self.subscriber.over = true;
            self.finish(context);
        }
    }

    pub(crate) fn refresh(
        &mut self,
        context: &mut Context<'_>,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        if !self.is_live() || !self.is_granted() {
            asked.refuse(context, 481);
            return;
        }
        if !asked.request.body.is_empty() && !crossing.body {
            asked.refuse(context, 415);
            return;
        }
        let under_way = self
            .sent
            .values()
            .any(|sent| matches!(&sent.kind, Kind::Refresh { asked: Some(_), .. }));
        if under_way {
            asked.refuse_for_now(context, 500, RETRY_AFTER);
            return;
        }
        if self.notifier.lost {
            asked.refuse_for_now(context, 500, RETRY_AFTER);
            return;
        }
        if let Some(dialog) = &mut self.subscriber.dialog {
            dialog.refresh(&asked.request.headers);
        }
        let contact = self.notifier.contact.clone();
        let Some(dialog) = &mut self.notifier.dialog else {
            asked.refuse(context, 481);
            return;
        };
        let mut request = dialog.request(Method::Subscribe);
        let hop = Some(dialog.next_hop().clone());
        request.headers.push(HeaderName::Contact, contact);
        add(&mut request.headers, &crossing.headers);
        let body = std::mem::take(&mut asked.request.body);
        if let Some(content_type) = asked.request.headers.get(&HeaderName::ContentType)
            && !body.is_empty()
        {
            request.set_body(content_type, body);
        }
        let leaves = asked.request.headers.expires() == Ok(Some(0));
        let id = self.new_request(
            Side::Notifier,
            Kind::Refresh {
                asked: Some(Box::new(asked)),
                leaves,
            },
        );
        context.actions.push(Action::Request {
            id,
            side: Side::Notifier,
            hop,
            request,
        });
    }

    pub(crate) fn refreshed(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        response: &Response,
        told: StatusCode,
        headers: &Headers,
    ) {
        let Some((asked, leaves)) = self.take_refresh(id) else {
            return;
        };
        let mut answer = asked.response(told, None);
        add(&mut answer.headers, headers);
        if told.is_success() {
            if let Some(dialog) = &mut self.notifier.dialog {
                dialog.refresh(&response.headers);
            }
            let wanted = asked.request.headers.expires().ok().flatten();
            let granted = response.headers.expires().ok().flatten();
            let granted = granted.or(wanted).unwrap_or(DEFAULT_EXPIRES);
            answer
                .headers
                .push(HeaderName::Contact, &self.subscriber.contact);
            answer.headers.set(HeaderName::Expires, granted);
            asked.respond(context, answer);
            // Its last NOTIFY may be here already.
            if self.is_live() {
                self.expire_after(context, if leaves { 0 } else { granted });
            }
            return;
        }
        asked.respond(context, answer);
        if ends_the_usage(told) {
            self.subscriber.over = true;
            self.notifier.over = true;
            self.finish(context);
        }
    }

    /// What was granted before runs on (RFC 6665 §4.1.2.2).
    pub(crate) fn refresh_failed(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        failure: Failure,
    ) {
        if let Some((asked, _)) = self.take_refresh(id) {
            let seconds = failure.retry_after.unwrap_or(RETRY_AFTER);
            asked.refuse_for_now(context, 503, seconds);
        }
    }

    fn take_refresh(&mut self, id: RequestId) -> Option<(Box<Asked>, bool)> {
        match self.sent.get_mut(&id) {
            Some(Sent {
                kind: Kind::Refresh { asked, leaves },
                ..
            }) => asked.take().map(|asked| (asked, *leaves)),
            _ => None,
        }
    }

    /// Asks the notifier to tell no more.
    pub(crate) fn leave(&mut self, context: &mut Context<'_>) {
        let leg = &mut self.notifier;
        let Some(dialog) = leg.dialog.as_mut().filter(|_| !leg.over && !leg.lost) else {
            return;
        };
        leg.over = true;
        let mut request = dialog.request(Method::Subscribe);
        let hop = Some(dialog.next_hop().clone());
        request.headers.push(HeaderName::Contact, &leg.contact);
        request.headers.push(HeaderName::Event, &self.event);
        request.headers.push(HeaderName::Expires, 0);
        let id = self.new_request(Side::Notifier, Kind::Farewell);
        context.actions.push(Action::Request {
            id,
            side: Side::Notifier,
            hop,
            request,
        });
    }

    /// A terminated state in our own name.
    pub(crate) fn say_terminated(&mut self, context: &mut Context<'_>, reason: &str) {
        let is_granted = self.is_granted();
        let leg = &mut self.subscriber;
        let speakable = is_granted && !leg.over && !leg.lost;
        let Some(dialog) = leg.dialog.as_mut().filter(|_| speakable) else {
            return;
        };
        leg.over = true;
        let mut request = dialog.request(Method::Notify);
        let hop = Some(dialog.next_hop().clone());
        request.headers.push(HeaderName::Contact, &leg.contact);
        request.headers.push(HeaderName::Event, &self.event);
        let state = format!("terminated;reason={reason}");
        request.headers.push(HeaderName::SubscriptionState, state);
        let id = self.new_request(Side::Subscriber, Kind::Farewell);
        context.actions.push(Action::Request {
            id,
            side: Side::Subscriber,
            hop,
            request,
        });
    }
}

/// What refusals of a refresh tell us that nothing is left to refresh (RFC 5057 §5.1, RFC 6665 §4.1.2.2).
fn ends_the_usage(status: StatusCode) -> bool {
    matches!(
        status.code(),
        404 | 405 | 410 | 416 | 480..=485 | 489 | 501 | 604
    )
}
