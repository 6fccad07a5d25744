use crate::end::Ending;
use crate::{Call, Context};
use control_command::Refusal;
use sip_message::StatusCode;

/// The one table from what media refuses to what a peer is told.
pub fn status_of(refusal: Refusal) -> StatusCode {
    StatusCode::of(match refusal {
        Refusal::Malformed => 400,
        Refusal::NotAcceptable => 488,
        Refusal::Pending => 491,
        Refusal::Unknown => 500,
        Refusal::Exhausted => 503,
    })
}

impl Call {
    /// Media cannot go on: both legs end. `why` is for the record.
    pub fn media_failed(&mut self, context: &mut Context<'_>, why: &str) {
        self.end(context, Ending::new(500, why));
    }

    /// The border stops: both legs end.
    pub fn shut_down(&mut self, context: &mut Context<'_>, retry_after: u32) {
        self.end(
            context,
            Ending::new(503, "shutdown").retry_after(Some(retry_after)),
        );
    }
}
