use super::{PUBLIC_MEDIA, Town};
use media_worker::{Output, PUBLIC, Slot, Verdict};
use proto_base::SocketId;
use sbc_border::Input;
use std::net::SocketAddr;

impl Town {
    fn socket_address(&self, socket: SocketId) -> Option<SocketAddr> {
        if socket == PUBLIC {
            Some(PUBLIC_MEDIA)
        } else {
            self.ports.get(&socket).copied()
        }
    }

    /// Who lives at an address: a socket of the worker, a page or a desk.
    pub(super) fn deliver_packet(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let now = self.now;
        let socket = if to == PUBLIC_MEDIA {
            Some(PUBLIC)
        } else {
            self.ports
                .iter()
                .find(|(_, at)| **at == to)
                .map(|(socket, _)| *socket)
        };
        if let Some(socket) = socket {
            let length = bytes.len();
            let mut buffer = bytes;
            buffer.resize(length + 64, 0);
            let mut slot = Slot {
                buffer: &mut buffer,
                length,
            };
            let verdict = self.worker.handle_datagram(now, socket, from, &mut slot);
            if let Verdict::Forward { socket, to, range } = verdict
                && let (Some(source), Some(packet)) =
                    (self.socket_address(socket), buffer.get(range))
            {
                let packet = packet.to_vec();
                self.post.packet(now, source, to, packet);
            }
            self.drain_worker();
            return;
        }
        if let Some(agent) = self.folk.iter_mut().find(|agent| agent.media.lives_at(to)) {
            agent.media.receive(now, to, from, &bytes);
            self.drain_folk();
            return;
        }
        self.exchange_hears(from, to, &bytes);
    }

    pub(super) fn drain_worker(&mut self) {
        let mut told = Vec::new();
        while let Some(output) = self.worker.poll_output() {
            match output {
                Output::Transmit { socket, to, bytes } => {
                    if let Some(source) = self.socket_address(socket) {
                        self.post.packet(self.now, source, to, bytes);
                    }
                }
                Output::Bind { socket, at } => {
                    self.ports.insert(socket, at);
                }
                Output::Unbind { socket } => {
                    self.ports.remove(&socket);
                }
                Output::Event(event) => told.push(event),
            }
        }
        for event in told {
            self.negotiator.hear(&event);
            self.border_input(Input::Media(event));
        }
    }
}
