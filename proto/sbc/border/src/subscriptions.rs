//! The table of subscriptions: each is taken out, handled, put back, and what it wants is done.

use crate::Border;
use crate::client::Errand;
use crate::state::Party;
use crate::turn::Turn;
use proto_base::{Flow, Time};
use sbc_subscription::{Action, Context, Failure, RequestId, Side, Subscription};
use serde::{Deserialize, Serialize};
use sip_message::{Request, StatusCode, Uri};
use std::collections::{BTreeMap, BTreeSet};

const SIDES: [Side; 2] = [Side::Subscriber, Side::Notifier];

/// All subscriptions, and what finds them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Subscriptions {
    table: BTreeMap<u64, Watched>,
    next: u64,
    /// Call-ID and our tag → the leg.
    legs: BTreeMap<(String, String), (u64, Side)>,
    /// Which legs a browser's binding has, by its token.
    of_token: BTreeSet<(String, u64, Side)>,
    /// Which legs a connection carries.
    on_flow: BTreeSet<(Flow, u64, Side)>,
    deadlines: BTreeSet<(Time, u64)>,
}

/// A subscription, and what only the border knows of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Watched {
    pub(crate) subscription: Subscription,
    subscriber: Party,
    notifier: Party,
    /// As it stands in the indexes.
    flows: [Option<Flow>; 2],
    deadline: Option<Time>,
}

impl Watched {
    pub(crate) fn new(subscription: Subscription, subscriber: Party, notifier: Party) -> Self {
        Self {
            subscription,
            subscriber,
            notifier,
            flows: [None, None],
            deadline: None,
        }
    }

    pub(crate) fn party(&self, side: Side) -> &Party {
        match side {
            Side::Subscriber => &self.subscriber,
            Side::Notifier => &self.notifier,
        }
    }
}

impl Subscriptions {
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn are_settled(&self) -> bool {
        self.table
            .values()
            .all(|watched| watched.subscription.is_settled())
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Watched> {
        self.table.get(&id)
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// The leg with this Call-ID and tag of ours.
    pub(crate) fn leg(&self, name: &(String, String)) -> Option<(u64, Side)> {
        self.legs.get(name).copied()
    }

    /// Legs of the browser with this token.
    fn legs_of(&self, token: &str) -> Vec<(u64, Side)> {
        let first = (token.to_owned(), 0, Side::Subscriber);
        let last = (token.to_owned(), u64::MAX, Side::Notifier);
        let legs = self.of_token.range(first..=last);
        legs.map(|(_, id, side)| (*id, *side)).collect()
    }

    /// How many legs a browser has.
    pub(crate) fn count_of(&self, token: &str) -> usize {
        self.legs_of(token).len()
    }

    fn legs_on(&self, flow: Flow) -> Vec<(u64, Side)> {
        self.on_flow
            .range((flow, 0, Side::Subscriber)..=(flow, u64::MAX, Side::Notifier))
            .map(|(_, id, side)| (*id, *side))
            .collect()
    }

    fn insert(&mut self, id: u64, watched: Watched) {
        for side in SIDES {
            self.legs
                .insert(watched.subscription.names(side), (id, side));
            if let Party::Browser { token, .. } = watched.party(side) {
                self.of_token.insert((token.clone(), id, side));
            }
        }
        self.table.insert(id, watched);
        self.index(id);
    }

    /// Brings the indexes in line with what a subscription has become.
    fn index(&mut self, id: u64) {
        let Some(watched) = self.table.get_mut(&id) else {
            return;
        };
        for (at, side) in SIDES.into_iter().enumerate() {
            let is_browser = matches!(watched.party(side), Party::Browser { .. });
            let flow = is_browser.then(|| watched.subscription.flow(side));
            if let Some(known) = watched.flows.get_mut(at)
                && *known != flow
            {
                if let Some(old) = *known {
                    self.on_flow.remove(&(old, id, side));
                }
                if let Some(new) = flow {
                    self.on_flow.insert((new, id, side));
                }
                *known = flow;
            }
        }
        let deadline = watched.subscription.deadline();
        if watched.deadline != deadline {
            if let Some(old) = watched.deadline {
                self.deadlines.remove(&(old, id));
            }
            if let Some(new) = deadline {
                self.deadlines.insert((new, id));
            }
            watched.deadline = deadline;
        }
    }

    fn remove(&mut self, id: u64) {
        let Some(watched) = self.table.remove(&id) else {
            return;
        };
        for (side, flow) in SIDES.into_iter().zip(watched.flows) {
            let name = watched.subscription.names(side);
            // A retry with credentials goes under the subscriber's same names, and may have them now.
            if self.legs.get(&name) == Some(&(id, side)) {
                self.legs.remove(&name);
            }
            if let Party::Browser { token, .. } = watched.party(side) {
                self.of_token.remove(&(token.clone(), id, side));
            }
            if let Some(flow) = flow {
                self.on_flow.remove(&(flow, id, side));
            }
        }
        if let Some(at) = watched.deadline {
            self.deadlines.remove(&(at, id));
        }
    }
}

impl Border {
    pub(crate) fn watch(
        &mut self,
        turn: &mut Turn<'_>,
        id: u64,
        watched: Watched,
        actions: Vec<Action>,
    ) {
        self.state.subscriptions.insert(id, watched);
        self.perform_for_subscription(turn, id, actions);
    }

    /// Lends a subscription to `act`, and does what it wants then.
    pub(crate) fn with_subscription(
        &mut self,
        turn: &mut Turn<'_>,
        id: u64,
        act: impl FnOnce(&mut Subscription, &mut Context<'_>),
    ) {
        let Some(watched) = self.state.subscriptions.table.get_mut(&id) else {
            return;
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: turn.now,
            random: &mut self.state.random,
            actions: &mut actions,
        };
        act(&mut watched.subscription, &mut context);
        self.state.subscriptions.index(id);
        self.perform_for_subscription(turn, id, actions);
        let is_over = self
            .state
            .subscriptions
            .get(id)
            .is_some_and(|watched| watched.subscription.is_over(turn.now));
        if is_over {
            self.state.subscriptions.remove(id);
        }
    }

    fn perform_for_subscription(&mut self, turn: &mut Turn<'_>, id: u64, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond { ask, response } => {
                    self.respond(turn, sbc_call::AskId(ask.0), response);
                }
                Action::Request {
                    id: request_id,
                    side,
                    hop,
                    request,
                } => {
                    self.subscription_requests(turn, (id, request_id), side, hop.as_ref(), request);
                }
            }
        }
    }

