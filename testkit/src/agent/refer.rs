use super::{CallState, Purpose, Seen, UserAgent};
use proto_base::Time;
use sip_message::{HeaderName, Method, Replaces, Request};
use sip_transaction::ServerKey;

impl UserAgent {
    /// Asks the other end, within the call, to talk with `user` (RFC 3515); with `replaces`, in the place of that dialog (RFC 3891).
    pub fn refers(&mut self, now: Time, user: &str, replaces: Option<&str>) {
        let contact = self.habitat.contact(&self.registration.contact_user);
        let target = format!("sip:{user}@{}", self.account.domain);
        let Some((flow, mut request)) = self.in_dialog(Method::Refer, None) else {
            return;
        };
        let to = match replaces {
            Some(replaces) => format!("<{target}?Replaces={replaces}>"),
            None => format!("<{target}>"),
        };
        request.headers.push(HeaderName::ReferTo, to);
        request
            .headers
            .push(HeaderName::Contact, format!("<{contact}>"));
        self.send_request(now, flow, Purpose::Other, request);
        self.drain(now);
    }

    /// How its call is named to the other end of it, escaped for a URI (RFC 3261 §19.1.1).
    pub fn names_its_call(&self) -> Option<String> {
        let call = self.call.as_ref()?;
        let (to, from) = (call.remote_tag.as_ref()?, &call.local_tag);
        let id = call.call_id.replace('@', "%40");
        Some(format!("{id}%3Bto-tag%3D{to}%3Bfrom-tag%3D{from}"))
    }

    /// A NOTIFY of a REFER of ours.
    pub(super) fn notified(&mut self, now: Time, key: &ServerKey, request: &Request) {
        let fine = self.response(request, 200);
        self.transactions.respond(now, key, fine);
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let status = text
            .strip_prefix("SIP/2.0 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|status| status.parse().ok());
        match status {
            Some(status) => self.seen.push(Seen::Notified(status)),
            None => self.complain(format!("a NOTIFY that says {text:?}")),
        }
    }

    /// An INVITE that puts another call in the place of ours: the old dialog ends, the new one is answered at once. Gives whether it
    /// is one.
    pub(super) fn is_replaced(&mut self, now: Time, request: &Request) -> bool {
        let Some(replaces) = request.headers.get(&HeaderName::Replaces) else {
            return false;
        };
        let ours = replaces.parse::<Replaces>().is_ok_and(|replaces| {
            self.call.as_ref().is_some_and(|call| {
                call.state == CallState::Established
                    && call.call_id == replaces.call_id
                    && call.local_tag == replaces.to_tag
                    && call.remote_tag.as_ref() == Some(&replaces.from_tag)
            })
        });
        if !ours {
            return false;
        }
        if let Some((flow, bye)) = self.in_dialog(Method::Bye, None) {
            self.send_request(now, flow, Purpose::Other, bye);
        }
        self.call = None;
        self.seen.push(Seen::Replaced);
        true
    }
}
