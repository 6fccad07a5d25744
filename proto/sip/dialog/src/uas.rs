//! A dialog seen by the one who was called (RFC 3261 §12.1.1).

use crate::dialog::MAX_ROUTES;
use crate::{Dialog, DialogError, DialogState};
use sip_message::{NameAddr, Request, Text};

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
        Ok(Self {
            state: DialogState::Early,
            call_id: request.headers.call_id()?.to_owned(),
            local: Text::of(request.headers.to()?.with_tag(local_tag)),
            remote: Text::of(request.headers.from()?),
            remote_target: contact.uri.clone().detached(),
            route_set: route_set.into_iter().map(NameAddr::detached).collect(),
            local_cseq: 0,
            remote_cseq: Some(request.headers.cseq()?.number),
        })
    }
}
