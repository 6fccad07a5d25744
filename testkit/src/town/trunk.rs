use super::{BORDER, EXCHANGE, INSIDE, Town};
use proto_base::{Flow, Transport};
use sbc_border::{Arrival, Input};

/// The numbers of TCP connections begin here; below are the pages' WebSockets.
const FIRST: u64 = 9_000;

/// Whether a connection is one between border and exchange.
pub(super) fn is_trunk(connection: u64) -> bool {
    connection >= FIRST
}

impl Town {
    /// A message between border and exchange over TCP; whoever speaks first opens the connection.
    pub(super) fn over_trunk(&mut self, up: bool, bytes: Vec<u8>) {
        let connection = match self.trunk {
            Some(connection) => connection,
            None => {
                let connection = FIRST + self.trunks;
                self.trunks += 1;
                self.trunk = Some(connection);
                self.border_input(Input::Opened(arrival(connection), Vec::new()));
                connection
            }
        };
        self.post.trunk(self.now, connection, up, bytes);
    }

    pub(super) fn deliver_trunk(&mut self, connection: u64, up: bool, bytes: Vec<u8>) {
        if self.trunk != Some(connection) {
            return;
        }
        if up {
            self.exchange_receives(BORDER, &bytes);
        } else {
            self.border_input(Input::Received(arrival(connection), bytes));
        }
    }

    pub(super) fn sever(&mut self, connection: u64) {
        if self.trunk == Some(connection) {
            self.trunk = None;
            self.border_input(Input::Closed(Flow::Connection(connection)));
        }
    }

    pub(super) fn speaks_tcp_to(&self, address: std::net::SocketAddr) -> bool {
        self.speaks_tcp && address == EXCHANGE
    }
}

fn arrival(connection: u64) -> Arrival {
    Arrival {
        flow: Flow::Connection(connection),
        network: INSIDE,
        transport: Transport::Tcp,
        local: BORDER,
        remote: EXCHANGE,
    }
}
