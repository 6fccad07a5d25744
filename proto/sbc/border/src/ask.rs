//! Server transactions, numbered.

use crate::Border;
use crate::state::Ask;
use crate::turn::Turn;
use proto_base::Flow;
use sbc_call::AskId;
use sip_message::Response;
use sip_transaction::ServerKey;

impl Border {
    pub(crate) fn new_ask(&mut self, key: ServerKey, flow: Flow) -> AskId {
        let ask = AskId(self.state.next_ask);
        self.state.next_ask = self.state.next_ask.wrapping_add(1);
        self.state.ask_of.insert(key.clone(), ask);
        let call = None;
        self.state.asks.insert(ask, Ask { key, flow, call });
        ask
    }

    pub(crate) fn forget_ask(&mut self, key: &ServerKey) {
        if let Some(ask) = self.state.ask_of.remove(key) {
            self.state.asks.remove(&ask);
            self.state.sleepers.forget(ask);
        }
    }

    /// Answers in a server transaction. If it is gone, so is whoever asked.
    pub(crate) fn respond(&mut self, turn: &mut Turn<'_>, ask: AskId, mut response: Response) {
        self.dress_response(&mut response);
        if let Some(ask) = self.state.asks.get(&ask) {
            let key = ask.key.clone();
            self.state.transactions.respond(turn.now, &key, response);
        }
    }
}
