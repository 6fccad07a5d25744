//! A connection is gone, and perhaps comes back.

use crate::call::State;
use crate::end::Ending;
use crate::outcome::Outcome;
use crate::{Call, Context, Party, Side};
use control_command::LegId;
use proto_base::Flow;
use sip_message::{Headers, Text};

impl Call {
    /// A leg's connection closed.
    ///
    /// Before the answer a caller who is gone wants no phone to ring: the call ends. A callee who is gone cannot pick up: the
    /// others may, and without others the server may try elsewhere at once. An answered call waits for the grace time.
    pub fn connection_lost(&mut self, context: &mut Context<'_>, leg: LegId) {
        if let Some(branch) = self.calling.branch_mut(leg) {
            branch.leg.lost = true;
        }
        let side = if leg == self.caller.end.leg {
            Side::Caller
        } else if self.talking(Side::Callee) == Some(leg) {
            Side::Callee
        } else {
            if self.is_target(leg) {
                self.stop_target(context, sip_message::StatusCode::of(480));
                return;
            }
            if let Some(departed) = self.departed.iter_mut().find(|it| it.end.leg == leg) {
                departed.lost = true;
                return;
            }
            self.cancel_branch(context, leg, None);
            self.out(context, leg, Outcome::gone());
            return;
        };
        self.leg_mut(side).lost = true;
        match self.state {
            State::Calling | State::Ringing => {
                self.end(context, Ending::new(480, "connection lost"));
            }
            State::Answered { .. } => {
                let until = context.now + self.grace;
                self.grace_until.get_or_insert(until);
            }
            State::Ended { .. } => {
                if self.leg_mut(side).unacknowledged.take().is_some() {
                    // The goodbye that waited for its ACK.
                    self.hang_up(context, side, &Headers::new());
                }
            }
        }
    }

    /// The connection that an unanswered INVITE came on is gone, and with it the way for its answer: nobody is there to be
    /// told that a phone rings.
    pub fn asker_lost(&mut self, context: &mut Context<'_>, flow: Flow) {
        self.newcomer_leaves(context, |asked| asked.flow == flow);
        if self.invite.as_ref().is_some_and(|asked| asked.flow == flow) {
            self.end(context, Ending::new(480, "connection lost"));
        }
    }

    /// A leg speaks from another place now: it came back, or moved to another network. Its leg of the media session stays
    /// what it was; where it lives is told with its next offer or answer.
    pub fn moved(&mut self, party: &Party) {
        let number = party.end.leg;
        let flow = party.flow;
        let talking = [&mut self.caller, &mut self.callee].into_iter();
        let branches = self.calling.branches.iter_mut();
        for leg in talking.chain(branches.map(|branch| &mut branch.leg)) {
            if leg.end.leg != number {
                continue;
            }
            leg.flow = flow;
            leg.end = party.end;
            leg.contact = Text::of(&party.contact);
            leg.lost = false;
            if let Some(waiting) = &mut leg.unacknowledged {
                waiting.asked.flow = flow;
            }
        }
        if !self.caller.lost && !self.callee.lost {
            self.grace_until = None;
        }
    }
}
