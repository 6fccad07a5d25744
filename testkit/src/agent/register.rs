use super::{Account, Habitat, Purpose, Seen, UserAgent};
use proto_base::{Random, Time};
use sip_message::{HeaderName, Method, Request, Response, StatusCode};

/// What a registration repeats each time.
#[derive(Debug)]
pub(super) struct Registration {
    call_id: String,
    tag: String,
    pub(super) contact_user: String,
    instance: String,
    next_seq: u32,
}

impl Registration {
    pub(super) fn new(account: &Account, habitat: &Habitat, random: &mut Random) -> Self {
        let contact_user = match habitat {
            Habitat::Page { .. } => random.token(8).to_lowercase(),
            Habitat::Desk { .. } => account.user.clone(),
        };
        Self {
            call_id: random.token(22),
            tag: random.token(10),
            contact_user,
            instance: format!(
                "\"<urn:uuid:{:08x}-0000-4000-8000-{:012x}>\"",
                random.u32(),
                random.u32()
            ),
            next_seq: 1,
        }
    }
}

impl UserAgent {
    /// Registers, or refreshes; challenges are answered by themselves.
    pub fn register(&mut self, now: Time) {
        self.send_register(now, 600);
    }

    /// Takes the contact back.
    pub fn unregister(&mut self, now: Time) {
        self.send_register(now, 0);
    }

    fn send_register(&mut self, now: Time, expires: u32) {
        let uri = format!("sip:{}", self.account.domain);
        let Ok(uri) = uri.parse() else { return };
        let mut request = Request::new(Method::Register, uri);
        let via = self.habitat.via(&mut self.random);
        request.headers.push(HeaderName::Via, via);
        request.headers.push(HeaderName::MaxForwards, 70);
        request
            .headers
            .push(HeaderName::To, format!("<{}>", self.account.uri()));
        request.headers.push(
            HeaderName::From,
            format!("<{}>;tag={}", self.account.uri(), self.registration.tag),
        );
        request
            .headers
            .push(HeaderName::CallId, &self.registration.call_id);
        request.headers.push(
            HeaderName::CSeq,
            format!("{} REGISTER", self.registration.next_seq),
        );
        self.registration.next_seq += 1;
        let contact = self.habitat.contact(&self.registration.contact_user);
        let instance = match self.habitat {
            Habitat::Page { .. } => {
                format!(";+sip.instance={};reg-id=1", self.registration.instance)
            }
            Habitat::Desk { .. } => String::new(),
        };
        request.headers.push(
            HeaderName::Contact,
            format!("<{contact}>{instance};expires={expires}"),
        );
        request
            .headers
            .push(HeaderName::Supported, "outbound, path, gruu");
        let purpose = if expires == 0 {
            Purpose::Unregister
        } else {
            Purpose::Register
        };
        self.send_request(now, self.habitat.flow(), purpose, request);
    }

    /// A final response to a REGISTER, held against what SIP.js and JsSIP demand of it.
    pub(super) fn registration_answered(
        &mut self,
        now: Time,
        request: &Request,
        response: &Response,
        leaving: bool,
    ) {
        let status = response.status.code();
        if status == 401 || status == 407 {
            let again = self.account.authorize(request, response, &mut self.random);
            let tried = request.headers.has(&HeaderName::Authorization)
                || request.headers.has(&HeaderName::ProxyAuthorization);
            if let (Some(mut again), false) = (again, tried) {
                self.refresh(&mut again);
                self.registration.next_seq = self
                    .registration
                    .next_seq
                    .max(again.headers.cseq().map_or(0, |cseq| cseq.number) + 1);
                let purpose = if leaving {
                    Purpose::Unregister
                } else {
                    Purpose::Register
                };
                self.send_request(now, self.habitat.flow(), purpose, again);
                return;
            }
        }
        if response.status != StatusCode::OK {
            self.seen.push(Seen::RegistrationRefused(status));
            return;
        }
        if leaving {
            self.seen.push(Seen::Unregistered);
            return;
        }
        let contacts = response.headers.contacts().unwrap_or_default();
        let own = contacts.iter().find(|contact| {
            contact.uri.user.as_deref() == Some(self.registration.contact_user.as_str())
        });
        match own {
            None => {
                self.complain("the 200 to REGISTER does not hold our own contact (SIP.js drops it)")
            }
            Some(contact) if contact.params.value("expires").is_none() => {
                self.complain("our contact in the 200 has no expires (SIP.js drops it)");
            }
            Some(contact)
                if contact.uri.to_string()
                    != self.habitat.contact(&self.registration.contact_user) =>
            {
                let shown = contact.uri.to_string();
                self.complain(format!("our contact came back changed: {shown}"));
            }
            Some(_) => self.seen.push(Seen::Registered),
        }
        if matches!(self.habitat, Habitat::Page { .. }) && contacts.len() > 1 {
            self.complain("the 200 to REGISTER holds somebody else's contact");
        }
    }

    /// A request sent again after a challenge: a new branch and the next CSeq (RFC 3261 §22.2).
    pub(super) fn refresh(&mut self, request: &mut Request) {
        let via = self.habitat.via(&mut self.random);
        request.headers.set(HeaderName::Via, via);
        if let Ok(cseq) = request.headers.cseq() {
            request.headers.set(
                HeaderName::CSeq,
                format!("{} {}", cseq.number + 1, cseq.method),
            );
        }
    }
}
