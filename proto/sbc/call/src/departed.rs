//! Legs that were transferred away: their places are taken, their dialogs end.

use crate::call::Kind;
use crate::leg::Leg;
use crate::{Action, Asked, Call, Context, Side};
use control_command::LegId;
use sip_message::Method;

impl Call {
    /// A leg gives its place to another. Media lets it go.
    pub(crate) fn replace_leg(&mut self, context: &mut Context<'_>, side: Side, leg: Leg) {
        let old = std::mem::replace(self.leg_mut(side), leg);
        let number = old.end.leg;
        self.departed.push(old);
        context.door.release(context.now, self.session(), number);
        if !self.caller.lost && !self.callee.lost {
            self.grace_until = None;
        }
    }

    /// BYE to a leg that has left, once.
    pub(crate) fn dismiss(&mut self, context: &mut Context<'_>, number: LegId) {
        let departed = self.departed.iter_mut().find(|leg| leg.end.leg == number);
        let Some(leg) = departed else {
            return;
        };
        let is_gone = leg.over;
        leg.over = true;
        let Some(dialog) = leg.confirmed().filter(|_| !is_gone) else {
            return;
        };
        let request = dialog.request(Method::Bye);
        let hop = Some(dialog.next_hop().clone());
        let id = self.new_request_on(number, Kind::Bye { asked: None });
        context.actions.push(Action::Request {
            id,
            leg: number,
            hop,
            request,
        });
    }

    /// All that have left.
    pub(crate) fn dismiss_all(&mut self, context: &mut Context<'_>) {
        let numbers: Vec<LegId> = self.departed.iter().map(|leg| leg.end.leg).collect();
        for number in numbers {
            self.dismiss(context, number);
        }
    }

    /// A request of a leg that has left: only its goodbye means anything. Gives it back if it is of another leg.
    pub(crate) fn of_departed(
        &mut self,
        context: &mut Context<'_>,
        number: LegId,
        asked: Asked,
    ) -> Option<Asked> {
        let mut departed = self.departed.iter_mut();
        let Some(leg) = departed.find(|leg| leg.end.leg == number) else {
            return Some(asked);
        };
        let headers = &asked.request.headers;
        let dialog = leg.dialog.as_mut().filter(|dialog| dialog.matches(headers));
        match dialog.map(|dialog| dialog.receive(&asked.request)) {
            None => asked.refuse(context, 481),
            Some(Err(_)) => asked.refuse(context, 500),
            Some(Ok(())) if asked.request.method == Method::Bye => {
                leg.over = true;
                asked.refuse(context, 200);
            }
            Some(Ok(())) => asked.refuse(context, 481),
        }
        None
    }

    /// A leg by its number, talking or gone.
    pub(crate) fn leg_by_number(&mut self, number: LegId) -> Option<&mut Leg> {
        [&mut self.caller, &mut self.callee]
            .into_iter()
            .chain(self.departed.iter_mut())
            .find(|leg| leg.end.leg == number && leg.dialog.is_some())
    }
}
