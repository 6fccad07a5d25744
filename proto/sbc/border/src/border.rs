use crate::dress::Words;
use crate::locate::Names;
use crate::state::State;
use crate::trunks;
use crate::turn::Turn;
use crate::{Input, Output, Reason};
use control_command::Door;
use proto_base::{Random, Time};
use sbc_policy::Plan;
use std::collections::{BTreeMap, VecDeque};

/// The SBC.
#[derive(Debug)]
pub struct Border {
    pub(crate) plan: Plan,
    pub(crate) words: Words,
    pub(crate) state: State,
    pub(crate) out: VecDeque<Output>,
}

impl Border {
    /// One that has seen nothing yet. `random` must be seeded from the system's entropy: tags and tokens guard calls.
    pub fn new(plan: Plan, random: Random) -> Self {
        let mut state = State::new(random);
        state.trunks = trunks::raise(&plan, BTreeMap::new(), &mut state.random);
        state.names = Names::of(&plan);
        Self {
            words: Words::of(&plan),
            plan,
            state,
            out: VecDeque::new(),
        }
    }

    /// One input; then drain [`Border::poll_output`].
    pub fn handle(&mut self, now: Time, input: Input, door: &mut dyn Door) {
        let turn = &mut Turn { now, door };
        match input {
            Input::Opened(arrival, names) => self.opened(arrival, &names),
            Input::Received(arrival, bytes) => self.receive(turn, arrival, &bytes, false),
            Input::Overdue(arrival, bytes) => self.receive(turn, arrival, &bytes, true),
            Input::Closed(flow) => self.closed(turn, flow),
            Input::Unreachable(target) => self.unreachable(turn, target),
            Input::Media(event) => self.media(turn, event),
            Input::Unwoken(wake) => self.unwoken(turn, wake),
            Input::Found(question, answer) => self.found(turn, question, answer),
            Input::Decided(id, verdict) => self.decided(turn, id, verdict),
            Input::Timeout => self.timeout(turn),
            Input::Shutdown => self.shutdown(turn),
        }
        self.drain(turn);
        self.tell_drained();
    }

    /// The next thing to do in the world.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Input::Timeout`] is wanted next, and what for.
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        self.deadline()
    }

    /// No call, dialog, transaction or timer is left (bindings may be).
    pub fn is_idle(&self) -> bool {
        self.state.calls.is_empty()
            && self.state.subscriptions.is_empty()
            && self.state.clients.is_empty()
            && self.state.asks.is_empty()
            && self.state.patience.is_empty()
            && self.state.retries.is_empty()
            && self.state.sleepers.is_empty()
            && self.state.consults.is_empty()
            && self.state.transactions.is_idle()
    }

    /// Browsers known at the registrar, reachable or not.
    pub fn bindings(&self) -> usize {
        self.state.bindings.len()
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        self.state.live_calls
    }

    pub(crate) fn tell(&mut self, tell: crate::Tell) {
        self.out.push_back(Output::Tell(tell));
    }
}
