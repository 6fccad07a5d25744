use proto_base::{Flow, Time};
use sip_message::{Headers, Request, Response, Uri};
use sip_transaction::{ClientKey, ServerKey};
use std::time::Duration;

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// We called and wait.
    Calling,
    /// We are called and have not answered.
    Ringing,
    /// It stands.
    Established,
    /// We hung up or gave up and wait for the end of it.
    Ending,
}

/// A call and its dialog, as RFC 3261 §12 has it.
#[derive(Debug)]
pub struct Call {
    /// Where it stands.
    pub state: CallState,
    /// Call-ID of this side.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Theirs, once known.
    pub remote_tag: Option<String>,
    pub(super) local: String,
    pub(super) remote: String,
    pub(super) target: Uri,
    pub(super) routes: Vec<String>,
    pub(super) local_seq: u32,
    pub(super) remote_seq: Option<u32>,
    /// Our INVITE, for CANCEL.
    pub(super) invite: Option<(ClientKey, Request)>,
    /// Their INVITE, to be answered.
    pub(super) invited: Option<(ServerKey, Request)>,
    /// A 2xx of ours that waits for its ACK (RFC 3261 §13.3.1.4).
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// The ACK of the newest 2xx, sent again for each repetition.
    pub(super) ack: Option<(u32, Flow, Request)>,
    /// Give up as soon as it is possible.
    pub(super) cancelled: bool,
    /// A provisional response of ours that waits for its PRACK.
    pub(super) ringing: Option<Ringing>,
    /// A description went with the ringing, ours or theirs, and is not said again.
    pub(super) is_described: bool,
    /// Of their last reliable response.
    pub(super) rseq: Option<u32>,
    /// The o= line that they told last.
    pub(super) origin: Option<String>,
    /// The re-INVITE under way asks for this hold state.
    pub(super) asking_hold: Option<bool>,
}

#[derive(Debug)]
pub(super) struct Ringing {
    pub(super) key: ServerKey,
    pub(super) response: Response,
    pub(super) next: Time,
    pub(super) interval: Duration,
}

#[derive(Debug)]
pub(super) struct Unacknowledged {
    pub(super) key: ServerKey,
    pub(super) response: Response,
    pub(super) cseq: u32,
    pub(super) next: Time,
    pub(super) interval: Duration,
    pub(super) until: Time,
}

impl Call {
    pub(super) fn deadline(&self) -> Option<Time> {
        let answer = self.unacknowledged.as_ref();
        let ringing = self.ringing.as_ref();
        [
            answer.map(|waiting| waiting.next.min(waiting.until)),
            ringing.map(|ringing| ringing.next),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// Whether a message belongs to the call: Call-ID and our tag (theirs too, once known).
pub(super) fn is_of(call: &Call, headers: &Headers) -> bool {
    let to = headers.to().ok();
    headers.call_id().is_ok_and(|id| id == call.call_id)
        && to.as_ref().and_then(|to| to.tag()) == Some(call.local_tag.as_str())
}
