use crate::arrival::Arrivals;
use crate::departure::Departures;
use crate::report::Reports;
use crate::transport::Transport;
use control_command::{ADOPTED, Direction, Format, LegCounters, LegId, LegPlan};
use proto_base::Time;
use rtc_srtp::SrtpKeys;
use serde::{Deserialize, Serialize};

/// Formats that a leg may have. More are not in any SDP that we word.
const MAX_FORMATS: usize = 32;

/// One end of the session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    /// What we send with.
    pub(crate) ssrc: u32,
    /// That is to be the first source's.
    pub(crate) adopts: bool,
    pub(crate) cname: String,
    /// What we may do here.
    pub(crate) direction: Direction,
    pub(crate) formats: Vec<Rule>,
    pub(crate) transport: Transport,
    pub(crate) arrivals: Arrivals,
    pub(crate) departures: Departures,
    pub(crate) reports: Reports,
}

/// What there is to know of a payload type on a packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) payload_type: u8,
    pub(crate) clock_rate: u32,
    /// A telephone event: its timestamp tells when the event began, not when the packet was made.
    pub(crate) event: bool,
}

impl Rule {
    fn new(format: &Format) -> Self {
        Self {
            payload_type: format.payload_type,
            clock_rate: format.clock_rate,
            event: format.encoding.eq_ignore_ascii_case("telephone-event"),
        }
    }
}

impl Leg {
    pub(crate) fn new(now: Time, plan: &LegPlan, seed: u64) -> Self {
        Self {
            id: plan.leg,
            ssrc: match plan.ssrc {
                // Until somebody has spoken, reports need one.
                ADOPTED => (seed >> 32) as u32 | 1,
                ssrc => ssrc,
            },
            adopts: plan.ssrc == ADOPTED,
            cname: plan.cname.clone(),
            direction: plan.direction,
            formats: rules(plan),
            transport: Transport::new(&plan.transport),
            arrivals: Arrivals::default(),
            departures: Departures::new(seed),
            reports: Reports::new(now, seed),
        }
    }

    /// Goes over to this plan; `false` if it cannot, for another kind of transport makes another leg.
    pub(crate) fn apply(&mut self, plan: &LegPlan, seed: u64) -> bool {
        let mut renewed = false;
        if !self.transport.apply(&plan.transport, &mut renewed) {
            return false;
        }
        if renewed {
            self.arrivals.renewed();
        }
        if self.ssrc != plan.ssrc && plan.ssrc != ADOPTED {
            self.adopts = false;
            self.ssrc = plan.ssrc;
            self.departures = Departures::new(seed);
        }
        self.cname.clone_from(&plan.cname);
        self.direction = plan.direction;
        self.formats = rules(plan);
        true
    }

    pub(crate) fn install(&mut self, keys: &SrtpKeys) {
        if self.transport.install(keys) {
            self.arrivals.renewed();
        }
    }

    /// The rule of a payload type of this leg.
    pub(crate) fn rule(&self, payload_type: u8) -> Option<Rule> {
        let mut rules = self.formats.iter();
        rules
            .find(|rule| rule.payload_type == payload_type)
            .copied()
    }

    pub(crate) fn counters(&self) -> LegCounters {
        LegCounters {
            packets_received: self.arrivals.packets,
            packets_sent: self.departures.packets,
            octets_received: self.arrivals.octets,
            octets_sent: self.departures.octets,
            packets_lost: self.arrivals.lost(),
            packets_refused: self.arrivals.refused,
            jitter: self.arrivals.jitter(),
        }
    }
}

fn rules(plan: &LegPlan) -> Vec<Rule> {
    plan.formats
        .iter()
        .take(MAX_FORMATS)
        .map(Rule::new)
        .collect()
}
