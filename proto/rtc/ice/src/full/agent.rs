use super::candidate::{LocalCandidate, MAX_LOCALS, RemoteDescription};
use super::check::{Claim, TRANSACTION_PREFIX};
use super::checklist::Checklist;
use super::pair::{Ends, Pair};
use crate::{Credentials, FIRST_CHECK_WAIT, Failure, INITIAL_WAIT};
use proto_base::{Random, SocketId, Time};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Our side of one leg's ICE: a full agent.
///
/// ```text
///           description          a check is answered          nominated
/// no pairs ────────────▶ checks ────────────────────▶ valid ───────────▶ selected ─────────┐
///                          │ 240 s, or 40 s after the   │                  ▲   │ no consent  │ new credentials:
///                          │ first sign of life         │                  │   ▼ for 30 s    │ the old pair serves
///                          └──────────────▶ failed ◀────┘                  │ failed          │ until a new one is
///                                                                          └─────────────────┘ selected
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Full {
    pub(crate) prefix: [u8; TRANSACTION_PREFIX],
    pub(crate) controlling: bool,
    pub(crate) tie_breaker: u64,
    pub(crate) locals: Vec<LocalCandidate>,
    pub(crate) current: Checklist,
    /// What was before the last restart; it serves until the new one has a selected pair.
    pub(crate) previous: Option<Checklist>,
    /// When a pair must have been selected. `None` while the far end's description is not here, or once one is.
    pub(crate) deadline: Option<Time>,
    pub(crate) failure: Option<Failure>,
    /// No new check before this (RFC 8445 §14).
    pub(crate) next_check: Time,
    /// When authentic media came last.
    pub(crate) media: Option<Time>,
    #[serde(skip)]
    pub(crate) transmits: VecDeque<Transmit>,
}

/// A datagram that the agent wants sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// From this socket.
    pub socket: SocketId,
    /// Whereto.
    pub to: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
}

impl Full {
    /// An agent with our credentials and candidates ([`MAX_LOCALS`] at most). `controlling`: the role that it begins with.
    /// `prefix`: the first octets of its transactions, by which whoever hands it responses knows them.
    pub fn new(
        local: Credentials,
        locals: &[LocalCandidate],
        controlling: bool,
        prefix: [u8; TRANSACTION_PREFIX],
        random: &mut Random,
    ) -> Self {
        Self {
            prefix,
            controlling,
            tie_breaker: random.u64(),
            locals: locals.iter().take(MAX_LOCALS).copied().collect(),
            current: Checklist::new(local),
            previous: None,
            deadline: None,
            failure: None,
            next_check: Time::ZERO,
            media: None,
            transmits: VecDeque::new(),
        }
    }

    /// Goes over to these credentials, and takes what the far end has told so far. The same again change nothing, further
    /// candidates are checked too (RFC 8838), and other credentials are a restart (RFC 8445 §9): the pair selected before serves
    /// until a new one is. Whether it was a restart. What is to be sent comes with the next `handle_timeout`.
    pub fn apply(
        &mut self,
        now: Time,
        local: &Credentials,
        remote: Option<&RemoteDescription>,
    ) -> bool {
        let known = self.current.remote.as_ref();
        let changed = remote
            .zip(known)
            .is_some_and(|(told, known)| told.credentials.ufrag != known.ufrag);
        let restarts = *local != self.current.local || changed;
        if restarts {
            self.restart(local.clone());
        }
        let Some(told) = remote else { return restarts };
        let first = self.current.remote.is_none();
        self.current.learn(told);
        // Only before anything is known of each other: a conflict settled otherwise stays settled.
        if told.lite && !self.controlling {
            self.switch_role();
        }
        if self.current.selected.is_none() {
            self.current
                .pair_up(self.controlling, &self.locals, &told.candidates);
        }
        if first {
            let heard = !self.current.pairs.iter().all(|pair| pair.heard.is_none());
            self.deadline = Some(
                now + if heard {
                    INITIAL_WAIT
                } else {
                    FIRST_CHECK_WAIT
                },
            );
        }
        restarts
    }

    fn restart(&mut self, local: Credentials) {
        let mut last = std::mem::replace(&mut self.current, Checklist::new(local));
        if self.failure.take().is_some() {
            self.previous = None;
        } else if last.selected.is_some() {
            for pair in &mut last.pairs {
                pair.stop_repeating();
            }
            last.triggered.clear();
            self.previous = Some(last);
        }
        self.deadline = None;
    }

    /// RFC 8445 §7.3.1.1, §7.2.5.1: the pairs' priorities follow by themselves.
    pub(crate) fn switch_role(&mut self) {
        self.controlling = !self.controlling;
        self.current.nominating = None;
        self.current.challenger = None;
        for pair in &mut self.current.pairs {
            pair.nominated = None;
        }
    }

    pub(crate) fn claim(&self) -> Claim {
        Claim {
            prefix: self.prefix,
            controlling: self.controlling,
            tie_breaker: self.tie_breaker,
        }
    }

    /// The far end is there: from now on it has the patience of RFC 8863.
    pub(crate) fn saw_life(&mut self, now: Time) {
        if self.current.selected.is_some() {
            self.previous = None;
            self.deadline = None;
        } else {
            self.deadline = self
                .deadline
                .map(|deadline| deadline.min(now + INITIAL_WAIT));
        }
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.deadline = None;
        self.previous = None;
        let local = self.current.local.clone();
        let remote = self.current.remote.clone();
        self.current = Checklist {
            remote,
            ..Checklist::new(local)
        };
    }

    /// What it wants sent; to be drained after every other call.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// Current first.
    pub(crate) fn checklists(&self) -> impl Iterator<Item = &Checklist> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    fn selected_ends(&self) -> Option<Ends> {
        self.checklists().find_map(|list| list.selected)
    }

    fn best_ends(&self) -> Option<Ends> {
        let best = |list: &Checklist| list.best(self.controlling);
        self.selected_ends()
            .or_else(|| self.checklists().find_map(best))
    }

    /// Where media goes: the selected pair.
    pub fn selected(&self) -> Option<SocketAddr> {
        self.selected_ends().map(|ends| ends.remote)
    }

    /// Where media leaves from.
    pub fn selected_socket(&self) -> Option<SocketId> {
        self.selected_ends().map(|ends| ends.socket)
    }

    /// Whether the selected pair belongs to the credentials in force, not to those before a restart.
    pub fn is_settled(&self) -> bool {
        self.current.selected.is_some()
    }

    /// Where DTLS goes: the selected pair, or the best valid one while none is nominated.
    pub fn best(&self) -> Option<SocketAddr> {
        self.best_ends().map(|ends| ends.remote)
    }

    /// Where DTLS leaves from.
    pub fn best_socket(&self) -> Option<SocketId> {
        self.best_ends().map(|ends| ends.socket)
    }

    /// Whether the far end has proved that it is at this address. What comes from others is not looked at.
    pub fn is_valid(&self, remote: SocketAddr) -> bool {
        self.checklists().any(|list| list.is_proven(remote))
    }

    /// All such addresses; one may be named more than once.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let proven = |pair: &&Pair| pair.is_proven();
        self.checklists()
            .flat_map(move |list| list.pairs.iter().filter(proven))
            .map(|pair| pair.ends.remote)
    }

    /// Our ufrags that may be named in checks: two between a restart and the next selection.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.checklists().map(|list| list.local.ufrag.as_str())
    }

    /// With these octets its transactions begin.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Whether it is we who nominate.
    pub fn is_controlling(&self) -> bool {
        self.controlling
    }

    /// Why there is no path any more; new credentials clear it.
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }
}
