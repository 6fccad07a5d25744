use crate::tables::Owner;
use crate::{Slot, Verdict, Worker};
use media_stream::Port;
use proto_base::{SocketId, Time};
use rtc_ice::full::TRANSACTION_PREFIX;
use rtc_ice::{Class, Message};
use std::net::SocketAddr;

/// What a first octet says (RFC 7983 §7).
enum Kind {
    Stun,
    Dtls,
    Rtp,
    Alien,
}

fn kind(first: Option<&u8>) -> Kind {
    match first {
        Some(0..=3) => Kind::Stun,
        Some(20..=63) => Kind::Dtls,
        Some(128..=191) => Kind::Rtp,
        _ => Kind::Alien,
    }
}

impl Worker {
    /// A datagram on the port that all browsers share. `place` tells whose session it is, for the case that it breaks.
    pub(crate) fn on_public_port(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        slot: &mut Slot<'_>,
        place: &mut Option<usize>,
    ) -> Verdict {
        match kind(slot.buffer.first().filter(|_| slot.length > 0)) {
            Kind::Rtp => match self.tables.at_address(from) {
                Some(owner) => {
                    *place = Some(owner.place);
                    self.relay(now, owner, Port::Mux, from, slot)
                }
                None => refuse(&mut self.counters.rtp_strangers),
            },
            Kind::Stun => self.on_stun(now, socket, from, slot, place),
            Kind::Dtls => self.on_dtls(now, from, slot, place),
            Kind::Alien => refuse(&mut self.counters.alien),
        }
    }

    /// A datagram on a leg's own port: RTP or RTCP, or noise that the stream refuses.
    pub(crate) fn on_port_pair(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        slot: &mut Slot<'_>,
        place: &mut Option<usize>,
    ) -> Verdict {
        match self.tables.on_socket(socket) {
            Some((owner, port)) => {
                *place = Some(owner.place);
                self.relay(now, owner, port, from, slot)
            }
            None => refuse(&mut self.counters.rtp_strangers),
        }
    }

    fn relay(
        &mut self,
        now: Time,
        owner: Owner,
        port: Port,
        from: SocketAddr,
        slot: &mut Slot<'_>,
    ) -> Verdict {
        let Some(entry) = self.sessions.get_mut(owner.place) else {
            return refuse(&mut self.counters.rtp_strangers);
        };
        #[cfg(test)]
        assert!(!entry.is_broken, "an invariant of this session is broken");
        let verdict = entry
            .stream
            .handle(now, owner.leg, port, from, slot.buffer, slot.length);
        let verdict = match verdict {
            media_stream::Verdict::Forward {
                leg,
                port,
                to,
                range,
            } => match entry.socket(leg, port) {
                Some(socket) => Verdict::Forward { socket, to, range },
                None => Verdict::Drop,
            },
            media_stream::Verdict::Consumed => Verdict::Consumed,
            media_stream::Verdict::Drop => Verdict::Drop,
        };
        self.drain_stream(owner.place);
        if verdict == Verdict::Consumed {
            // Sound that is transcoded leaves by the clock.
            self.schedule(now, owner.place);
        }
        verdict
    }

    /// Cheap looks first; the ufrag, or a response's transaction, finds the leg; only then is anything computed, and only what is authentic changes
    /// anything or is answered.
    fn on_stun(
        &mut self,
        now: Time,
        socket: SocketId,
        from: SocketAddr,
        slot: &Slot<'_>,
        place: &mut Option<usize>,
    ) -> Verdict {
        let message = slot.buffer.get(..slot.length).map(Message::parse);
        let Some(Ok(message)) = message else {
            return refuse(&mut self.counters.stun_malformed);
        };
        let transaction = message.transaction();
        let name = match message.class() {
            Class::Success | Class::Error => transaction.0.get(..TRANSACTION_PREFIX),
            Class::Request | Class::Indication => message.ufrags().map(|(ours, _)| ours),
        };
        let owner = name.and_then(|name| self.tables.named(name));
        let Some(owner) = owner else {
            return refuse(&mut self.counters.stun_refused);
        };
        // An address serves one leg at a time: else somebody who has a call of his own and forges addresses could take
        // another's packets away.
        if self
            .tables
            .at_address(from)
            .is_some_and(|holder| holder != owner)
        {
            return refuse(&mut self.counters.stun_refused);
        }
        *place = Some(owner.place);
        let Ok(identity) = &self.identity else {
            return refuse(&mut self.counters.stun_refused);
        };
        let random = &mut self.random;
        let accepted = self
            .sessions
            .get_mut(owner.place)
            .and_then(|entry| entry.public_mut(owner.leg))
            .is_some_and(|public| {
                let accepted = public
                    .handshake
                    .handle_stun(now, identity, random, (socket, from), &message)
                    .is_ok();
                if accepted {
                    public.note_check(from, socket);
                }
                accepted
            });
        if !accepted {
            return refuse(&mut self.counters.stun_refused);
        }
        self.settle(now, owner.place);
        Verdict::Consumed
    }

    fn on_dtls(
        &mut self,
        now: Time,
        from: SocketAddr,
        slot: &Slot<'_>,
        place: &mut Option<usize>,
    ) -> Verdict {
        let (Some(owner), Some(datagram), Ok(identity)) = (
            self.tables.at_address(from),
            slot.buffer.get(..slot.length),
            &self.identity,
        ) else {
            return refuse(&mut self.counters.dtls_refused);
        };
        *place = Some(owner.place);
        let accepted = self
            .sessions
            .get_mut(owner.place)
            .and_then(|entry| entry.public_mut(owner.leg))
            .is_some_and(|public| public.handshake.handle_dtls(now, identity, from, datagram));
        if !accepted {
            return refuse(&mut self.counters.dtls_refused);
        }
        self.settle(now, owner.place);
        Verdict::Consumed
    }
}

fn refuse(counter: &mut u64) -> Verdict {
    *counter = counter.saturating_add(1);
    Verdict::Drop
}
