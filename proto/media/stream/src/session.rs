use crate::arrival::Arrival;
use crate::departure::Departing;
use crate::leg::Leg;
use crate::translate::{Translations, is_translated};
use crate::{Output, Port, Verdict};
use control_command::{Event, LegCounters, LegId, MAX_LEGS, Route, SessionId, SessionPlan, What};
use proto_base::{Random, Time};
use rtc_srtp::SrtpKeys;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// Routes of one session: each leg from and to another.
const MAX_ROUTES: usize = 2 * MAX_LEGS;

/// The packets of one call: its legs and what is relayed between them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    id: SessionId,
    seed: u64,
    legs: Vec<Leg>,
    routes: Vec<Route>,
    #[serde(skip)]
    translations: Translations,
    outputs: VecDeque<Output>,
}

impl Session {
    /// Opens the session. Chance is drawn once: first sequence numbers, timestamps, the spread of RTCP.
    pub fn new(now: Time, plan: &SessionPlan, random: &mut Random) -> Self {
        let mut session = Self {
            id: plan.session,
            seed: random.u64(),
            legs: Vec::new(),
            routes: Vec::new(),
            translations: Translations::default(),
            outputs: VecDeque::new(),
        };
        session.apply(now, plan);
        session
    }

    /// Goes over to this plan of the same session; what is the same goes on undisturbed.
    pub fn apply(&mut self, now: Time, plan: &SessionPlan) {
        let fed_before: Vec<_> = self
            .legs
            .iter()
            .map(|leg| (leg.id, self.feeder(leg)))
            .collect();

        let plans = plan.legs.get(..MAX_LEGS).unwrap_or(&plan.legs);
        self.legs
            .retain(|leg| plans.iter().any(|plan| plan.leg == leg.id));
        for plan in plans {
            let seed = self.draw();
            match self.legs.iter_mut().find(|leg| leg.id == plan.leg) {
                Some(leg) => {
                    if !leg.apply(plan, seed) {
                        *leg = Leg::new(now, plan, seed);
                    }
                }
                None => self.legs.push(Leg::new(now, plan, seed)),
            }
        }
        self.routes = plan.routes.iter().take(MAX_ROUTES).cloned().collect();
        self.translations.keep(&self.routes);

        let fed: Vec<_> = self.legs.iter().map(|leg| self.feeder(leg)).collect();
        for (leg, fed) in self.legs.iter_mut().zip(fed) {
            if !fed_before.contains(&(leg.id, fed)) {
                leg.departures.detach();
            }
        }
    }

    /// Whose packets are sent on `leg` now.
    fn feeder(&self, leg: &Leg) -> Option<LegId> {
        let mut routes = self.routes.iter();
        let route = routes.find(|route| route.to == leg.id && route.open)?;
        let feeder = self.legs.iter().find(|from| from.id == route.from)?;
        (feeder.direction.receives() && leg.direction.sends()).then_some(feeder.id)
    }

