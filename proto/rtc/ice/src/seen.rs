use crate::TransactionId;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// As many transactions are remembered to tell a replay from a retransmission: at a check every 2.5 s the last minutes.
const MAX_SEEN: usize = 64;

/// Transactions already answered and where they came from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Seen(VecDeque<(TransactionId, SocketAddr)>);

impl Seen {
    /// Whether this transaction came before from another address: a replay (a retransmission comes from the same one).
    pub(crate) fn is_replay(&self, transaction: TransactionId, from: SocketAddr) -> bool {
        self.0
            .iter()
            .any(|(seen, address)| *seen == transaction && *address != from)
    }

    pub(crate) fn note(&mut self, transaction: TransactionId, from: SocketAddr) {
        let known = (transaction, from);
        if !self.0.contains(&known) {
            if self.0.len() >= MAX_SEEN {
                self.0.pop_front();
            }
            self.0.push_back(known);
        }
    }
}
