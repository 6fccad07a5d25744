use super::post::Parcel;
use super::trunk::is_trunk;
use super::{BORDER, EXCHANGE, INSIDE, Town};
use crate::agent::Habitat;
use proto_base::{Flow, Transport};
use sbc_border::{Arrival, Input, Output, Target, Tell};
use std::net::SocketAddr;

impl Town {
    pub(super) fn deliver(&mut self, parcel: Parcel) {
        let now = self.now;
        match parcel {
            Parcel::Datagram { from, to, bytes } if to == BORDER => {
                let flow = Flow::Datagram(INSIDE, from);
                let arrival = Arrival {
                    flow,
                    network: INSIDE,
                    transport: Transport::Udp,
                    local: BORDER,
                    remote: from,
                };
                self.border_input(Input::Received(arrival, bytes));
            }
            Parcel::Datagram { from, to, bytes } if to == EXCHANGE => {
                self.exchange_receives(from, &bytes)
            }
            Parcel::Datagram { from, to, bytes } => {
                let agent = self
                    .folk
                    .iter_mut()
                    .find(|agent| matches!(agent.habitat, Habitat::Desk { at, .. } if at == to));
                if let Some(agent) = agent {
                    agent.receive(now, Flow::Datagram(INSIDE, from), &bytes);
                }
                self.drain_folk();
            }
            Parcel::Frame {
                flow,
                up: true,
                bytes,
            } => {
                if self.is_open(flow) {
                    let arrival = self.arrival(flow);
                    self.border_input(Input::Received(arrival, bytes));
                }
            }
            Parcel::Frame {
                flow,
                up: false,
                bytes,
            } => {
                if let Some(agent) = self
                    .folk
                    .iter_mut()
                    .find(|agent| agent.habitat.flow() == flow)
                {
                    agent.receive(now, flow, &bytes);
                }
                self.drain_folk();
            }
            Parcel::Trunk {
                connection,
                up,
                bytes,
            } => self.deliver_trunk(connection, up, bytes),
            Parcel::Sever { connection } => self.sever(connection),
            Parcel::Break { flow } => {
                if self.is_open(flow) {
                    if let Some(agent) = self
                        .folk
                        .iter_mut()
                        .find(|agent| agent.habitat.flow() == flow)
                    {
                        agent.disconnected(now);
                    }
                    self.border_input(Input::Closed(flow));
                }
            }
            Parcel::Packet { from, to, bytes } => self.deliver_packet(from, to, bytes),
        }
    }

    fn is_open(&self, flow: Flow) -> bool {
        let gone = crate::agent::Seen::Disconnected;
        self.folk
            .iter()
            .any(|agent| agent.habitat.flow() == flow && !agent.saw(&gone))
    }

    pub(super) fn border_input(&mut self, input: Input) {
        self.border.handle(self.now, input, &mut self.negotiator);
        self.drain_border();
    }

    #[allow(clippy::panic)] // a question that no story can answer is the story's fault
    fn drain_border(&mut self) {
        while let Some((_, command)) = self.negotiator.poll_command() {
            self.worker.command(self.now, command);
        }
        while let Some(output) = self.border.poll_output() {
            match output {
                Output::Send(target, bytes) => self.border_sends(target, bytes),
                Output::Close(flow) => self.post.break_connection(self.now, flow),
                Output::Wake(wake) => self.wakes.push(wake),
                // The town has no hook: its plan asks nobody.
                Output::Consult(_) => {}
                // Everybody in this town is known by address.
                // No TLS is played here.
                Output::Expect(..) => {}
                Output::Lookup(question) => panic!("nobody has a name: {question:?}"),
                Output::Tell(tell) => {
                    if matches!(tell, Tell::CallEnded(_)) {
                        self.records += 1;
                    }
                    self.tells.push(tell);
                }
            }
        }
        self.drain_worker();
    }

    fn border_sends(&mut self, target: Target, bytes: Vec<u8>) {
        let address: Option<SocketAddr> = match target {
            Target::Flow(Flow::Connection(number)) if is_trunk(number) => {
                self.shown.push((false, bytes.clone()));
                if self.trunk == Some(number) {
                    self.over_trunk(true, bytes);
                }
                return;
            }
            Target::Flow(Flow::Connection(number)) => {
                self.shown.push((true, bytes.clone()));
                self.post
                    .frame(self.now, Flow::Connection(number), false, bytes);
                return;
            }
            Target::Flow(Flow::Datagram(_, address)) | Target::Address { address, .. } => {
                Some(address)
            }
        };
        if let Some(address) = address {
            self.shown.push((false, bytes.clone()));
            if self.speaks_tcp_to(address) {
                self.over_trunk(true, bytes);
                return;
            }
            self.post.datagram(self.now, BORDER, address, bytes);
        }
    }

    pub(super) fn drain_folk(&mut self) {
        let now = self.now;
        let mut packets = Vec::new();
        for agent in &mut self.folk {
            let disconnected = agent.saw(&crate::agent::Seen::Disconnected);
            for (flow, bytes) in agent.take_sends() {
                match (&agent.habitat, flow) {
                    (Habitat::Page { .. }, _) if disconnected => {}
                    (Habitat::Page { flow, .. }, _) => self.post.frame(now, *flow, true, bytes),
                    (Habitat::Desk { at, .. }, Flow::Datagram(_, to)) => {
                        self.post.datagram(now, *at, to, bytes)
                    }
                    (Habitat::Desk { .. }, Flow::Connection(_)) => {}
                }
            }
            while let Some(packet) = agent.media.poll_transmit() {
                packets.push(packet);
            }
        }
        for (from, to, bytes) in packets {
            self.post.packet(now, from, to, bytes);
        }
    }
}
