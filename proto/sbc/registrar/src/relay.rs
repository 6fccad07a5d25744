//! The REGISTER on its way to the registrar.

use crate::binding::Push;
use crate::terms::Mode;
use crate::{Pending, Wish};
use sip_message::{CSeq, HeaderName, Headers, Method, NameAddr, Params, Request, Uri};

/// Parameters of a browser's Contact that the registrar should know (RFC 3261 §20.10, RFC 5626 §6).
const CONTACT_PARAMETERS: [&str; 4] = ["+sip.instance", "reg-id", "q", "expires"];
/// Feature tags without a plus sign (RFC 3840 §9), and the methods.
const BASE_FEATURES: [&str; 17] = [
    "audio",
    "automata",
    "class",
    "duplex",
    "data",
    "control",
    "mobility",
    "description",
    "events",
    "priority",
    "methods",
    "schemes",
    "application",
    "video",
    "language",
    "type",
    "text",
];
/// Feature tags that go up at most: a Contact has to fit into a datagram.
const MAX_FEATURES: usize = 16;
/// Bytes of one that goes up.
const MAX_FEATURE: usize = 128;

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
    /// The user of our Contact in this registration, or of our Path.
    pub fn token(&self) -> &str {
        &self.registration.token
    }

    /// The REGISTER for the registrar, all but Via: a registration of ours that says what the browser said.
    pub fn request(&self, upward: Upward<'_>) -> Request {
        let from = &upward.request.headers;
        let mut request = Request::new(Method::Register, upward.request.uri.clone());
        let headers = &mut request.headers;
        headers.push(HeaderName::MaxForwards, upward.max_forwards);
        if let Ok(caller) = from.from() {
            let caller = NameAddr {
                params: Params::default(),
                ..caller
            };
            headers.push(
                HeaderName::From,
                caller.with_tag(&self.registration.from_tag),
            );
        }
        if let Ok(to) = from.to() {
            let to = NameAddr {
                params: Params::default(),
                ..to
            };
            headers.push(HeaderName::To, to);
        }
        headers.push(HeaderName::CallId, &self.registration.call_id);
        headers.push(
            HeaderName::CSeq,
            CSeq {
                number: self.registration.cseq,
                method: Method::Register,
            },
        );
        match &self.claim.wish {
            Wish::Query => {}
            Wish::UnbindAll => headers.push(HeaderName::Contact, "*"),
            Wish::Bind { contact, .. } | Wish::Unbind { contact, .. } => {
                headers.push(HeaderName::Contact, self.contact(&upward.contact, contact));
                if self.path {
                    headers.push(HeaderName::Path, self.path(upward.contact));
                }
                if let Some(supported) = self.supported() {
                    headers.push(HeaderName::Supported, supported);
                }
            }
        }
        let expires = match self.asked_upward {
            Some(seconds) => Some(seconds),
            None => from.expires().ok().flatten(),
        };
        if let Some(expires) = expires {
            headers.push(HeaderName::Expires, expires);
        }
        for header in upward.carried.iter() {
            headers.push_copy(header);
        }
        request
    }

    fn contact(&self, ours: &Uri, theirs: &NameAddr) -> NameAddr {
        let mut contact = if self.path {
            let mut uri = theirs.uri.clone();
            if !self.show_push {
                for name in Push::PARAMETERS {
                    uri.params.remove(name);
                }
            }
            NameAddr::new(uri)
        } else {
            let mut uri = ours.clone();
            uri.user = Some(self.registration.token.clone());
            NameAddr::new(uri)
        };
        // A Contact that stands for many has nothing of one of them.
        if self.mode != Mode::AddressOfRecord {
            for name in CONTACT_PARAMETERS {
                let value = match theirs.params.get(name) {
                    Some(_) if name == "reg-id" && self.registration.plain => None,
                    // All flows of the instance are one to the registrar (RFC 5626 §4.2).
                    Some(_) if name == "reg-id" && self.mode == Mode::Contact && !self.path => {
                        Some(Some("1"))
                    }
                    value => value,
                };
                if let Some(value) = value {
                    contact.params.set(name, value);
                }
            }
            if self.features {
                carry_features(&theirs.params, &mut contact.params);
            }
        }
        if let Some(seconds) = self.asked_upward {
            contact.params.set("expires", Some(&seconds.to_string()));
        } else if self.mode == Mode::AddressOfRecord
            && let Some(value) = theirs.params.get("expires")
        {
            contact.params.set("expires", value);
        }
        contact
    }

    /// RFC 3327 §5.1, RFC 5626 §5.1: requests to the browser come by here, on the flow that the token stands for.
    fn path(&self, mut ours: Uri) -> NameAddr {
        ours.user = Some(self.registration.token.clone());
        ours.params.set("lr", None);
        if self.is_outbound() {
            ours.params.set("ob", None);
        }
        NameAddr::new(ours)
    }

    fn supported(&self) -> Option<String> {
        let mut tags = Vec::new();
        if self.path {
            tags.push("path");
        }
        if self.is_outbound() {
            tags.push("outbound");
        }
        if self.claim.supports.gruu && self.mode != Mode::AddressOfRecord {
            tags.push("gruu");
        }
        (!tags.is_empty()).then(|| tags.join(", "))
    }

    /// Whether the registrar is to choose among the browser's flows by itself.
    fn is_outbound(&self) -> bool {
        self.path && self.claim.supports.outbound && !self.registration.plain
    }
}

fn carry_features(from: &Params, to: &mut Params) {
    let is_feature = |name: &str| {
        name.starts_with('+')
            || BASE_FEATURES
                .iter()
                .any(|base| base.eq_ignore_ascii_case(name))
    };
    // What names the browser's push service, or asks for it, is between it and us.
    let is_ours = |name: &str| name.to_ascii_lowercase().starts_with("+sip.pns");
    let tags = from
        .iter()
        .filter(|(name, _)| is_feature(name) && !is_ours(name) && !to_has(name))
        .filter(|(name, value)| {
            let length = name.len().saturating_add(value.map_or(0, str::len));
            length <= MAX_FEATURE
        });
    for (name, value) in tags.take(MAX_FEATURES) {
        to.set(name, value);
    }
}

/// What goes up in any case.
fn to_has(name: &str) -> bool {
    CONTACT_PARAMETERS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
