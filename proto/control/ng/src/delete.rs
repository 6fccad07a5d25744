use crate::Value;
use crate::front::{Front, Outcome};
use crate::reply;
use crate::request::Request;
use control_command::Door;
use proto_base::Time;
use std::time::Duration;

impl Front {
    /// The end of a call, or of one branch of it.
    pub(crate) fn delete(&mut self, now: Time, door: &mut impl Door, request: &Request) -> Outcome {
        let options = &request.options;
        let missing = || {
            let words = "Call-ID not found or tags didn't match";
            Outcome::Reply(if options.fatal {
                reply::error(words)
            } else {
                reply::ok([("warning", Value::text(words))])
            })
        };
        let Some(call) = self.calls.get_mut(&request.call) else {
            return missing();
        };
        let by_tag = |tag: &Option<String>| {
            let tag = tag.as_deref()?;
            Some(call.tagged(tag).map(|party| party.leg))
        };
        let from = by_tag(&request.from_tag);
        if from == Some(None) {
            return missing();
        }
        // A branch, or somebody who answered and lost, of several: the others go on.
        let branch = request.via_branch.as_deref();
        let on_branch = call
            .parties
            .iter()
            .find(|party| branch.is_some() && party.branch.as_deref() == branch)
            .map(|party| party.leg);
        let one = on_branch.or(by_tag(&request.to_tag).flatten());
        let one = one.filter(|leg| Some(Some(*leg)) != from);
        if let Some(leg) = one
            && call.parties.len() > 2
        {
            let session = call.session;
            call.leave(leg);
            door.release(now, session, leg);
            return Outcome::Reply(reply::ok([]));
        }
        if options.delete_delay > Duration::ZERO {
            let at = now + options.delete_delay;
            let call = call.clone();
            self.calls.end_at(&request.call, Some(at));
            return if options.fast {
                Outcome::Reply(reply::ok([]))
            } else {
                Outcome::Statistics(call)
            };
        }
        if options.fast {
            self.end(now, door, &request.call);
            return Outcome::Reply(reply::ok([]));
        }
        // The counters are asked for first, and then the session is ended: see `Front::count`.
        match self.calls.close(&request.call) {
            Some(call) => Outcome::Statistics(call),
            None => missing(),
        }
    }
}
