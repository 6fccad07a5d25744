//! The REGISTER on its way to the registrar.

use crate::{Pending, Wish};
use sip_message::{CSeq, HeaderName, Headers, Method, NameAddr, Params, Request, Uri};

/// Parameters of a browser's Contact that the registrar should know (RFC 3261 §20.10, RFC 5626 §6).
const CONTACT_PARAMETERS: [&str; 4] = ["+sip.instance", "reg-id", "q", "expires"];

/// `user@host`, escapes in the user resolved, host in lower case: what a registration proves and a From must match.
pub fn address_of_record(uri: &Uri) -> String {
    uri.address_of_record()
}

/// What the upward REGISTER needs from whoever knows addresses and policy.
#[derive(Clone, Debug)]
pub struct Upward<'a> {
    /// The browser's request.
    pub request: &'a Request,
    /// Our address on the registrar's network, as a URI without user: gets the token.
    pub contact: Uri,
    /// What crosses of the browser's headers: credentials.
    pub carried: Headers,
    /// Already counted down.
    pub max_forwards: u8,
}

impl Pending {
    /// The user of our Contact in this registration.
    pub fn token(&self) -> &str {
        &self.registration.token
    }

    /// The REGISTER for the registrar, all but Via: a registration of ours that says what the browser said.
    pub fn request(&self, upward: Upward<'_>) -> Request {
        let from = &upward.request.headers;
        let mut request = Request::new(Method::Register, upward.request.uri.clone());
        request
            .headers
            .push(HeaderName::MaxForwards, upward.max_forwards);
        if let Ok(caller) = from.from() {
            let caller = NameAddr {
                params: Params::default(),
                ..caller
            };
            request.headers.push(
                HeaderName::From,
                caller.with_tag(&self.registration.from_tag),
            );
        }
        if let Ok(to) = from.to() {
            let to = NameAddr {
                params: Params::default(),
                ..to
            };
            request.headers.push(HeaderName::To, to);
        }
        request
            .headers
            .push(HeaderName::CallId, &self.registration.call_id);
        request.headers.push(
            HeaderName::CSeq,
            CSeq {
                number: self.registration.cseq,
                method: Method::Register,
            },
        );
        match &self.claim.wish {
            Wish::Query => {}
            Wish::UnbindAll => request.headers.push(HeaderName::Contact, "*"),
            Wish::Bind { contact, .. } | Wish::Unbind { contact, .. } => {
                let contact = self.contact(upward.contact, contact);
                request.headers.push(HeaderName::Contact, contact);
            }
        }
        if let Ok(Some(expires)) = from.expires() {
            request.headers.push(HeaderName::Expires, expires);
        }
        for header in upward.carried.iter() {
            request.headers.push(header.name.clone(), &header.value);
        }
        request
    }

    fn contact(&self, mut ours: Uri, theirs: &NameAddr) -> NameAddr {
        ours.user = Some(self.registration.token.clone());
        let mut contact = NameAddr::new(ours);
        for name in CONTACT_PARAMETERS {
            if let Some(value) = theirs.params.get(name) {
                contact.params.set(name, value);
            }
        }
        contact
    }
}
