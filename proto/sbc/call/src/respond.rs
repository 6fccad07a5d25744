use crate::{Action, Asked, Context};
use sip_message::{HeaderName, Headers, Response, StatusCode};

impl Asked {
    /// A response to this request, with our To tag where the request has none.
    pub(crate) fn response(&self, status: StatusCode, tag: Option<&str>) -> Response {
        let mut response = self.request.response(status);
        if let Some(tag) = tag
            && response.headers.to_tag().is_none()
        {
            response.headers.tag_to(tag);
        }
        response
    }

    /// One that makes a dialog: proxies on the way stay on its route (RFC 3261 §12.1.1).
    pub(crate) fn dialog_response(&self, status: StatusCode, tag: &str) -> Response {
        let mut response = self.response(status, Some(tag));
        for header in self.request.headers.iter() {
            if header.name == HeaderName::RecordRoute {
                response.headers.push_copy(header);
            }
        }
        response
    }

    /// Answers with nothing but a status; the request is inside a dialog and so has its To tag.
    pub(crate) fn refuse(&self, context: &mut Context<'_>, code: u16) {
        let response = self.response(StatusCode::of(code), None);
        self.respond(context, response);
    }

    /// The same, to be tried again after some seconds.
    pub(crate) fn refuse_for_now(&self, context: &mut Context<'_>, code: u16, seconds: u32) {
        let mut response = self.response(StatusCode::of(code), None);
        response.headers.push(HeaderName::RetryAfter, seconds);
        self.respond(context, response);
    }

    pub(crate) fn respond(&self, context: &mut Context<'_>, response: Response) {
        context.actions.push(Action::Respond {
            ask: self.id,
            response,
        });
    }
}

pub(crate) fn add(to: &mut Headers, headers: &Headers) {
    to.push_copies(headers);
}
