use crate::entry::{Entry, Leg, Local, Public, Way};
use crate::tables::Owner;
use crate::{Output, Worker};
use control_command::{LegPlan, MAX_LEGS, RtpPlan, SessionPlan, TransportPlan, WebRtcPlan, What};
use media_handshake::Handshake;
use media_stream::{Port, Session};
use proto_base::{SocketId, Time};
use std::net::SocketAddr;

impl Worker {
    /// Opens a session or brings it to a new plan.
    pub(crate) fn apply(&mut self, now: Time, plan: &SessionPlan) {
        let place = match self.sessions.place_of(plan.session) {
            Some(place) => {
                self.release_absent(place, plan);
                if let Some(entry) = self.sessions.get_mut(place) {
                    entry.stream.apply(now, plan);
                }
                place
            }
            None => {
                if self.sessions.is_full() {
                    self.tell(plan.session, None, What::Ended(Vec::new()));
                    return;
                }
                self.sessions.insert(Entry {
                    session: plan.session,
                    stream: Session::new(now, plan, &mut self.random),
                    legs: Vec::new(),
                    deadline: None,
                    #[cfg(test)]
                    is_broken: false,
                })
            }
        };
        for leg in plan.legs.iter().take(MAX_LEGS) {
            self.apply_leg(now, place, leg);
        }
        self.settle(now, place);
    }

    /// Lets go of legs that the plan has no more, or has otherwise.
    fn release_absent(&mut self, place: usize, plan: &SessionPlan) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        let stays = |leg: &Leg| {
            plan.legs.iter().any(|planned| {
                planned.leg == leg.id
                    && matches!(
                        (&planned.transport, &leg.way),
                        (TransportPlan::WebRtc(_), Way::Public(_))
                            | (TransportPlan::Rtp(_), Way::Pair { .. })
                    )
            })
        };
        let legs = std::mem::take(&mut entry.legs);
        let (kept, gone): (Vec<Leg>, Vec<Leg>) = legs.into_iter().partition(stays);
        entry.legs = kept;
        let session = entry.session;
        let counters: Vec<_> = gone
            .iter()
            .map(|leg| entry.stream.counters(leg.id).unwrap_or_default())
            .collect();
        for (leg, counters) in gone.iter().zip(counters) {
            self.release(place, leg);
            // One that only travels otherwise from now on is not gone.
            if plan.legs.iter().all(|planned| planned.leg != leg.id) {
                self.tell(session, Some(leg.id), What::LegEnded(counters));
            }
        }
    }

    fn apply_leg(&mut self, now: Time, place: usize, plan: &LegPlan) {
        match &plan.transport {
            TransportPlan::WebRtc(transport) => self.apply_public(now, place, plan, transport),
            TransportPlan::Rtp(transport) => self.apply_pair(place, plan, transport),
        }
    }

    fn apply_public(&mut self, now: Time, place: usize, plan: &LegPlan, transport: &WebRtcPlan) {
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        let identity = match &self.identity {
            Ok(identity) => identity,
            Err(unusable) => {
                let (session, why) = (entry.session, unusable.to_string());
                self.tell(session, Some(plan.leg), What::DtlsFailed(why));
                return;
            }
        };
        if let Some(public) = entry.public_mut(plan.leg) {
            public
                .handshake
                .apply(now, identity, &mut self.random, transport);
        } else {
            entry.legs.push(Leg {
                id: plan.leg,
                way: Way::Public(Box::new(Public {
                    handshake: Handshake::new(now, transport, &mut self.random),
                    socket: crate::PUBLIC,
                    local_ends: Vec::new(),
                    remote: None,
                    addresses: Vec::new(),
                    names: Vec::new(),
                })),
            });
        }
    }

    fn apply_pair(&mut self, place: usize, plan: &LegPlan, transport: &RtpPlan) {
        let owner = Owner {
            place,
            leg: plan.leg,
        };
        let known = self
            .sessions
            .get(place)
            .and_then(|entry| entry.pair(plan.leg));
        let rtp = self.bind(
            owner,
            Port::Rtp,
            known.map(|(rtp, _)| rtp),
            transport.local_rtp,
        );
        let rtcp = self.bind(
            owner,
            Port::Rtcp,
            known.map(|(_, rtcp)| rtcp),
            transport.local_rtcp,
        );
        let way = Way::Pair { rtp, rtcp };
        let Some(entry) = self.sessions.get_mut(place) else {
            return;
        };
        match entry.legs.iter_mut().find(|leg| leg.id == plan.leg) {
            Some(leg) => leg.way = way,
            None => entry.legs.push(Leg { id: plan.leg, way }),
        }
    }

    /// The socket for a port: the one there is if it is at the right place, otherwise a new one instead of it.
    fn bind(&mut self, owner: Owner, port: Port, known: Option<Local>, at: SocketAddr) -> Local {
        if let Some(known) = known {
            if known.at == at {
                return known;
            }
            self.unbind(known.socket);
        }
        let socket = self.new_socket();
        self.tables.add_socket(socket, owner, port);
        self.outputs.push_back(Output::Bind { socket, at });
        Local { socket, at }
    }

    pub(crate) fn unbind(&mut self, socket: SocketId) {
        self.tables.remove_socket(socket);
        self.outputs.push_back(Output::Unbind { socket });
    }

    /// Takes a leg out of the tables and closes its sockets.
    pub(crate) fn release(&mut self, place: usize, leg: &Leg) {
        let owner = Owner { place, leg: leg.id };
        match &leg.way {
            Way::Public(public) => {
                for address in &public.addresses {
                    self.tables.remove_address(*address, owner);
                }
                for name in &public.names {
                    self.tables.remove_name(name, owner);
                }
            }
            Way::Pair { rtp, rtcp } => {
                self.unbind(rtp.socket);
                self.unbind(rtcp.socket);
            }
        }
    }
}
