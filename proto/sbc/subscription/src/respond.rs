use crate::{Action, Asked, Context};
use sip_message::{HeaderName, Headers, Response, StatusCode};

impl Asked {
    /// A response to this request, with our To tag where the request has none.
    pub(crate) fn response(&self, status: StatusCode, tag: Option<&str>) -> Response {
        let mut response = self.request.response(status);
        if let (Some(tag), Ok(to)) = (tag, response.headers.to())
            && to.tag().is_none()
        {
            response.headers.set(HeaderName::To, to.with_tag(tag));
        }
        response
    }

    /// Answers with nothing but a status.
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
    for header in headers.iter() {
        to.push_copy(header);
    }
}
