//! A negotiator with two networks and a free hand at its door.

use control_command::{
    Answer, Answered, Description, Door, Dress, Event, Fingerprint, Format, LegCounters, LegEnd,
    LegId, LegPlan, Offer, Offered, Proposal, Refusal, RemoteRtp, RemoteWebRtc, Route, SessionId,
    SessionPlan, Summary, TransportPlan, WebRtcPlan, What, WorkerCommand,
};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use media_sdp::{Media, SessionDescription};
use proto_base::{NetworkId, Random, Time};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

pub(crate) const OUTSIDE: NetworkId = NetworkId(0);
pub(crate) const INSIDE: NetworkId = NetworkId(1);
pub(crate) const CALL: SessionId = SessionId(7);

/// The caller's leg and the callee's.
pub(crate) const A: LegId = LegId(0);
pub(crate) const B: LegId = LegId(1);

pub(crate) struct Desk {
    pub(crate) negotiator: Negotiator,
    /// What each worker would know.
    pub(crate) plans: BTreeMap<SessionId, SessionPlan>,
    pub(crate) applied: usize,
    pub(crate) closed: Vec<SessionId>,
    /// Legs that a worker would have let go, and not yet said so.
    pub(crate) let_go: Vec<(SessionId, LegId)>,
}

pub(crate) fn media_plan() -> MediaPlan {
    MediaPlan {
        networks: vec![
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: OUTSIDE,
                webrtc: vec![WebRtcAddress {
                    socket: proto_base::SocketId(0),
                    advertised: "203.0.113.1:443".parse().unwrap(),
                }],
                rtp: None,
            },
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: INSIDE,
                webrtc: vec![WebRtcAddress {
                    socket: proto_base::SocketId(0),
                    advertised: "192.168.7.1:4443".parse().unwrap(),
                }],
                rtp: Some(RtpRange {
                    bind: "192.168.7.1".parse().unwrap(),
                    advertised: "192.168.7.1".parse().unwrap(),
                    first: 30_000,
                    last: 30_099,
                }),
            },
        ],
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: (0..32).collect(),
        },
        adopts: false,
        workers: 4,
    }
}

pub(crate) fn browser(leg: LegId) -> LegEnd {
    LegEnd {
        leg,
        network: OUTSIDE,
        dress: Dress::WebRtc,
        signalled_from: Some("203.0.113.9".parse().unwrap()),
    }
}

pub(crate) fn phone(leg: LegId) -> LegEnd {
    LegEnd {
        leg,
        network: INSIDE,
        dress: Dress::Rtp,
        signalled_from: Some("192.168.7.2".parse().unwrap()),
    }
}

/// A description of the corpus.
pub(crate) fn sample(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/sdp");
    fs::read_to_string(folder.join(name).with_extension("sdp")).expect(name)
}

pub(crate) fn parse(sdp: &[u8]) -> SessionDescription {
    SessionDescription::parse(sdp).unwrap()
}

