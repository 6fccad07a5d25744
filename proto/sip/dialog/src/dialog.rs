use serde::{Deserialize, Serialize};
use sip_message::{HeaderError, HeaderName, Headers, NameAddr, Text, Uri};

/// Proxies that put themselves on a dialog's route. A real path has two or three; a message may claim hundreds, and each
/// of ours would then carry them.
pub(crate) const MAX_ROUTES: usize = 16;

/// RFC 3261 §12: early after a provisional response with a tag, confirmed after a 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DialogState {
    /// No final answer yet.
    Early,
    /// Answered with a 2xx.
    Confirmed,
}

/// One side's view of a dialog (RFC 3261 §12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    pub(crate) state: DialogState,
    pub(crate) call_id: String,
    /// Our URI with our tag: From of what we send, To of what we receive.
    pub(crate) local: Text,
    /// Theirs.
    pub(crate) remote: Text,
    /// Their Contact: the Request-URI of what we send.
    pub(crate) remote_target: Uri,
    /// In the order in which our requests pass them.
    pub(crate) route_set: Vec<NameAddr>,
    /// Of our last request.
    pub(crate) local_cseq: u32,
    /// Of their last request; `None` until they send one.
    pub(crate) remote_cseq: Option<u32>,
}

/// From or To as it was written, keeping nothing else of the message alive.
pub(crate) fn named(
    headers: &Headers,
    name: HeaderName,
    what: &'static str,
) -> Result<Text, HeaderError> {
    let value = headers.text(&name).ok_or(HeaderError { what })?;
    Ok(value.detached())
}

impl Dialog {
    /// Early or confirmed.
    pub fn state(&self) -> DialogState {
        self.state
    }

    /// Its Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        NameAddr::tag_in(&self.local).unwrap_or_default()
    }

    /// Their tag; empty for a peer of RFC 2543.
    pub fn remote_tag(&self) -> &str {
        NameAddr::tag_in(&self.remote).unwrap_or_default()
    }

    /// Their URI with their tag, as From or To had it.
    pub fn remote(&self) -> Result<NameAddr, HeaderError> {
        self.remote.parse()
    }

    /// Where our requests are addressed to.
    pub fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// The 200 to our INVITE went out, or we sent a 200: the dialog stands.
    pub fn confirm(&mut self) {
        self.state = DialogState::Confirmed;
    }

    /// Whether a request that arrived is of this dialog: Call-ID and both tags (RFC 3261 §12.2.2).
    pub fn matches(&self, headers: &Headers) -> bool {
        headers
            .call_id()
            .is_ok_and(|call_id| call_id == self.call_id)
            && headers.to_tag().unwrap_or_default() == self.local_tag()
            && headers.from_tag().unwrap_or_default() == self.remote_tag()
    }
}
