//! UPDATE (RFC 3311): with an offer it is a re-INVITE that wants its answer at once, without one a sign of life or a new
//! target.

use crate::reinvite::RETRY_AFTER;
use crate::{Asked, Call, Context, Crossing, Side};
use sip_message::Headers;

impl Call {
    pub(crate) fn update(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        mut asked: Asked,
        crossing: Crossing,
    ) {
        // Who sends it, knows it.
        self.leg_mut(side).terms.allows_update = true;
        if asked.request.body.is_empty() {
            if self.bears(context, side, &asked) {
                self.consent(context, side, asked, None, &Headers::new());
            }
        } else if self.is_answered() {
            self.reinvite(context, side, asked, crossing);
        } else {
            let sdp = std::mem::take(&mut asked.request.body);
            self.early_offer(context, side, asked, sdp);
        }
    }

    /// An offer before the call is answered. There is no telling it to the other side, which may not have agreed on anything yet.
    pub(crate) fn early_offer(
        &mut self,
        context: &mut Context<'_>,
        _side: Side,
        asked: Asked,
        _sdp: Vec<u8>,
    ) {
        asked.refuse_for_now(context, 500, RETRY_AFTER);
    }
}
