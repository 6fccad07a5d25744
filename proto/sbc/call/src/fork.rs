//! One INVITE, several phones: each that rings has an early dialog of its own (RFC 3261 §12, §13.2.2.4).

use crate::RequestId;
use serde::{Deserialize, Serialize};
use sip_dialog::{Dialog, DialogError};
use sip_message::{Request, Response};

/// Early dialogs of one INVITE. A server that forks to more phones than that is answered all the same; only requests inside the
/// early dialogs beyond it find no dialog.
const MAX_FORKS: usize = 16;

/// Our INVITE to the callee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calling {
    pub(crate) request: RequestId,
    /// As sent, without body: dialogs are made from it.
    invite: Request,
    forks: Vec<Dialog>,
    /// Forks that answered too late, and were hung up on.
    losers: Vec<String>,
    /// Whose session description the caller hears before the answer: the first that sent one.
    pub(crate) early_media: Option<EarlyMedia>,
    /// A final response came.
    pub(crate) is_final: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EarlyMedia {
    pub(crate) tag: String,
    pub(crate) sdp: Vec<u8>,
}

impl Calling {
    pub(crate) fn new(request: RequestId, invite: Request) -> Self {
        Self {
            request,
            invite,
            forks: Vec::new(),
            losers: Vec::new(),
            early_media: None,
            is_final: false,
        }
    }

    /// Notes the early dialog of a provisional response.
    pub(crate) fn rang(&mut self, response: &Response) {
        if let Ok(dialog) = Dialog::uac(&self.invite, response)
            && self.fork(dialog.remote_tag()).is_none()
            && self.forks.len() < MAX_FORKS
        {
            self.forks.push(dialog);
        }
    }

    /// The dialog that a 2xx confirms, taken out.
    pub(crate) fn answered(&mut self, response: &Response) -> Result<Dialog, DialogError> {
        let tag = tag_of(response);
        let known = self
            .forks
            .iter()
            .position(|fork| fork.remote_tag() == tag)
            .map(|at| self.forks.swap_remove(at));
        match known {
            Some(mut dialog) => {
                dialog.answered(response)?;
                Ok(dialog)
            }
            None => Dialog::uac(&self.invite, response),
        }
    }

    /// Whether this loser is new, and so is still owed a BYE.
    pub(crate) fn loses(&mut self, tag: &str) -> bool {
        if self.losers.iter().any(|loser| loser == tag) {
            return false;
        }
        if self.losers.len() < MAX_FORKS {
            self.losers.push(tag.to_owned());
        }
        true
    }

    pub(crate) fn fork(&mut self, tag: &str) -> Option<&mut Dialog> {
        self.forks.iter_mut().find(|fork| fork.remote_tag() == tag)
    }

    /// Its Call-ID and our tag.
    pub(crate) fn names(&self) -> (String, String) {
        let headers = &self.invite.headers;
        let tag = headers.from().ok();
        (
            headers.call_id().unwrap_or_default().to_owned(),
            tag.and_then(|from| from.tag().map(str::to_owned))
                .unwrap_or_default(),
        )
    }

    pub(crate) fn cseq(&self) -> u32 {
        self.invite.headers.cseq().map_or(0, |cseq| cseq.number)
    }
}

pub(crate) fn tag_of(response: &Response) -> String {
    response
        .headers
        .to()
        .ok()
        .and_then(|to| to.tag().map(str::to_owned))
        .unwrap_or_default()
}
