//! How much one connection may ask for. Whoever has proved nothing can at first do no more than try to register, and each
//! trial costs the registrar a request: so the trials are counted.

use crate::Border;
use crate::turn::Turn;
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_message::{Method, Request};
use std::time::Duration;

/// REGISTERs of one connection that the registrar has not answered. A page that comes back registers all its users at once,
/// ten by default.
const MAX_UNDER_WAY: u32 = 16;
/// REGISTERs of one connection that were not granted within [`WINDOW`]. Each that is granted was challenged once before, so a
/// page with its ten users needs ten, and its person has some wrong passwords left.
const MAX_REFUSED: u32 = 32;
/// Two trials a second, at most, from one connection.
const WINDOW: Duration = Duration::from_secs(16);
/// Transactions of one connection that has proved who it is. An ended call keeps some for 32 s more.
const MAX_TRANSACTIONS: usize = 256;
/// Of one that has not: each is a REGISTER under way, or a refusal that nobody acknowledged.
const MAX_TRANSACTIONS_UNPROVED: usize = 32;

/// What a connection has tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trials {
    under_way: u32,
    refused: u32,
    since: Time,
}

impl Border {
    /// `Err`: after so many seconds the connection may register again.
    pub(crate) fn may_register(&mut self, turn: &Turn<'_>, flow: Flow) -> Result<(), u32> {
        let trials = self.state.trials.entry(flow).or_insert(Trials {
            under_way: 0,
            refused: 0,
            since: turn.now,
        });
        let until = trials.since + WINDOW;
        if until <= turn.now {
            trials.refused = 0;
            trials.since = turn.now;
        }
        if trials.under_way >= MAX_UNDER_WAY {
            return Err(u32::try_from(self.plan.patience.as_secs().max(1)).unwrap_or(u32::MAX));
        }
        if trials.refused >= MAX_REFUSED {
            let left = until.since(turn.now).as_secs().saturating_add(1);
            return Err(u32::try_from(left).unwrap_or(u32::MAX));
        }
        trials.under_way = trials.under_way.saturating_add(1);
        Ok(())
    }

    pub(crate) fn registered(&mut self, flow: Flow, granted: bool) {
        // Without an entry the connection is gone.
        if let Some(trials) = self.state.trials.get_mut(&flow) {
            trials.under_way = trials.under_way.saturating_sub(1);
            if !granted {
                trials.refused = trials.refused.saturating_add(1);
            }
        }
    }

    /// Whether a new request finds room. What ends something always does.
    pub(crate) fn has_room_for(&self, flow: Flow, request: &Request) -> bool {
        if matches!(request.method, Method::Ack | Method::Cancel | Method::Bye) {
            return true;
        }
        let most = if self.state.bindings.has_proved_any(flow) {
            MAX_TRANSACTIONS
        } else {
            MAX_TRANSACTIONS_UNPROVED
        };
        self.state.transactions.count_of(flow) < most
    }
}
