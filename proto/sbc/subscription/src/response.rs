//! Responses to our requests, sorted by what the request was for.

use crate::subscription::Kind;
use crate::{Context, Crossing, Failure, RequestId, Subscription};
use sip_message::{Headers, Response, StatusCode};

impl Subscription {
    /// A response to a request of ours. `told` is what policy makes of its status for the other leg.
    pub fn response(
        &mut self,
        context: &mut Context<'_>,
        id: RequestId,
        response: &Response,
        told: StatusCode,
        crossing: &Crossing,
    ) {
        if !response.status.is_final() {
            return;
        }
        let Some(sent) = self.sent.get_mut(&id) else {
            return;
        };
        sent.answered = true;
        match &sent.kind {
            Kind::Subscribe if response.status.is_success() => {
                self.accepted(context, response, &crossing.headers);
            }
            Kind::Subscribe => self.refused(context, told, &crossing.headers),
            Kind::Refresh { .. } => {
                self.refreshed(context, id, response, told, &crossing.headers);
            }
            Kind::Notify { .. } => self.notify_answered(context, id, told, &crossing.headers),
            Kind::Farewell => {}
        }
    }

    /// No final response will come.
    pub fn failed(&mut self, context: &mut Context<'_>, id: RequestId, failure: Failure) {
        let Some(sent) = self.sent.get_mut(&id) else {
            return;
        };
        sent.answered = true;
        match &sent.kind {
            Kind::Subscribe => {
                let mut headers = Headers::new();
                if let Some(seconds) = failure.retry_after {
                    headers.push(sip_message::HeaderName::RetryAfter, seconds);
                }
                self.refused(context, failure.status, &headers);
            }
            Kind::Refresh { .. } => self.refresh_failed(context, id, failure),
            Kind::Notify { .. } => self.notify_failed(context, id),
            Kind::Farewell => {}
        }
    }

    /// The transaction of a request of ours is gone.
    pub fn request_ended(&mut self, id: RequestId) {
        self.sent.remove(&id);
    }
}
