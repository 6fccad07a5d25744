//! Session-ID (RFC 7989): what the ends of a call call it goes with every message of it, on both sides of the border.

use crate::Border;
use control_command::LegId;
use sbc_policy::SessionId;
use sip_message::{HeaderName, Headers, Response};

impl Border {
    /// Notes what a leg's message says of its session.
    pub(crate) fn hears_session(&mut self, call: u64, leg: LegId, headers: &Headers) {
        if headers.has(&HeaderName::SessionId)
            && let Some(tracked) = self.state.calls.get_mut(&call)
        {
            tracked.session_ids.heard(leg.0, headers);
        }
    }

    /// Names the session in a request of ours to a leg.
    pub(crate) fn speaks_in_session(&mut self, call: u64, leg: LegId, headers: &mut Headers) {
        if let Some(told) = self.session_of(call, leg) {
            headers.set(HeaderName::SessionId, told);
        }
    }

    /// The same in a response, whose Call-ID and To tag say to which leg it goes.
    pub(crate) fn answers_in_session(&mut self, call: u64, response: &mut Response) {
        let tracked = self.state.calls.get(&call);
        if !tracked.is_some_and(|tracked| tracked.session_ids.is_spoken()) {
            return;
        }
        let headers = &mut response.headers;
        let (Ok(call_id), Some(tag)) = (headers.call_id(), headers.to_tag()) else {
            return;
        };
        let name = (call_id.to_owned(), tag.to_owned());
        let leg = self.state.legs.get(&name).copied();
        if let Some((_, leg)) = leg.filter(|(of, _)| *of == call) {
            self.speaks_in_session(call, leg, headers);
        }
    }

    /// For a message to this leg, from whoever it talks with.
    fn session_of(&mut self, call: u64, to: LegId) -> Option<SessionId> {
        let tracked = self.state.calls.get_mut(&call)?;
        if !tracked.session_ids.is_spoken() {
            return None;
        }
        let from = tracked.call.beside(to);
        let side = tracked.call.side(to);
        let speaks = side.is_some_and(|side| tracked.call.talking(side) == Some(to));
        let random = &mut self.state.random;
        for leg in [from, Some(to).filter(|_| speaks)].into_iter().flatten() {
            tracked.session_ids.speak_for(leg.0, random);
        }
        tracked.session_ids.told(to.0, from.map(|leg| leg.0))
    }
}
