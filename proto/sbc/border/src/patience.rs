//! A server that says nothing is not waited for as long as its transactions would.

use crate::Border;
use crate::turn::Turn;
use proto_base::Flow;
use sip_transaction::ClientKey;

impl Border {
    /// Those whose patience is over.
    pub(crate) fn patience_over(&mut self, turn: &mut Turn<'_>) {
        while let Some((at, key)) = self.state.patience.first().cloned() {
            if at > turn.now {
                break;
            }
            self.heard(&key);
            if let Some(peer) = self.state.clients.get(&key).and_then(|client| client.peer) {
                self.peer_is_silent(peer, "no response in time");
            }
            self.give_up(turn, &key, true);
        }
    }

    /// Those that wait for a first response from an address where nobody is.
    pub(crate) fn nobody_answers(&mut self, turn: &mut Turn<'_>, flow: Flow) {
        let waiting: Vec<ClientKey> = self
            .state
            .patience
            .iter()
            .map(|(_, key)| key)
            .filter(|key| {
                let client = self.state.clients.get(*key);
                client.is_some_and(|client| client.flow == flow)
            })
            .cloned()
            .collect();
        // Inside a dialog a request has no patience; one that went over TCP for its length only has another way.
        let grown: Vec<ClientKey> = self
            .state
            .clients
            .iter()
            .filter(|(_, client)| client.flow == flow && client.patience.is_none())
            .filter(|(_, client)| client.copy.as_ref().is_some_and(|copy| copy.grown))
            .map(|(key, _)| key.clone())
            .collect();
        for key in grown {
            self.falls_back_to_datagrams(turn, &key, false);
        }
        for key in waiting {
            if self.falls_back_to_datagrams(turn, &key, true) {
                continue;
            }
            if let Some(peer) = self.state.clients.get(&key).and_then(|client| client.peer) {
                self.peer_is_silent(peer, "unreachable");
            }
            self.heard(&key);
            self.give_up(turn, &key, false);
        }
    }
}
