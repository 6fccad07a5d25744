//! The end, the same whatever the cause, and harmless when it comes twice.

use crate::subscription::{Kind, State};
use crate::{Context, Subscription};
use std::time::Duration;

/// An ended subscription is forgotten after this long, whatever has not been answered: a SUBSCRIBE under way may take 32 s, and the
/// farewell that its 2xx brings about 32 s more (RFC 3261 §17.1.2.2).
const LINGER: Duration = Duration::from_secs(70);

impl Subscription {
    /// No end is told anything more.
    pub(crate) fn finish(&mut self, context: &mut Context<'_>) {
        if !self.is_live() {
            return;
        }
        self.state = State::Ended {
            until: context.now + LINGER,
        };
        self.expires = None;
        self.grace_until = None;
        for sent in self.sent.values_mut() {
            match &mut sent.kind {
                Kind::Refresh { asked, .. } | Kind::Notify { asked, .. } => {
                    if let Some(asked) = asked.take() {
                        asked.refuse(context, 481);
                    }
                }
                Kind::Subscribe | Kind::Farewell => {}
            }
        }
    }

    /// We end it: whoever is there and does not know is told.
    pub(crate) fn end(&mut self, context: &mut Context<'_>, reason: &str) {
        if !self.is_live() {
            return;
        }
        if let Some(asked) = self.asked.take() {
            asked.refuse(context, 480);
        }
        self.finish(context);
        self.say_terminated(context, reason);
        self.leave(context);
    }

    /// The border stops. A subscriber that is told `deactivated` subscribes anew, elsewhere (RFC 6665 §4.1.3).
    pub fn shut_down(&mut self, context: &mut Context<'_>) {
        self.end(context, "deactivated");
    }
}
