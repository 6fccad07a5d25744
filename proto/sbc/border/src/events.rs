//! What the transaction layer tells.

use crate::turn::{Asker, Turn};
use crate::{Arrival, Border};
use sip_transaction::Event;

impl Border {
    /// Everything that is waiting, until nothing waits.
    pub(crate) fn drain(&mut self, turn: &mut Turn<'_>) {
        self.events(turn, None);
        self.transmit();
    }

    /// `arrival` is where the message in hand came from; requests come from nowhere else.
    pub(crate) fn events(&mut self, turn: &mut Turn<'_>, arrival: Option<Arrival>) {
        while let Some(event) = self.state.transactions.poll_event() {
            match (event, arrival) {
                (Event::Request { key, request, .. }, Some(arrival)) => {
                    let ask = self.new_ask(key, arrival.flow);
                    self.admit(turn, Asker { ask, arrival }, request);
                }
                (Event::Ack { request, .. }, Some(arrival)) => self.ack(turn, arrival, request),
                (Event::Cancel { invite, request }, Some(arrival)) => {
                    self.cancelled(turn, arrival, &invite, &request);
                }
                (Event::Response { key, response }, _) => self.response(turn, &key, response),
                (Event::Failed { key, timed_out }, _) => self.failed(turn, &key, timed_out),
                (Event::ServerEnded { key }, _) => self.forget_ask(&key),
                (Event::ClientEnded { key }, _) => self.client_ended(turn, &key),
                // A refusal that was never acknowledged: its sender is gone, and nothing waits for it.
                (Event::NoAck { .. }, _) => {}
                (Event::Request { .. } | Event::Ack { .. } | Event::Cancel { .. }, None) => {}
            }
        }
    }
}
