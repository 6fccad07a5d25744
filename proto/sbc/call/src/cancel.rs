use crate::end::Ending;
use crate::reinvite::Exchange;
use crate::{Action, AskId, Call, Context};

impl Call {
    /// A CANCEL hit this server transaction; the CANCEL itself is answered.
    ///
    /// The call's INVITE ends at once. Of a re-INVITE the other leg is asked to let go, and what it says decides: it may
    /// have accepted already, and then both sides must have the new session.
    /// `reason` is what policy lets through of its Reason: a phone shows no missed call that was taken elsewhere.
    pub fn cancel(&mut self, context: &mut Context<'_>, ask: AskId, reason: Option<String>) {
        if self.invite.as_ref().is_some_and(|asked| asked.id == ask) {
            self.end(context, Ending::new(487, "caller").reason(reason));
        } else if self.newcomer_leaves(context, |asked| asked.id == ask) {
        } else if let Some(Exchange::Relayed(relayed)) = &self.exchange
            && relayed.asked.id == ask
        {
            let id = relayed.request;
            context.actions.push(Action::Cancel { id, reason });
        }
    }
}
