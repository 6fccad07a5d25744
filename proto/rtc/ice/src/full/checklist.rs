use super::candidate::{RemoteCandidate, RemoteDescription};
use super::nominate::Challenger;
use super::pair::{Ends, Pair, State};
use crate::Credentials;
use crate::seen::Seen;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// What belongs to one pair of credentials, from one restart to the next (RFC 8445 §9).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checklist {
    pub(crate) local: Credentials,
    /// `None` until the far end's description is here.
    pub(crate) remote: Option<Credentials>,
    /// It sends no checks.
    pub(crate) remote_is_lite: bool,
    pub(crate) candidates_ended: bool,
    /// Told and learned, at most [`super::MAX_REMOTES`].
    pub(crate) remotes: Vec<RemoteCandidate>,
    /// At most [`super::MAX_PAIRS`].
    pub(crate) pairs: Vec<Pair>,
    /// RFC 8445 §6.1.4.1; each pair once at most.
    pub(crate) triggered: VecDeque<Ends>,
    pub(crate) selected: Option<Ends>,
    /// Controlling: the pair whose nomination is under way.
    pub(crate) nominating: Option<Ends>,
    /// Controlled: see [`Checklist::nominated`].
    pub(crate) challenger: Option<Challenger>,
    /// When the first pair was found to work.
    pub(crate) first_valid: Option<Time>,
    /// When the selected pair's next consent check is due.
    pub(crate) next_consent: Option<Time>,
    pub(crate) seen: Seen,
}

impl Checklist {
    pub(crate) fn new(local: Credentials) -> Self {
        Self {
            local,
            remote: None,
            remote_is_lite: false,
            candidates_ended: false,
            remotes: Vec::new(),
            pairs: Vec::new(),
            triggered: VecDeque::new(),
            selected: None,
            nominating: None,
            challenger: None,
            first_valid: None,
            next_consent: None,
            seen: Seen::default(),
        }
    }

    /// Takes the far end's description, the first time or with more candidates.
    pub(crate) fn learn(&mut self, told: &RemoteDescription) {
        if self.remote.is_none() {
            // What was checked under another name was somebody else's.
            let ufrag = told.credentials.ufrag.as_bytes();
            self.pairs.retain(|pair| pair.peer_ufrag == ufrag);
            self.remote = Some(told.credentials.clone());
            self.triggered = self.pairs.iter().map(|pair| pair.ends).collect();
        }
        self.remote_is_lite = told.lite;
        self.candidates_ended |= told.candidates_ended;
    }

    /// Whether a check under these ufrags is meant for us. Before the description is here the sender's may be any.
    pub(crate) fn is_addressed_by(&self, ours: &[u8], theirs: &[u8]) -> bool {
        ours == self.local.ufrag.as_bytes()
            && !theirs.is_empty()
            && self
                .remote
                .as_ref()
                .is_none_or(|known| known.ufrag.as_bytes() == theirs)
    }

    pub(crate) fn pair(&self, ends: Ends) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.ends == ends)
    }

    pub(crate) fn pair_mut(&mut self, ends: Ends) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.ends == ends)
    }

    /// Whether the far end has proved that it is at this address.
    pub(crate) fn is_proven(&self, remote: SocketAddr) -> bool {
        self.pairs
            .iter()
            .any(|pair| pair.ends.remote == remote && pair.is_proven())
    }

    /// The selected pair, or the best valid one while none is.
    pub(crate) fn best(&self, controlling: bool) -> Option<Ends> {
        self.selected.or_else(|| {
            let valid = self.pairs.iter().filter(|pair| pair.is_valid());
            let best = valid.max_by_key(|pair| (pair.priority(controlling), pair.ends));
            best.map(|pair| pair.ends)
        })
    }

    /// Puts a pair into the queue of triggered checks.
    pub(crate) fn trigger(&mut self, ends: Ends) {
        if !self.triggered.contains(&ends) {
            self.triggered.push_back(ends);
        }
    }

    /// The next pair to be checked: a triggered one, the best that waits, or the best frozen one whose foundation nobody else is
    /// finding out about (RFC 8445 §6.1.4.2).
    pub(crate) fn next(&mut self, controlling: bool) -> Option<Ends> {
        while let Some(ends) = self.triggered.pop_front() {
            if self.pair(ends).is_some() {
                return Some(ends);
            }
        }
        let best = |state: State| {
            let pairs = self.pairs.iter().filter(move |pair| pair.state == state);
            pairs
                .filter(|pair| state != State::Frozen || !self.is_explored(pair.foundation))
                .max_by_key(|pair| (pair.priority(controlling), pair.ends))
                .map(|pair| pair.ends)
        };
        best(State::Waiting).or_else(|| best(State::Frozen))
    }

    /// Whether `next` would give one.
    pub(crate) fn has_next(&self) -> bool {
        !self.triggered.is_empty()
            || self.pairs.iter().any(|pair| match pair.state {
                State::Waiting => true,
                State::Frozen => !self.is_explored(pair.foundation),
                State::InProgress | State::Succeeded | State::Failed => false,
            })
    }

    fn is_explored(&self, foundation: (u32, u32)) -> bool {
        self.pairs.iter().any(|pair| {
            pair.foundation == foundation
                && matches!(pair.state, State::Waiting | State::InProgress)
        })
    }

    /// A pair was found to work: others of its foundation are worth a check (RFC 8445 §7.2.5.3.3).
    pub(crate) fn thaw(&mut self, foundation: (u32, u32)) {
        for pair in &mut self.pairs {
            if pair.state == State::Frozen && pair.foundation == foundation {
                pair.state = State::Waiting;
            }
        }
    }

    /// A pair is selected: what has not begun need not (RFC 8445 §8.1.2), and what no better pair comes of is repeated no more.
    /// A pair that the far end has checked stays, for it may move there.
    pub(crate) fn conclude(&mut self, controlling: bool) {
        let Some(selected) = self.selected else {
            return;
        };
        let held = self
            .pair(selected)
            .map_or(0, |pair| pair.priority(controlling));
        self.pairs.retain(|pair| {
            pair.is_proven() || !matches!(pair.state, State::Frozen | State::Waiting)
        });
        for pair in &mut self.pairs {
            if pair.ends != selected
                && pair.priority(controlling) < held
                && pair.nominated.is_none()
            {
                pair.stop_repeating();
            }
        }
        self.triggered.clear();
        self.nominating = None;
    }
}
