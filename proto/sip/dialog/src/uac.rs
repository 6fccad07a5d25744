//! A dialog seen by the one who sent the INVITE (RFC 3261 §12.1.2).

use crate::dialog::{MAX_ROUTES, named};
use crate::{Dialog, DialogError, DialogState};
use sip_message::{HeaderName, NameAddr, Request, Response};

impl Dialog {
    /// The dialog that this response to our request makes: early from a provisional one, confirmed from a 2xx.
    ///
    /// A response without Contact is borne with: the target is then the Request-URI. Phones forget it in their 180.
    pub fn uac(request: &Request, response: &Response) -> Result<Self, DialogError> {
        let remote = named(&response.headers, HeaderName::To, "To")?;
        if NameAddr::tag_in(&remote).is_none() {
            return Err(DialogError::NoTag("To"));
        }
        let local = named(&request.headers, HeaderName::From, "From")?;
        if NameAddr::tag_in(&local).is_none() {
            return Err(DialogError::NoTag("From"));
        }
        let remote_target = match response.headers.contacts()?.into_iter().next() {
            Some(contact) => contact.uri,
            None => request.uri.clone(),
        };
        let state = if response.status.is_success() {
            DialogState::Confirmed
        } else {
            DialogState::Early
        };
        Ok(Self {
            state,
            call_id: request.headers.call_id()?.to_owned(),
            local,
            remote,
            remote_target: remote_target.detached(),
            route_set: reversed_routes(response)?,
            local_cseq: request.headers.cseq()?.number,
            remote_cseq: None,
        })
    }

    /// A 2xx to our INVITE on a dialog that was early: its route set and target are taken anew (RFC 3261 §13.2.2.4).
    pub fn answered(&mut self, response: &Response) -> Result<(), DialogError> {
        self.route_set = reversed_routes(response)?;
        self.refresh(&response.headers);
        self.state = DialogState::Confirmed;
        Ok(())
    }
}

fn reversed_routes(response: &Response) -> Result<Vec<NameAddr>, DialogError> {
    let routes = response.headers.record_routes()?;
    if routes.len() > MAX_ROUTES {
        return Err(DialogError::TooManyRoutes);
    }
    Ok(routes.into_iter().rev().map(NameAddr::detached).collect())
}
