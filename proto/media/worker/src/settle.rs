use crate::entry::{Leg, Public, Way};
use crate::tables::{Owner, Tables};
use crate::{Output, Worker};
use control_command::{Event, What};
use proto_base::Time;

impl Worker {
    /// After anything but a packet: lets the parts of a session speak, and brings tables and deadlines into line with it.
    pub(crate) fn settle(&mut self, now: Time, place: usize) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        let session = entry.session;
        for leg in &mut entry.legs {
            let Way::Public(public) = &mut leg.way else {
                continue;
            };
            let id = leg.id;
            while let Some(output) = public.handshake.poll_output() {
                let what = match output {
                    media_handshake::Output::Transmit { from, to, bytes } => {
                        let socket = from.unwrap_or_else(|| public.socket_to(to));
                        self.outputs
                            .push_back(Output::Transmit { socket, to, bytes });
                        continue;
                    }
                    media_handshake::Output::IceConnected(at) => What::IceConnected(at),
                    media_handshake::Output::IceFailed => What::IceFailed,
                    media_handshake::Output::DtlsConnected(keys) => {
                        entry.stream.install_keys(now, id, &keys);
                        What::DtlsConnected(keys.profile.name().to_owned())
                    }
                    media_handshake::Output::DtlsFailed(why) => What::DtlsFailed(why),
                };
                self.outputs.push_back(Output::Event(Event {
                    session,
                    leg: Some(id),
                    what,
                }));
            }
            let selected = public.handshake.selected();
            if let Some(selected) = selected {
                let chosen = public.handshake.selected_socket();
                public.socket = chosen.unwrap_or_else(|| public.socket_to(selected));
            }
            if selected != public.remote {
                public.remote = selected;
                entry.stream.set_remote(id, selected);
            }
            index(leg, place, &mut self.tables);
        }
        self.drain_stream(place);
        self.schedule(now, place);
    }

    /// What the stream says goes out in its order.
    pub(crate) fn drain_stream(&mut self, place: usize) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        while let Some(output) = entry.stream.poll_output() {
            match output {
                media_stream::Output::Transmit {
                    leg,
                    port,
                    to,
                    bytes,
                } => {
                    if let Some(socket) = entry.socket(leg, port) {
                        self.outputs
                            .push_back(Output::Transmit { socket, to, bytes });
                    }
                }
                media_stream::Output::Event(event) => {
                    self.outputs.push_back(Output::Event(event));
                }
            }
        }
    }
}

/// Brings the tables into line with what a leg answers to.
fn index(leg: &mut Leg, place: usize, tables: &mut Tables) {
    let owner = Owner { place, leg: leg.id };
    let Way::Public(public) = &mut leg.way else {
        return;
    };
    let public: &mut Public = public;
    let handshake = &public.handshake;
    public.addresses.retain(|known| {
        let stays = handshake.addresses().any(|address| address == *known);
        if !stays {
            tables.remove_address(*known, owner);
        }
        stays
    });
    for address in handshake.addresses() {
        if !public.addresses.contains(&address) {
            public.addresses.push(address);
            tables.add_address(address, owner);
        }
    }
    // Also what a check left that was answered with an error, and so is no pair.
    let addresses = &public.addresses;
    public.local_ends.retain(|(far, _)| addresses.contains(far));
    public.names.retain(|known| {
        let stays = handshake.names().any(|name| name == known);
        if !stays {
            tables.remove_name(known, owner);
        }
        stays
    });
    for name in handshake.names() {
        if !public.names.iter().any(|known| known == name) {
            public.names.push(name.to_vec());
            tables.add_name(name, owner);
        }
    }
}
