//! A dialog seen by the one who was called (RFC 3261 §12.1.1).

use crate::dialog::{MAX_ROUTES, named};
use crate::{Dialog, DialogError, DialogState};
use sip_message::{HeaderName, NameAddr, Request, Text};

impl Dialog {
    /// The dialog that our response with this To tag makes of a request. It begins early.
    pub fn uas(request: &Request, local_tag: &str) -> Result<Self, DialogError> {
        let contacts = request.headers.contacts()?;
        let [contact] = contacts.as_slice() else {
            return Err(DialogError::NoContact);
        };
        let route_set = request.headers.record_routes()?;
        if route_set.len() > MAX_ROUTES {
            return Err(DialogError::TooManyRoutes);
        }
        let to = named(&request.headers, HeaderName::To, "To")?;
        let local = match NameAddr::tag_in(&to) {
            None => [&to, ";tag=", local_tag].concat().into(),
            Some(_) => Text::of(request.headers.to()?.with_tag(local_tag)),
        };
        Ok(Self {
            state: DialogState::Early,
            call_id: request.headers.call_id()?.to_owned(),
            local,
            remote: named(&request.headers, HeaderName::From, "From")?,
            remote_target: contact.uri.clone().detached(),
            route_set: route_set.into_iter().map(NameAddr::detached).collect(),
            local_cseq: 0,
            remote_cseq: Some(request.headers.cseq()?.number),
        })
    }
}
