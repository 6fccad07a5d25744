use super::Advance;
use crate::PeerId;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, Method, NameAddr, StatusCode, Uri};

/// Who wants to reach whom.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    /// Who asks.
    pub origin: Origin<'a>,
    /// INVITE, MESSAGE, SUBSCRIBE, ...
    pub method: &'a Method,
    /// The Request-URI.
    pub uri: &'a Uri,
    /// From, as it came.
    pub from: &'a NameAddr,
    /// To, as it came.
    pub to: &'a NameAddr,
    /// All headers, as they came.
    pub headers: &'a Headers,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A browser that has proved to be this user.
    Browser {
        /// `user@host`, the one it calls as.
        address_of_record: &'a str,
        /// All that it has proved to be on its connection, the one above among them.
        proved: &'a [String],
    },
    /// A peer.
    Peer(PeerId),
}

/// Where a call goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Groups, one after another; the members of a group at the same time. Or the answer in their place.
    pub outcome: Result<Vec<Vec<Destination>>, Refusal>,
    /// When the next group is tried.
    pub advance: Advance,
    /// The route that decided; `None`: what holds without routes.
    pub route: Option<String>,
    /// What was looked at, in order. Written by [`crate::Plan::explain`] only.
    pub trace: Vec<Step>,
}

/// One destination, with what it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// To whom.
    pub whither: Whither,
    /// The Request-URI. For a user it is the address-of-record; each of its contacts takes that place.
    pub uri: Uri,
    /// Who calls, without tag.
    pub from: NameAddr,
    /// Who is called, without tag.
    pub to: NameAddr,
    /// What crosses: allowed headers, identity, privacy, diversion.
    pub headers: Headers,
}

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whither {
    /// To a peer.
    Peer(PeerId),
    /// To a registered user, by the address-of-record.
    User(String),
}

/// The answer in place of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Told to the caller.
    pub status: StatusCode,
    /// Beside it: the operator's words, or ours.
    pub reason: String,
}

/// Something that was looked at on the way to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `number`, `route NAME`, `peer NAME`, `default`.
    pub what: String,
    /// Whether it decided, or matched.
    pub matched: bool,
    /// In words.
    pub why: String,
}