    /// The next chance for a leg, from the session's own.
    fn draw(&mut self) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        self.seed
    }

    /// Gives a WebRTC leg the keys of a DTLS handshake just finished. The same keys again change nothing.
    pub fn install_keys(&mut self, _now: Time, leg: LegId, keys: &SrtpKeys) {
        if let Some(leg) = self.legs.iter_mut().find(|known| known.id == leg) {
            leg.install(keys);
        }
    }

    /// Where a WebRTC leg's packets go: the address of the selected ICE pair, `None` when consent is gone.
    pub fn set_remote(&mut self, leg: LegId, selected: Option<SocketAddr>) {
        if let Some(leg) = self.legs.iter_mut().find(|known| known.id == leg)
            && let crate::transport::Transport::WebRtc { remote, .. } = &mut leg.transport
        {
            *remote = selected;
        }
    }

    /// Takes the datagram `buffer[..length]`. The rest of the buffer is room to grow: 64 octets are enough. On a WebRTC
    /// leg it must come from an address that ICE has validated; on an RTP leg the session judges `from` itself.
    pub fn handle(
        &mut self,
        now: Time,
        leg: LegId,
        port: Port,
        from: SocketAddr,
        buffer: &mut [u8],
        length: usize,
    ) -> Verdict {
        let Some(origin) = self.legs.iter_mut().find(|known| known.id == leg) else {
            return Verdict::Drop;
        };
        let (header, rule, restarted, first) = match origin.arrive(now, port, from, buffer, length)
        {
            Arrival::Media {
                header,
                rule,
                restarted,
                first,
            } => (header, rule, restarted, first),
            Arrival::Report => return Verdict::Consumed,
            Arrival::Idle | Arrival::Refused => return Verdict::Drop,
        };
        if first {
            self.outputs.push_back(Output::Event(Event {
                session: self.id,
                leg: Some(leg),
                what: What::MediaStarted(from),
            }));
        }

        let mut routes = self.routes.iter();
        let Some(route) = routes.find(|route| route.from == leg && route.open) else {
            return Verdict::Drop;
        };
        let mut types = route.payload_types.iter();
        let map = types.find(|map| map.from == header.payload_type);
        // An event goes the way that the sound goes now.
        let mut beside = false;
        if !self.translations.is_empty() {
            beside = rule.event && self.translations.is_running(route);
            if !rule.event && map.is_some() && self.translations.is_playing(now, route) {
                return Verdict::Drop;
            }
        }
        let Some(map) = map.filter(|_| !beside) else {
            if !is_translated(&route.transcodes, header.payload_type) {
                origin.refuse();
                return Verdict::Drop;
            }
            let payload = buffer.get(header.payload.clone()).unwrap_or_default();
            self.translations.take(now, route, &header, payload);
            self.send_translated(now);
            return Verdict::Consumed;
        };
        let departing = Departing {
            from: leg,
            header: &header,
            rule,
            restarted,
            payload_type: map.to,
        };
        let to = route.to;
        self.legs
            .iter_mut()
            .find(|known| known.id == to)
            .and_then(|destination| destination.depart(now, &departing, buffer))
            .map_or(Verdict::Drop, |(port, address, range)| Verdict::Forward {
                leg: to,
                port,
                to: address,
                range,
            })
    }

    /// Does what is due: sound that is transcoded, RTCP reports, timeouts.
    pub fn handle_timeout(&mut self, now: Time) {
        self.send_translated(now);
        for leg in &mut self.legs {
            let due = leg.tick(now);
            self.outputs.extend(due.report);
            if due.media_timeout {
                self.outputs.push_back(Output::Event(Event {
                    session: self.id,
                    leg: Some(leg.id),
                    what: What::MediaTimeout,
                }));
            }
        }
    }

    /// When `handle_timeout` is wanted next. Packets that are forwarded do not move it; one that is [`Verdict::Consumed`] may.
    pub fn poll_timeout(&self) -> Option<Time> {
        let reports = self.legs.iter().map(|leg| leg.reports.next);
        reports.chain(self.translations.poll_timeout()).min()
    }

    /// Sends what the transcoders have ready.
    fn send_translated(&mut self, now: Time) {
        let Self {
            translations,
            legs,
            outputs,
            ..
        } = self;
        translations.send(now, legs, |output| outputs.push_back(output));
    }

    /// What the session wants of the world; to be drained after every call of the others.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What a leg carried so far.
    pub fn counters(&self, leg: LegId) -> Option<LegCounters> {
        let mut legs = self.legs.iter();
        legs.find(|known| known.id == leg).map(Leg::counters)
    }

    /// When a leg's far end was heard last: a packet that is not doubtful, authentic where there are keys.
    pub fn heard(&self, leg: LegId) -> Option<Time> {
        let mut legs = self.legs.iter();
        legs.find(|known| known.id == leg)?.arrivals.heard
    }

    /// The round trip to a leg's far end, once a report of it has told (RFC 3550 §6.4.1).
    pub fn round_trip(&self, leg: LegId) -> Option<Duration> {
        let mut legs = self.legs.iter();
        legs.find(|known| known.id == leg)?.reports.round_trip
    }

    /// Says goodbye on each leg that has heard of us (RTCP BYE by `poll_output`) and gives the last counters, leg by leg.
    pub fn close(&mut self, now: Time) -> Vec<LegCounters> {
        for leg in &mut self.legs {
            self.outputs.extend(leg.goodbye(now));
        }
        self.legs.iter().map(Leg::counters).collect()
    }
}
