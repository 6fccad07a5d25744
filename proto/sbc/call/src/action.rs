use control_command::LegId;
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, NameAddr, Request, Response, Uri};

/// A server transaction, by the number that the composer gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AskId(pub u64);

/// A request of this call, by its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u32);

/// A request that waits for its final response from us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its server transaction.
    pub id: AskId,
    /// Where it came from, and so where a repeated 2xx goes.
    pub flow: Flow,
    /// The request.
    pub request: Request,
}

/// What policy lets through of a message: to be put into the one of the other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossing {
    /// These headers.
    pub headers: Headers,
    /// Whether its body is of a kind that we take: a session description for the door, or one that crosses as it is.
    pub body: bool,
}

/// What a call wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer in a server transaction.
    Respond {
        /// Which.
        ask: AskId,
        /// All but what the composer says of itself (Allow, Server).
        response: Response,
    },
    /// Send a request in a client transaction of its own; its responses come back under `id`.
    Request {
        /// Ours, to know the responses by.
        id: RequestId,
        /// On which leg.
        leg: LegId,
        /// The URI it must be carried to first, inside a dialog; without it, the leg's own place.
        hop: Option<Uri>,
        /// All but the Via.
        request: Request,
    },
    /// Cancel an INVITE that was sent.
    Cancel {
        /// Which.
        id: RequestId,
        /// The value of a Reason header (RFC 3326).
        reason: Option<String>,
    },
    /// The ACK for a 2xx: outside all transactions.
    Ack {
        /// On which leg.
        leg: LegId,
        /// The URI it must be carried to first, inside a dialog; without it, the leg's own place.
        hop: Option<Uri>,
        /// All but the Via.
        request: Request,
    },
    /// A 2xx once more, outside its transaction (RFC 3261 §13.3.1.4).
    Repeat {
        /// On which leg.
        leg: LegId,
        /// The INVITE's server transaction.
        ask: AskId,
        /// Where the INVITE came from, or where its sender is now.
        flow: Flow,
        /// The 2xx.
        response: Response,
    },
    /// A branch was answered with a 3xx, and policy follows: where do these lead? Answered by [`crate::Call::add_destinations`],
    /// at once or later; until then the branch is waited for.
    Redirected {
        /// The branch.
        leg: LegId,
        /// Its Contacts that were not tried yet, the most preferred first.
        contacts: Vec<NameAddr>,
    },
    /// A REFER came: where does this lead, and who carries it out? Answered by [`crate::Call::transfer`],
    /// [`crate::Call::pass_refer`] or [`crate::Call::refuse_refer`], at once or later.
    Referred {
        /// The referrer's.
        leg: LegId,
        /// Its Refer-To.
        to: NameAddr,
    },
    /// For the log and the record.
    Tell(Told),
}

/// What is worth telling of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The callee's side has taken it on.
    Started,
    /// Answered, so many milliseconds after it began.
    Answered {
        /// Milliseconds.
        after_ms: u64,
        /// By whom.
        leg: LegId,
    },
    /// Over.
    Ended(Record),
}

/// One ended call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whether it was answered.
    pub answered: bool,
    /// Milliseconds from answer to end.
    pub duration_ms: u64,
    /// Who or what ended it.
    pub ended_by: String,
    /// What media agreed on last.
    pub codecs: Vec<String>,
}
