//! How much one connection may ask for. Whoever has proved nothing can at first do no more than try to register, and each
//! trial costs the registrar a request: so the trials are counted.

use crate::Border;
use crate::turn::Turn;
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_message::{Method, Request};
use std::net::{IpAddr, Ipv6Addr};
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
/// Addresses with wrong passwords remembered at once. More than these within [`WINDOW`] are a botnet, against which counting
/// by address is no help.
const MAX_SOURCES: usize = 8192;

/// What a connection has tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trials {
    under_way: u32,
    refused: u32,
    since: Time,
}

/// Wrong passwords from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guesses {
    refused: u32,
    since: Time,
}

/// Who has one address has them all: a home is given an IPv6 /64.
fn network_of(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
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

    /// Whether this address may try more passwords; `Err`: after so many seconds. A connection has its own limit, but costs nothing.
    pub(crate) fn may_try(&self, turn: &Turn<'_>, source: IpAddr) -> Result<(), u32> {
        let most = self.plan.max_trials_per_source;
        let Some(known) = self.state.sources.get(&network_of(source)) else {
            return Ok(());
        };
        let until = known.since + WINDOW;
        if most == 0 || known.refused < most || until <= turn.now {
            return Ok(());
        }
        let left = until.since(turn.now).as_secs().saturating_add(1);
        Err(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// A password was tried from this address, and was right or wrong.
    pub(crate) fn tried(&mut self, turn: &Turn<'_>, source: IpAddr, right: bool) {
        let source = network_of(source);
        let sources = &mut self.state.sources;
        if let Some(known) = sources.get_mut(&source)
            && known.since + WINDOW > turn.now
        {
            known.refused = match right {
                true => known.refused.saturating_sub(1),
                false => known.refused.saturating_add(1),
            };
            return;
        }
        if right {
            sources.remove(&source);
            return;
        }
        if sources.len() >= MAX_SOURCES {
            sources.retain(|_, known| known.since + WINDOW > turn.now);
        }
        if sources.len() < MAX_SOURCES {
            let since = turn.now;
            sources.insert(source, Guesses { refused: 1, since });
        }
    }

    /// Whether a user may have one more call.
    pub(crate) fn may_call(&self, address_of_record: &str) -> bool {
        let bindings = self.state.bindings.of_address_of_record(address_of_record);
        let mut calls: Vec<u64> = bindings
            .iter()
            .flat_map(|binding| self.legs_of(&binding.token))
            .map(|(call, _)| call)
            .filter(|call| {
                let tracked = self.state.calls.get(call);
                tracked.is_some_and(|tracked| tracked.call.is_live())
            })
            .collect();
        calls.sort_unstable();
        calls.dedup();
        calls.len() < self.plan.max_calls_per_user
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
