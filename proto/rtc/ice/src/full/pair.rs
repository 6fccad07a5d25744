use super::check::Check;
use crate::TransactionId;
use proto_base::{SocketId, Time};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Checks of one pair whose responses are waited for: one under way, one or two that a triggered check has overtaken, and the
/// consent checks of the last half minute. A further one pushes out the oldest.
const MAX_CHECKS: usize = 10;

/// What tells a pair from others: our base and the far end's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Ends {
    pub(crate) socket: SocketId,
    pub(crate) remote: SocketAddr,
}

/// RFC 8445 §6.1.2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// Waits until a pair of the same foundation has been seen to work.
    Frozen,
    /// To be checked when its turn comes.
    Waiting,
    /// A check is under way.
    InProgress,
    /// A check was answered.
    Succeeded,
    /// None was.
    Failed,
}

/// One of our candidates and one of the far end's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) ends: Ends,
    /// Of both candidates.
    pub(crate) foundation: (u32, u32),
    pub(crate) local_priority: u32,
    pub(crate) remote_priority: u32,
    /// PRIORITY of its checks.
    pub(crate) check_priority: u32,
    pub(crate) state: State,
    /// When one of our checks was answered last: we may send.
    pub(crate) consent: Option<Time>,
    /// When an authentic check came last: we listen.
    pub(crate) heard: Option<Time>,
    /// The sender's ufrag in it.
    pub(crate) peer_ufrag: Vec<u8>,
    /// Nominated by the far end, by this check, before a check of ours was answered.
    pub(crate) nominated: Option<TransactionId>,
    pub(crate) checks: Vec<Check>,
}

impl Pair {
    /// Whether a check of ours was answered: it may carry media.
    pub(crate) fn is_valid(&self) -> bool {
        self.state == State::Succeeded && self.consent.is_some()
    }

    /// Whether the far end has proved that it is there, so that DTLS and media are listened to.
    pub(crate) fn is_proven(&self) -> bool {
        self.heard.is_some() || self.consent.is_some()
    }

    /// RFC 8445 §6.1.2.3. `controlling`: our role.
    pub(crate) fn priority(&self, controlling: bool) -> u64 {
        let (ours, theirs) = (
            u64::from(self.local_priority),
            u64::from(self.remote_priority),
        );
        let (g, d) = if controlling {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        (g.min(d) << 32) + 2 * g.max(d) + u64::from(g > d)
    }

    pub(crate) fn add_check(&mut self, check: Check) {
        if self.checks.len() >= MAX_CHECKS {
            self.checks.remove(0);
        }
        self.checks.push(check);
    }

    /// No check is repeated any more; late responses still count (RFC 8445 §7.3.1.4).
    pub(crate) fn stop_repeating(&mut self) {
        for check in &mut self.checks {
            check.repeat = None;
        }
    }
}
