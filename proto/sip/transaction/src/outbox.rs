use crate::{Event, Transmit};
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What waits to be fetched. It grows only inside one input, and whoever feeds the table drains it after each.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

impl Outbox {
    pub(crate) fn send(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.transmits.push_back(Transmit { flow, bytes });
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn next_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.transmits.is_empty() && self.events.is_empty()
    }
}
