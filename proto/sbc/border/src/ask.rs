//! Server transactions, numbered.

use crate::Border;
use crate::state::{Ask, InviteName};
use crate::turn::Turn;
use proto_base::Flow;
use sbc_call::AskId;
use sip_message::{Request, Response};
use sip_transaction::ServerKey;

impl Border {
    pub(crate) fn new_ask(&mut self, key: ServerKey, flow: Flow) -> AskId {
        let ask = AskId(self.state.next_ask);
        self.state.next_ask = self.state.next_ask.wrapping_add(1);
        self.state.ask_of.insert(key.clone(), ask);
        let (call, invite) = (None, None);
        let asked = Ask {
            key,
            flow,
            call,
            invite,
        };
        self.state.asks.insert(ask, asked);
        ask
    }

    /// Whether the same INVITE makes a call already, and came another way: a proxy forked it, and both ways lead to us (RFC 3261
    /// §8.2.2.2). Calling twice for it would ring twice.
    pub(crate) fn is_merged(&self, request: &Request) -> bool {
        name_of(request).is_some_and(|name| self.state.invites.contains_key(&name))
    }

    /// This INVITE makes a call.
    pub(crate) fn note_invite(&mut self, ask: AskId, request: &Request) {
        if let (Some(name), Some(asked)) = (name_of(request), self.state.asks.get_mut(&ask)) {
            asked.invite = Some(Box::new(name.clone()));
            self.state.invites.insert(name, ask);
        }
    }

    pub(crate) fn forget_ask(&mut self, key: &ServerKey) {
        if let Some(ask) = self.state.ask_of.remove(key) {
            if let Some(name) = self.state.asks.remove(&ask).and_then(|asked| asked.invite) {
                self.state.invites.remove(&*name);
            }
            self.state.sleepers.forget(ask);
            self.state.consults.forget(ask);
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

fn name_of(request: &Request) -> Option<InviteName> {
    let headers = &request.headers;
    let tag = headers.from_tag().unwrap_or_default().to_owned();
    let number = headers.cseq().ok()?.number;
    Some((headers.call_id().ok()?.to_owned(), tag, number))
}
