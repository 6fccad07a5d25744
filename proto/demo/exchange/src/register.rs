//! The registrar: RFC 3261 §10.3.

use crate::Settings;
use crate::location::{Binding, Location};
use proto_base::Time;
use sip_message::{HeaderName, NameAddr, Request, Response, StatusCode};
use std::net::SocketAddr;
use std::time::Duration;

/// `user` has proved who he is; `source` is where the request came from.
pub(crate) fn register(
    now: Time,
    settings: &Settings,
    location: &mut Location,
    user: &str,
    source: SocketAddr,
    request: &Request,
) -> Response {
    match changes(settings, location, user, request) {
        Err(refusal) => refusal.answer(settings, request),
        Ok(changes) => {
            apply(now, location, user, source, request, changes);
            bound(now, location, user, request)
        }
    }
}

/// What a REGISTER wants, checked as a whole before any of it is done (§10.3 step 7: all or nothing).
enum Changes {
    RemoveAll,
    /// Each with its seconds; 0 removes it.
    Each(Vec<(NameAddr, u32)>),
}

enum Refusal {
    Malformed,
    OutOfOrder,
    TooBrief,
}

impl Refusal {
    fn answer(&self, settings: &Settings, request: &Request) -> Response {
        match self {
            Refusal::Malformed => request.response(StatusCode::of(400)),
            Refusal::OutOfOrder => request.response(StatusCode::of(500)),
            Refusal::TooBrief => {
                let mut response = request.response(StatusCode::of(423));
                let least = settings.min_expires;
                response.headers.set(HeaderName::MinExpires, least);
                response
            }
        }
    }
}

fn changes(
    settings: &Settings,
    location: &Location,
    user: &str,
    request: &Request,
) -> Result<Changes, Refusal> {
    let headers = &request.headers;
    // §20.19: an Expires that cannot be read counts as absent.
    let asked = headers.expires().ok().flatten();
    let is_late = |binding: &Binding| {
        let (call_id, cseq) = (headers.call_id(), headers.cseq());
        call_id == Ok(binding.call_id.as_str())
            && cseq.is_ok_and(|cseq| cseq.number <= binding.cseq)
    };
    let known = location.of(user);
    if headers.is_contact_star() {
        // Step 6: alone, and with Expires: 0.
        let alone = headers.get_all(&HeaderName::Contact).count() == 1;
        if !alone || asked != Some(0) {
            return Err(Refusal::Malformed);
        }
        if known.iter().any(is_late) {
            return Err(Refusal::OutOfOrder);
        }
        return Ok(Changes::RemoveAll);
    }
    let contacts = headers.contacts().map_err(|_| Refusal::Malformed)?;
    let mut changes = Vec::new();
    for contact in contacts {
        if known
            .iter()
            .any(|binding| binding.is_of(&contact) && is_late(binding))
        {
            return Err(Refusal::OutOfOrder);
        }
        let own = contact.params.value("expires");
        let own = own.and_then(|value| value.parse::<u32>().ok());
        let seconds = own.or(asked).unwrap_or(settings.max_expires);
        if seconds != 0 && seconds < settings.min_expires {
            return Err(Refusal::TooBrief);
        }
        changes.push((contact, seconds.min(settings.max_expires)));
    }
    Ok(Changes::Each(changes))
}

fn apply(
    now: Time,
    location: &mut Location,
    user: &str,
    source: SocketAddr,
    request: &Request,
    changes: Changes,
) {
    let Changes::Each(changes) = changes else {
        location.unbind_all(user);
        return;
    };
    for (contact, seconds) in changes {
        if seconds == 0 {
            location.unbind(user, &contact);
            continue;
        }
        let path = request
            .headers
            .get_all(&HeaderName::Path)
            .filter_map(|path| path.parse().ok())
            .collect();
        let binding = Binding {
            contact,
            call_id: request.headers.call_id().unwrap_or_default().to_owned(),
            cseq: request.headers.cseq().map_or(0, |cseq| cseq.number),
            until: now + Duration::from_secs(u64::from(seconds)),
            source,
            path,
        };
        location.bind(user, binding);
    }
}

/// Step 8: every contact that is bound now, with the seconds left.
fn bound(now: Time, location: &Location, user: &str, request: &Request) -> Response {
    let mut response = request.response(StatusCode::OK);
    for binding in location.of(user) {
        let left = binding.until.since(now).as_secs();
        let mut contact = binding.contact.clone();
        contact.params.set("expires", Some(&left.to_string()));
        response.headers.push(HeaderName::Contact, contact);
    }
    // RFC 3327 §5.3.
    if request.headers.has_token(&HeaderName::Supported, "path") {
        for path in request.headers.get_all(&HeaderName::Path) {
            response.headers.push(HeaderName::Path, path);
        }
    }
    response
}