pub(crate) fn text(description: &Description) -> String {
    String::from_utf8(description.sdp.clone()).unwrap()
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Negotiator::new(media_plan(), Random::from_number(1)))
    }

    pub(crate) fn with(negotiator: Negotiator) -> Self {
        Self {
            negotiator,
            plans: BTreeMap::new(),
            applied: 0,
            closed: Vec::new(),
            let_go: Vec::new(),
        }
    }

    pub(crate) fn offer_in(
        &mut self,
        session: SessionId,
        from: LegEnd,
        to: LegEnd,
        sdp: &str,
    ) -> Result<Offered, Refusal> {
        let offer = Offer {
            session,
            from,
            to,
            sdp: sdp.as_bytes().to_vec(),
        };
        let offered = self.negotiator.offer(Time::ZERO, offer);
        self.drain();
        offered
    }

    pub(crate) fn answer_in(
        &mut self,
        session: SessionId,
        from: LegId,
        sdp: &str,
        provisional: bool,
    ) -> Result<Answered, Refusal> {
        let answer = Answer {
            session,
            from,
            sdp: sdp.as_bytes().to_vec(),
            provisional,
        };
        let answered = self.negotiator.answer(Time::ZERO, answer);
        self.drain();
        answered
    }

    pub(crate) fn offer(
        &mut self,
        from: LegEnd,
        to: LegEnd,
        sdp: &str,
    ) -> Result<Description, Refusal> {
        match self.offer_in(CALL, from, to, sdp)? {
            Offered::Ask(told) => Ok(told),
            Offered::Settled(told) => panic!("settled: {}", text(&told)),
        }
    }

    /// An offer that asks nothing of the other leg.
    pub(crate) fn settle(&mut self, from: LegEnd, to: LegEnd, sdp: &str) -> Description {
        match self.offer_in(CALL, from, to, sdp).unwrap() {
            Offered::Settled(told) => told,
            Offered::Ask(told) => panic!("asked: {}", text(&told)),
        }
    }

    /// An answer that fits the other leg.
    pub(crate) fn answer(&mut self, from: LegId, sdp: &str) -> Result<Description, Refusal> {
        let answered = self.answer_in(CALL, from, sdp, false)?;
        assert!(!answered.unfit);
        Ok(answered.description)
    }

    /// An answer that does not.
    pub(crate) fn misfit(&mut self, from: LegId, sdp: &str) -> Description {
        let answered = self.answer_in(CALL, from, sdp, false).unwrap();
        assert!(answered.unfit);
        answered.description
    }

    pub(crate) fn early(&mut self, from: LegId, sdp: &str) -> Result<Description, Refusal> {
        let answered = self.answer_in(CALL, from, sdp, true)?;
        assert!(!answered.unfit);
        Ok(answered.description)
    }

    pub(crate) fn propose(&mut self, to: LegEnd, with: LegEnd) -> Result<Description, Refusal> {
        let proposal = Proposal {
            session: CALL,
            to,
            with,
        };
        let proposed = self.negotiator.propose(Time::ZERO, proposal);
        self.drain();
        proposed
    }

    pub(crate) fn trickle(&mut self, leg: LegId, fragment: &str) -> Result<(), Refusal> {
        let trickled = self
            .negotiator
            .trickle(Time::ZERO, CALL, leg, fragment.as_bytes());
        self.drain();
        trickled
    }

    pub(crate) fn release(&mut self, leg: LegId) {
        self.negotiator.release(Time::ZERO, CALL, leg);
        self.drain();
    }

    /// The worker says which legs it has let go.
    pub(crate) fn confirm(&mut self) {
        for (session, leg) in std::mem::take(&mut self.let_go) {
            self.negotiator.hear(&Event {
                session,
                leg: Some(leg),
                what: What::LegEnded(LegCounters::default()),
            });
        }
    }

    pub(crate) fn withdraw_in(&mut self, session: SessionId) {
        self.negotiator.withdraw(Time::ZERO, session);
        self.drain();
    }

    pub(crate) fn withdraw(&mut self) {
        self.withdraw_in(CALL);
    }

    pub(crate) fn delete_in(&mut self, session: SessionId) -> Option<Summary> {
        let summary = self.negotiator.delete(Time::ZERO, session);
        self.drain();
        summary
    }

    /// The worker is done with it, asked or not.
    pub(crate) fn ended_in(&mut self, session: SessionId) {
        self.plans.remove(&session);
        self.let_go.retain(|(gone, _)| *gone != session);
        self.negotiator.ended(session);
    }

    fn drain(&mut self) {
        while let Some((worker, command)) = self.negotiator.poll_command() {
            match command {
                WorkerCommand::Apply(plan) => {
                    assert_eq!(worker, plan.worker);
                    let before = self.plans.insert(plan.session, plan.clone());
                    let legs = before.iter().flat_map(|before| &before.legs);
                    let gone = legs.filter(|leg| plan.legs.iter().all(|it| it.leg != leg.leg));
                    self.let_go.extend(gone.map(|leg| (plan.session, leg.leg)));
                    assert_ne!(before, Some(plan), "a plan that says nothing new");
                    self.applied += 1;
                }
                WorkerCommand::Close(session) => {
                    // It may be gone already: one that ended unasked is closed to be sure.
                    self.plans.remove(&session);
                    self.closed.push(session);
                }
                WorkerCommand::Count(session) => assert!(self.plans.contains_key(&session)),
            }
        }
    }

    pub(crate) fn plan(&self) -> &SessionPlan {
        &self.plans[&CALL]
    }

    pub(crate) fn leg(&self, leg: LegId) -> &LegPlan {
        let mut legs = self.plan().legs.iter();
        legs.find(|plan| plan.leg == leg)
            .expect("a leg in the plan")
    }

    pub(crate) fn webrtc(&self, leg: LegId) -> &WebRtcPlan {
        match &self.leg(leg).transport {
            TransportPlan::WebRtc(plan) => plan,
            TransportPlan::Rtp(_) => panic!("a telephone's leg"),
        }
    }

    pub(crate) fn far_browser(&self, leg: LegId) -> &RemoteWebRtc {
        self.webrtc(leg).remote.as_ref().unwrap()
    }

    pub(crate) fn far_phone(&self, leg: LegId) -> &RemoteRtp {
        match &self.leg(leg).transport {
            TransportPlan::Rtp(plan) => plan.remote.as_ref().unwrap(),
            TransportPlan::WebRtc(_) => panic!("a browser's leg"),
        }
    }

    pub(crate) fn route(&self, from: LegId) -> &Route {
        let mut routes = self.plan().routes.iter();
        routes.find(|route| route.from == from).expect("a route")
    }

    pub(crate) fn mapped(&self, from: LegId) -> Vec<(u8, u8)> {
        let maps = self.route(from).payload_types.iter();
        maps.map(|map| (map.from, map.to)).collect()
    }

    /// What is translated on the way from a leg, as `(name/clock, name/clock)`.
    pub(crate) fn translated(&self, from: LegId) -> Vec<(String, String)> {
        let name = |it: &Format| format!("{}/{}", it.encoding, it.clock_rate);
        let transcodes = self.route(from).transcodes.iter();
        transcodes
            .map(|it| (name(&it.from), name(&it.to)))
            .collect()
    }
}

/// The codecs of an audio line as `number name/clock`, in order.
pub(crate) fn codecs(media: &Media) -> Vec<String> {
    media
        .rtp_formats()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A browser called by or calling a telephone, answered.
pub(crate) fn browser_calls_phone() -> Desk {
    let mut desk = Desk::new();
    desk.offer(browser(A), phone(B), &sample("chromium-sipjs-offer"))
        .unwrap();
    desk.answer(B, &sample("baresip-answer")).unwrap();
    desk
}

pub(crate) fn phone_calls_browser() -> Desk {
    let mut desk = Desk::new();
    desk.offer(phone(A), browser(B), &sample("asterisk-offer"))
        .unwrap();
    desk.answer(B, &sample("chromium-answer")).unwrap();
    desk
}
