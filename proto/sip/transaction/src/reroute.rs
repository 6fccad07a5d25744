//! A peer that was on one connection is on another.

use crate::layer::Machine;
use crate::path::Path;
use crate::{ClientKey, Transactions};
use proto_base::{Flow, Transport};

impl Transactions {
    /// Whoever a request of ours went to is on another flow now. What has not been answered at all goes there once more, under its
    /// old branch: who has heard it before knows it for a retransmission. Responses are expected from there. The timers run
    /// on.
    pub fn reroute(&mut self, client: &ClientKey, flow: Flow, transport: Transport) {
        let Some(&number) = self.clients.get(client) else {
            return;
        };
        let Some(entry) = self.table.get_mut(&number) else {
            return;
        };
        let path = Path { flow, transport };
        match &mut entry.machine {
            Machine::InviteClient(_, machine) => machine.reroute(path, &mut self.outbox),
            Machine::NonInviteClient(_, machine) => machine.reroute(path, &mut self.outbox),
            Machine::InviteServer(..) | Machine::NonInviteServer(..) => return,
        }
        self.flows.remove(&(entry.flow, number));
        self.flows.insert((flow, number));
        entry.flow = flow;
    }
}
