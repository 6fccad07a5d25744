//! A leg's connection is gone, and comes back or does not.

use crate::{Context, Side, Subscription};
use proto_base::Flow;
use sip_message::NameAddr;

impl Subscription {
    /// The connection a leg was on is gone. It may come back within the grace time.
    pub fn connection_lost(&mut self, context: &mut Context<'_>, side: Side) {
        if !self.is_live() {
            return;
        }
        self.leg_mut(side).lost = true;
        let until = context.now + self.grace;
        self.grace_until.get_or_insert(until);
    }

    /// A leg speaks from another place now.
    pub fn moved(&mut self, side: Side, flow: Flow, contact: &NameAddr) {
        let leg = self.leg_mut(side);
        leg.flow = flow;
        leg.contact = contact.to_string();
        leg.lost = false;
        if !self.subscriber.lost && !self.notifier.lost {
            self.grace_until = None;
        }
    }
}
