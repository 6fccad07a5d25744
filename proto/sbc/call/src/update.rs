//! UPDATE (RFC 3311): with an offer it is a re-INVITE that wants its answer at once, without one a sign of life or a new
//! target.

use crate::{Asked, Call, Context, Crossing, Side};
use sip_message::Headers;

impl Call {
    pub(crate) fn update(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: Asked,
        crossing: Crossing,
    ) {
        // Who sends it, knows it.
        let headers = &asked.request.headers;
        self.speaker(side, headers).terms.allows_update = true;
        if asked.request.body.is_empty() {
            if self.bears(context, side, &asked) {
                self.consent(context, side, asked, None, &Headers::new());
            }
        } else if self.is_answered() {
            self.reinvite(context, side, asked, crossing);
        } else {
            self.early_offer(context, side, asked, crossing);
        }
    }
}
