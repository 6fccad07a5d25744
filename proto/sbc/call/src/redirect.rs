//! A 3xx (RFC 3261 §8.1.3.4, §16.5): where else the callee might be.

use crate::branch::Standing;
use crate::outcome::Outcome;
use crate::{Action, Call, Context, Group, Redirect};
use control_command::LegId;
use sip_message::{NameAddr, Response};

impl Call {
    /// Whether the composer was asked where this leads: policy follows, and there is a URI that was not tried.
    pub(crate) fn follows(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        response: &Response,
    ) -> bool {
        let Redirect::Follow { max } = self.calling.redirect else {
            return false;
        };
        let mut contacts: Vec<NameAddr> = Vec::new();
        for contact in response.headers.contacts().unwrap_or_default() {
            if self.calling.followed >= max || self.calling.was_tried(&contact.uri) {
                continue;
            }
            self.calling.followed = self.calling.followed.saturating_add(1);
            self.calling.tried.push(contact.uri.clone());
            contacts.push(contact);
        }
        if contacts.is_empty() {
            return false;
        }
        contacts.sort_by_key(|contact| std::cmp::Reverse(preference(contact)));
        if let Some(branch) = self.calling.branch_mut(leg) {
            branch.standing = Standing::Redirected;
        }
        context.actions.push(Action::Redirected { leg, contacts });
        true
    }

    /// The composer's answer to [`Action::Redirected`]: the first has its turn at once, the others before all that waits.
    /// Without a destination the branch counts as refused.
    pub fn add_destinations(&mut self, context: &mut Context<'_>, leg: LegId, groups: Vec<Group>) {
        let is_redirected = self
            .calling
            .branch(leg)
            .is_some_and(|branch| branch.standing == Standing::Redirected);
        if !self.is_early() || !is_redirected {
            return;
        }
        let mut others = self.calling.branches.iter();
        let is_alone =
            others.all(|branch| branch.leg.end.leg == leg || branch.standing == Standing::Out);
        let mut groups = groups.into_iter();
        if let Some(first) = groups.next() {
            // Where others ring, it rings along with them, for as long as they may.
            if is_alone {
                self.calling.group_until = first.time.map(|time| context.now + time);
                self.calling.advance_on = first.advance_on;
            }
            for destination in first.destinations {
                self.begin(context, destination);
            }
        }
        for group in groups.rev() {
            self.calling.waiting.push_front(group);
        }
        self.out(context, leg, Outcome::nowhere());
    }
}

/// The q value (RFC 3261 §20.10) in thousandths; without one, 1.
fn preference(contact: &NameAddr) -> u16 {
    let Some(q) = contact.params.value("q") else {
        return 1000;
    };
    let mut digits = q.bytes().filter(u8::is_ascii_digit);
    let mut thousandths = 0_u16;
    for _ in 0..4 {
        let digit = digits.next().map_or(0, |digit| u16::from(digit - b'0'));
        thousandths = thousandths.saturating_mul(10).saturating_add(digit);
    }
    thousandths.min(1000)
}
