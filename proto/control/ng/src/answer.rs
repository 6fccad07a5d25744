use crate::Value;
use crate::front::Front;
use crate::reply;
use crate::request::Request;
use control_command::{Answer, Door, LegId, Refusal};
use proto_base::Time;

impl Front {
    /// An answer, to be worded for whoever offered. `from-tag` is the offerer's, `to-tag` the answerer's.
    pub(crate) fn answer(&mut self, now: Time, door: &mut impl Door, request: &Request) -> Value {
        let Some(sdp) = &request.sdp else {
            return reply::error("No SDP body in message");
        };
        let Some(from_tag) = &request.from_tag else {
            return reply::error("No from-tag in message");
        };
        let Some(to_tag) = &request.to_tag else {
            return reply::error("No to-tag in message");
        };
        let Some(call) = self.calls.get_mut(&request.call) else {
            return reply::error("Unknown call-id");
        };
        call.signalled = now;
        let Some(offerer) = call.tagged(from_tag).map(|party| party.leg) else {
            return reply::error("Invalid dialogue association");
        };
        let offered = call.offered.as_ref().filter(|it| it.by == offerer);
        let to: Vec<LegId> = offered.map(|it| it.to.clone()).unwrap_or_default();
        // By the tag if it is known; otherwise it is the one on the branch, or the last that was asked and is still nameless.
        let named = call.tagged(to_tag).map(|party| party.leg);
        let branch = request.via_branch.as_deref();
        let mut nameless = call
            .parties
            .iter()
            .filter(|it| it.tag.is_none() && to.contains(&it.leg));
        let on_branch = nameless
            .clone()
            .find(|it| branch.is_some() && it.branch.as_deref() == branch);
        let answerer = named
            .or(on_branch.map(|it| it.leg))
            .or_else(|| nameless.next_back().map(|it| it.leg));
        let Some(answerer) = answerer.filter(|it| *it != offerer) else {
            return reply::error("Invalid dialogue association");
        };
        let answer = Answer {
            session: call.session,
            from: answerer,
            sdp: sdp.clone(),
            provisional: request
                .options
                .sip_code
                .is_some_and(|code| (100..200).contains(&code)),
        };
        let session = call.session;
        let body = match door.answer(now, answer) {
            Ok(answered) => answered.description.sdp,
            // Its offer was a refresh, settled when it was made: the offerer's answer stands.
            Err(Refusal::Unknown) if to.contains(&answerer) => match door.told(session, offerer) {
                Some(body) => body,
                None => return reply::refusal(Refusal::Unknown),
            },
            Err(refusal) => return reply::refusal(refusal),
        };
        if let Some(party) = call.party_mut(answerer) {
            party.tag = Some(to_tag.clone());
            party.with = Some(offerer);
            party.label = request.options.label.clone().or(party.label.take());
        }
        if let Some(party) = call.party_mut(offerer) {
            party.with = Some(answerer);
        }
        reply::ok([("sdp", Value::Text(body))])
    }
}
