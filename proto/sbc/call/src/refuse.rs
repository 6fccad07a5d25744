//! The callee's side refuses, or says nothing (RFC 3261 §13.2.2.2, §13.2.2.3).

use crate::end::Ending;
use crate::{Call, Context, Crossing, Failure};
use sip_message::StatusCode;

impl Call {
    /// A final refusal of our INVITE. `told` is the status that policy makes of it for the caller.
    pub(crate) fn refused(
        &mut self,
        context: &mut Context<'_>,
        told: StatusCode,
        crossing: Crossing,
    ) {
        self.calling.is_final = true;
        if !self.is_early() {
            return;
        }
        let ending =
            Ending::new(told.code(), format!("refused {}", told.code())).headers(crossing.headers);
        let ending = match told.code() {
            401 | 407 => ending.challenge(),
            _ => ending,
        };
        self.end(context, ending);
    }

    /// Our INVITE found nobody.
    pub(crate) fn unreachable(&mut self, context: &mut Context<'_>, failure: Failure) {
        if self.is_early() {
            self.end(
                context,
                Ending::new(failure.status.code(), failure.why).retry_after(failure.retry_after),
            );
        }
    }
}
