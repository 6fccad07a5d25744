use crate::seen::Seen;
use crate::{Credentials, TransactionId};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A browser with several interfaces, IPv4 and IPv6 and a relay reaches us from about six addresses; more are somebody who
/// plays with his own credentials.
pub const MAX_PAIRS: usize = 16;

/// A valid pair: our one address, and one of the browser's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) remote: SocketAddr,
    /// The sender's ufrag in its checks.
    peer_ufrag: Vec<u8>,
    /// PRIORITY of its last check. Our side of all pairs is the same, so it orders them.
    priority: u32,
    pub(crate) last_check: Time,
}

/// What belongs to one pair of credentials, from one restart to the next (RFC 8445 §9).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub(crate) local: Credentials,
    pub(crate) remote_ufrag: Option<String>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) selected: Option<SocketAddr>,
    /// Nominated once against a selected pair that is not worse; a second time, and it is selected.
    challenger: Option<(SocketAddr, TransactionId)>,
    pub(crate) seen: Seen,
}

/// An authenticated check, as far as pairs are concerned.
pub(crate) struct Checked<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) peer_ufrag: &'a [u8],
    pub(crate) priority: u32,
    pub(crate) nominates: bool,
    pub(crate) transaction: TransactionId,
}

impl Generation {
    pub(crate) fn new(local: Credentials, remote_ufrag: Option<String>) -> Self {
        Self {
            local,
            remote_ufrag,
            pairs: Vec::new(),
            selected: None,
            challenger: None,
            seen: Seen::default(),
        }
    }

    /// Whether a check under these ufrags is meant for us. Before the answer is here the sender's may be any.
    pub(crate) fn is_addressed_by(&self, ours: &[u8], theirs: &[u8]) -> bool {
        ours == self.local.ufrag.as_bytes()
            && !theirs.is_empty()
            && self
                .remote_ufrag
                .as_ref()
                .is_none_or(|known| known.as_bytes() == theirs)
    }

    pub(crate) fn pair(&self, remote: SocketAddr) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.remote == remote)
    }

    /// The selected pair, or the one checked last while none is nominated.
    pub(crate) fn best(&self) -> Option<SocketAddr> {
        self.selected.or_else(|| {
            let latest = self.pairs.iter().max_by_key(|pair| pair.last_check)?;
            Some(latest.remote)
        })
    }

    /// The answer is here: pairs checked under another name were somebody else's.
    pub(crate) fn learn_remote(&mut self, ufrag: &str) {
        self.pairs
            .retain(|pair| pair.peer_ufrag == ufrag.as_bytes());
        self.remote_ufrag = Some(ufrag.to_owned());
        if self
            .selected
            .is_some_and(|remote| self.pair(remote).is_none())
        {
            self.selected = None;
        }
    }

    /// Takes an authenticated check into account.
    pub(crate) fn note(&mut self, now: Time, check: &Checked<'_>) {
        self.seen.note(check.transaction, check.from);
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.remote == check.from) {
            pair.last_check = now;
            pair.priority = check.priority;
        } else {
            self.make_room();
            self.pairs.push(Pair {
                remote: check.from,
                peer_ufrag: check.peer_ufrag.to_vec(),
                priority: check.priority,
                last_check: now,
            });
        }
        if self.selected == Some(check.from) {
            self.challenger = None;
        } else if check.nominates {
            self.nominate(check);
        }
    }

    /// Selects a nominated pair. The last one nominated counts, for browsers move to another network this way; but one with
    /// aggressive nomination names every pair at the start and means the best (RFC 5245 §8.1.1.2), so a pair that is not
    /// better must be nominated twice, by two checks, with no check of the selected one in between.
    fn nominate(&mut self, check: &Checked<'_>) {
        let held = self
            .selected
            .and_then(|remote| self.pair(remote))
            .map(|pair| pair.priority);
        let again = self
            .challenger
            .is_some_and(|(remote, first)| remote == check.from && first != check.transaction);
        if again || held.is_none_or(|held| check.priority > held) {
            self.selected = Some(check.from);
            self.challenger = None;
        } else if self
            .challenger
            .is_none_or(|(remote, _)| remote != check.from)
        {
            self.challenger = Some((check.from, check.transaction));
        }
    }

    /// Gives up the stalest pair that is not selected when the table is full.
    fn make_room(&mut self) {
        if self.pairs.len() < MAX_PAIRS {
            return;
        }
        let stalest = self
            .pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| self.selected != Some(pair.remote))
            .min_by_key(|(_, pair)| pair.last_check)
            .map(|(place, _)| place);
        if let Some(place) = stalest {
            self.pairs.swap_remove(place);
        }
    }
}
