use super::{Advance, CallerId};
use crate::{Match, Numbers, PeerId};

/// One route: whose calls to whom, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// As the operator calls it.
    pub name: String,
    /// Whose calls. Empty: those of browsers and registrars; a trunk's calls only where it is named, so that a carrier's call does not
    /// leave through another carrier because somebody forgot to think of it.
    pub from: Vec<Whose>,
    /// Numbers, as E.164 where [`crate::Plan::dialling`] tells how. Empty: all.
    pub called: Vec<Match>,
    /// Domains of the Request-URI. Empty: all.
    pub domains: Vec<String>,
    /// What becomes of the numbers on this route, before the rules of each peer.
    pub numbers: Numbers,
    /// Which callers are shown on this route, in place of each peer's own rule.
    pub caller_id: Option<CallerId>,
    /// Where to.
    pub effect: Effect,
    /// When the next destination is tried.
    pub advance: Advance,
}

/// Whose calls a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Browsers'.
    Browsers,
    /// A peer's.
    Peer(PeerId),
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// To these peers, one after another.
    Peers(Vec<Choice>),
    /// To registered users, all at once. `*` stands for the number called.
    Users(Vec<String>),
    /// Nowhere.
    Refuse {
        /// Told to the caller.
        status: u16,
        /// Beside it.
        reason: Option<String>,
    },
}

/// One peer of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub peer: PeerId,
    /// The lowest is tried first.
    pub priority: u16,
    /// Of those with one priority, how large a share of the calls tries this one first.
    pub weight: u16,
}
