use super::{BORDER, EXCHANGE, Town};
use demo_exchange::{Input, MediaId, Output};
use std::net::SocketAddr;

impl Town {
    pub(super) fn exchange_receives(&mut self, from: SocketAddr, bytes: &[u8]) {
        if !self.exchange_is_dead {
            self.exchange_input(Input::Datagram {
                from,
                bytes: bytes.to_vec(),
            });
        }
    }

    pub(super) fn exchange_timeout(&mut self) {
        self.exchange_input(Input::Timeout);
    }

    /// A packet for one of its services.
    pub(super) fn exchange_hears(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let id = self
            .services
            .iter()
            .find(|(_, at)| **at == to)
            .map(|(id, _)| *id);
        if let Some(id) = id {
            self.exchange_input(Input::Rtp {
                id,
                from,
                bytes: bytes.to_vec(),
            });
        }
    }

    fn exchange_input(&mut self, input: Input) {
        let now = self.now;
        self.exchange.handle(now, input);
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Send { to, bytes } => {
                    if self.exchange_is_dead {
                        continue;
                    }
                    if self.speaks_tcp && to == BORDER {
                        self.over_trunk(false, bytes);
                    } else {
                        self.post.datagram(now, EXCHANGE, to, bytes);
                    }
                }
                Output::OpenMedia { id, local } => {
                    self.services.insert(id, local);
                }
                Output::CloseMedia { id } => {
                    self.services.remove(&id);
                }
                Output::SendRtp { id, to, bytes } => {
                    if let Some(from) = self.service_address(id) {
                        self.post.packet(now, from, to, bytes);
                    }
                }
            }
        }
    }

    fn service_address(&self, id: MediaId) -> Option<SocketAddr> {
        self.services.get(&id).copied()
    }
}
