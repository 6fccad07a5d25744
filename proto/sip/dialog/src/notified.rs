//! A dialog seen by a subscriber whose first word from the other end is a NOTIFY (RFC 6665 §4.4.1): it may come before the 2xx to the
//! SUBSCRIBE, and of each fork there is nothing else.

use crate::{Dialog, DialogError, DialogState};
use sip_message::{NameAddr, Request, Text};

impl Dialog {
    /// The dialog that this NOTIFY makes of our SUBSCRIBE.
    pub fn notified(subscribe: &Request, notify: &Request) -> Result<Self, DialogError> {
        let local = subscribe.headers.from()?;
        let Some(tag) = local.tag() else {
            return Err(DialogError::NoTag("From"));
        };
        let mut dialog = Dialog::uas(notify, tag)?;
        if NameAddr::tag_in(&dialog.remote).is_none() {
            return Err(DialogError::NoTag("From"));
        }
        dialog.local = Text::of(local);
        dialog.state = DialogState::Confirmed;
        dialog.local_cseq = subscribe.headers.cseq()?.number;
        Ok(dialog)
    }
}