    fn subscription_requests(
        &mut self,
        turn: &mut Turn<'_>,
        (id, request_id): (u64, RequestId),
        side: Side,
        hop: Option<&Uri>,
        request: Request,
    ) {
        let Some(watched) = self.state.subscriptions.get(id) else {
            return;
        };
        let errand = Errand::Subscription {
            subscription: id,
            request: request_id,
        };
        match watched.party(side) {
            Party::Peer(peer) => {
                let peer = *peer;
                let hop = self.next_hop(turn.now, peer, hop);
                self.request_hop(turn, hop, request, errand);
            }
            Party::Browser { token, .. } => {
                let known = watched.subscription.flow(side);
                let flow = [self.state.flow_of(token), Some(known)]
                    .into_iter()
                    .flatten()
                    .find(|flow| self.state.is_open(*flow));
                match flow {
                    Some(flow) => self.request_outward(turn, flow, request, errand),
                    None => {
                        let failure = Failure {
                            status: StatusCode::of(480),
                            retry_after: None,
                        };
                        self.with_subscription(turn, id, |subscription, context| {
                            subscription.failed(context, request_id, failure);
                            subscription.request_ended(request_id);
                        });
                    }
                }
            }
        }
    }

    /// A connection is gone: what it carried may come back for a while.
    pub(crate) fn subscriptions_lose(&mut self, turn: &mut Turn<'_>, flow: Flow) {
        for (id, side) in self.state.subscriptions.legs_on(flow) {
            self.with_subscription(turn, id, |subscription, context| {
                subscription.connection_lost(context, side);
            });
        }
    }

    /// A browser's subscriptions go where it is now.
    pub(crate) fn subscriptions_follow(&mut self, turn: &mut Turn<'_>, token: &str, flow: Flow) {
        for (id, side) in self.state.subscriptions.legs_of(token) {
            self.subscription_moves(turn, id, side, flow);
        }
    }

    pub(crate) fn subscription_moves(
        &mut self,
        turn: &mut Turn<'_>,
        id: u64,
        side: Side,
        flow: Flow,
    ) {
        let moved = self.state.subscriptions.get(id).is_some_and(|watched| {
            matches!(watched.party(side), Party::Browser { .. })
                && watched.subscription.flow(side) != flow
        });
        if moved && self.state.connections.contains_key(&flow) {
            let contact = self.outer_contact(flow);
            self.with_subscription(turn, id, |subscription, _| {
                subscription.moved(side, flow, &contact);
            });
        }
    }

    pub(crate) fn subscriptions_due(&mut self, turn: &mut Turn<'_>) {
        while let Some((at, id)) = self.state.subscriptions.deadlines.first().copied() {
            if at > turn.now {
                break;
            }
            self.state.subscriptions.deadlines.remove(&(at, id));
            if let Some(watched) = self.state.subscriptions.table.get_mut(&id) {
                watched.deadline = None;
            }
            self.with_subscription(turn, id, |subscription, context| {
                subscription.timeout(context);
            });
        }
    }

    pub(crate) fn subscriptions_leave(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<u64> = self.state.subscriptions.table.keys().copied().collect();
        for id in ids {
            self.with_subscription(turn, id, |subscription, context| {
                subscription.shut_down(context);
            });
        }
    }
}
