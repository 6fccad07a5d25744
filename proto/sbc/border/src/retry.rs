//! A browser that was challenged calls again with credentials, under its old Call-ID. So do we (RFC 3261 §22.2).

use crate::Border;
use crate::state::{CALLER, Party};
use crate::turn::Turn;
use control_command::LegId;
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_message::Request;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A page answers a challenge at once; a person who is asked for a password may take this long.
const LIFE: Duration = Duration::from_secs(60);
/// Challenged attempts remembered at once. Each call through a server that challenges leaves one behind for [`LIFE`]; beyond
/// this the oldest is forgotten, and its retry is a new call to the server.
const MAX_RETRIES: usize = 16_384;

/// What our INVITE was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    /// Of the last INVITE.
    pub(crate) cseq: u32,
}

/// The browser's: its connection, Call-ID and From tag.
type Name = (Flow, String, String);

/// Attempts that were challenged, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retries {
    attempts: BTreeMap<Name, (Time, Attempt)>,
    order: VecDeque<(Time, Name)>,
}

impl Retries {
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.order.front().map(|(until, _)| *until)
    }

    pub(crate) fn expire(&mut self, now: Time) {
        while self.deadline().is_some_and(|until| until <= now) || self.order.len() > MAX_RETRIES {
            let Some((until, name)) = self.order.pop_front() else {
                break;
            };
            // It may have been remembered again since.
            if self.attempts.get(&name).is_some_and(|(at, _)| *at == until) {
                self.attempts.remove(&name);
            }
        }
    }

    fn remember(&mut self, now: Time, name: Name, attempt: Attempt) {
        let until = now + LIFE;
        self.attempts.insert(name.clone(), (until, attempt));
        self.order.push_back((until, name));
        self.expire(now);
    }

    fn take(&mut self, name: &Name) -> Option<Attempt> {
        self.attempts.remove(name).map(|(_, attempt)| attempt)
    }
}

impl Border {
    pub(crate) fn remember_challenged(&mut self, turn: &mut Turn<'_>, call: u64, leg: LegId) {
        let Some(tracked) = self.state.calls.get(&call) else {
            return;
        };
        if !matches!(tracked.party(CALLER), Some(Party::Browser { .. })) {
            return;
        }
        let Some((call_id, from_tag)) = tracked.call.caller_names() else {
            return;
        };
        let (Some(flow), Some(names), Some(cseq)) = (
            tracked.call.flow(CALLER),
            tracked.call.names(leg),
            tracked.call.invite_cseq(leg),
        ) else {
            return;
        };
        let name = (flow, call_id, from_tag);
        let (call_id, from_tag) = names;
        let attempt = Attempt {
            call_id,
            from_tag,
            cseq,
        };
        self.state.retries.remember(turn.now, name, attempt);
    }

    /// The attempt that this INVITE continues.
    pub(crate) fn earlier_attempt(&mut self, flow: Flow, request: &Request) -> Option<Attempt> {
        let call_id = request.headers.call_id().ok()?.to_owned();
        let tag = request.headers.from_tag()?.to_owned();
        self.state.retries.take(&(flow, call_id, tag))
    }
}
