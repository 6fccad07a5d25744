//! Every verb of the door in any order, between any number of far ends, with a real media worker behind it: what is told keeps
//! the rules, what is planned can be done, and at the end nothing is held.
#![allow(clippy::disallowed_methods)]

use crate::desk::*;
use crate::properties::{CODECS, FarEnd, audio, check, direction};
use control_command::{
    Answer, Description, Direction, Door, Dress, Event, LegEnd, LegId, Offer, Offered, Proposal,
    SessionPlan, TransportPlan, WorkerCommand,
};
use media_offer_answer::Negotiator;
use media_worker::{Output, Worker, WorkerPlan};
use proptest::prelude::*;
use proto_base::{Random, SocketId, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Instant;

/// Far ends at a time.
const PLACES: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Offer {
        by: usize,
        to: usize,
        codecs: Vec<usize>,
        direction: Direction,
        video: bool,
        restart: bool,
    },
    /// What was offered last, once more.
    Refresh {
        by: usize,
        to: usize,
    },
    /// The outstanding offer, to another.
    Fork {
        to: usize,
    },
    Propose {
        to: usize,
        with: usize,
    },
    Answer {
        by: usize,
        provisional: bool,
        take: Vec<bool>,
        turned: bool,
        direction: Direction,
        setup: bool,
    },
    Trickle {
        by: usize,
        port: u16,
    },
    Release {
        place: usize,
    },
    Withdraw,
    /// The worker is heard.
    Deliver,
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..PLACES;
    let indices: Vec<usize> = (0..CODECS.len()).collect();
    let codecs = proptest::sample::subsequence(indices, 1..=CODECS.len()).prop_shuffle();
    let offer = (
        (place(), place()),
        codecs,
        direction(),
        (any::<bool>(), any::<bool>()),
    );
    let offer = offer.prop_map(
        |((by, to), codecs, direction, (video, restart))| Step::Offer {
            by,
            to,
            codecs,
            direction,
            video,
            restart,
        },
    );
    let take = proptest::collection::vec(any::<bool>(), 16);
    let answer = (place(), take, direction(), any::<(bool, bool, bool)>());
    let answer =
        answer.prop_map(
            |(by, take, direction, (provisional, turned, setup))| Step::Answer {
                by,
                provisional,
                take,
                turned,
                direction,
                setup,
            },
        );
    prop_oneof![
        4 => offer,
        2 => (place(), place()).prop_map(|(by, to)| Step::Refresh { by, to }),
        2 => place().prop_map(|to| Step::Fork { to }),
        4 => (place(), place()).prop_map(|(to, with)| Step::Propose { to, with }),
        9 => answer,
        1 => (place(), 0..9_u16).prop_map(|(by, port)| Step::Trickle { by, port }),
        2 => place().prop_map(|place| Step::Release { place }),
        1 => Just(Step::Withdraw),
        2 => Just(Step::Deliver),
    ]
}

/// What an answer of a leg is for.
#[derive(Clone, Debug, PartialEq)]
enum Exchange {
    /// For the one that offered.
    Theirs { from: LegId, sdp: String },
    /// For us; the other's agreement is only compared.
    Ours { with: LegId },
    /// For us, and then for the other.
    Late { with: LegId },
}

struct Table {
    negotiator: Negotiator,
    worker: Worker,
    bound: BTreeMap<SocketId, SocketAddr>,
    events: VecDeque<Event>,
    plan: Option<SessionPlan>,
    far: Vec<FarEnd>,
    /// What each leg offered last.
    offers: BTreeMap<LegId, String>,
    /// For a leg's life.
    constants: BTreeMap<LegId, Vec<String>>,
    exchange: Option<Exchange>,
    /// Who has an offer of ours to answer.
    asked: BTreeSet<LegId>,
    /// Who has an agreement.
    agreed: BTreeSet<LegId>,
    /// Of an exchange without an offer of theirs: the late one was made its offer, has answered it, and who gave a final answer.
    offered_late: bool,
    answered: bool,
    won: Option<LegId>,
    next: u8,
}

fn worker() -> Worker {
    static PAIR: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    let (certificate, private_key) = PAIR.get_or_init(|| {
        let (certificate, private_key) = rtc_dtls::generate_certificate().unwrap();
        (certificate.to_vec(), private_key.to_vec())
    });
    let plan = WorkerPlan {
        worker: 3,
        certificate: certificate.clone(),
        private_key: private_key.clone(),
        epoch: Instant::now(),
    };
    Worker::new(plan, Random::from_number(2))
}

impl Table {
    fn new(browsers: [bool; PLACES]) -> Self {
        let mut table = Self {
            negotiator: Negotiator::new(media_plan(), Random::from_number(1)),
            worker: worker(),
            bound: BTreeMap::new(),
            events: VecDeque::new(),
            plan: None,
            far: Vec::new(),
            offers: BTreeMap::new(),
            constants: BTreeMap::new(),
            exchange: None,
            asked: BTreeSet::new(),
            agreed: BTreeSet::new(),
            offered_late: false,
            answered: false,
            won: None,
            next: 0,
        };
        for is_browser in browsers {
            let end = table.newcomer(is_browser);
            table.far.push(FarEnd::new(end));
        }
        table
    }

    fn newcomer(&mut self, is_browser: bool) -> LegEnd {
        let leg = LegId(self.next);
        self.next += 1;
        if is_browser { browser(leg) } else { phone(leg) }
    }

    fn place(&self, leg: LegId) -> usize {
        let place = self.far.iter().position(|far| far.end.leg == leg);
        place.expect("nobody is told anything after he has left")
    }

    /// What holds for a leg's life.
    fn hears(&mut self, leg: LegId, told: &Description, is_answer: bool) {
        let sdp = text(told);
        let description = parse(&told.sdp);
        let media = audio(&description);
        let mut constants: Vec<String> = ["ssrc", "msid", "fingerprint"]
            .iter()
            .map(|name| format!("{:?}", media.attributes.first(name)))
            .collect();
        constants.push(description.origin.session_id.clone());
        constants.push(media.port.to_string());
        let known = self.constants.entry(leg).or_insert(constants.clone());
        assert_eq!(*known, constants);
        let place = self.place(leg);
        let far = &mut self.far[place];
        far.constants = None;
        if is_answer {
            far.hears_answer(&sdp, true);
        } else {
            far.hears_offer(&sdp);
            self.asked.insert(leg);
        }
    }

    fn repeats(&self, leg: LegId, told: &Description) {
        let far = &self.far[self.place(leg)];
        assert_eq!(far.told.as_ref(), Some(&text(told)), "nothing new is told");
    }

    fn offer(&mut self, by: usize, to: usize, sdp: String) -> bool {
        let (from, to) = (self.far[by].end, self.far[to].end);
        let offer = Offer {
            session: CALL,
            from,
            to,
            sdp: sdp.clone().into_bytes(),
        };
        let Ok(offered) = self.negotiator.offer(Time::ZERO, offer) else {
            return false;
        };
        let read = parse(sdp.as_bytes());
        for map in audio(&read).rtp_formats() {
            self.far[by].meanings.insert(map.payload_type, map);
        }
        self.far[by].offered = Some(read);
        self.offers.insert(from.leg, sdp.clone());
        match offered {
            Offered::Settled(told) => {
                self.forget();
                self.hears(from.leg, &told, true);
                self.far[by].lines = self.far[by].offered.as_ref().unwrap().media.len();
            }
            Offered::Ask(told) => {
                let exchange = Exchange::Theirs {
                    from: from.leg,
                    sdp,
                };
                if self.exchange.as_ref() != Some(&exchange) {
                    self.forget();
                }
                self.exchange = Some(exchange);
                self.hears(to.leg, &told, false);
            }
        }
        true
    }

    fn propose(&mut self, to: LegEnd, with: LegEnd) {
        let proposal = Proposal {
            session: CALL,
            to,
            with,
        };
        let Ok(told) = self.negotiator.propose(Time::ZERO, proposal) else {
            return;
        };
        let is_fork = match &self.exchange {
            Some(Exchange::Ours { with: known } | Exchange::Late { with: known }) => {
                *known == with.leg
            }
            _ => false,
        };
        if !is_fork {
            self.forget();
            self.exchange = Some(if self.agreed.contains(&with.leg) {
                Exchange::Ours { with: with.leg }
            } else {
                Exchange::Late { with: with.leg }
            });
        }
        self.hears(to.leg, &told, false);
    }

    fn answer(&mut self, by: usize, sdp: String, provisional: bool) {
        let from = self.far[by].end.leg;
        // An ACK and a PRACK are no provisional responses.
        let late = Exchange::Late { with: from };
        let provisional = provisional && self.exchange.as_ref() != Some(&late);
        let answer = Answer {
            session: CALL,
            from,
            sdp: sdp.into_bytes(),
            provisional,
        };
        let Ok(answered) = self.negotiator.answer(Time::ZERO, answer) else {
            return;
        };
        assert!(
            !(provisional && answered.unfit),
            "a ringing call is not asked anew"
        );
        let told = &answered.description;
        match self.exchange.clone().expect("an exchange") {
            Exchange::Theirs { from: offerer, .. } => {
                self.hears(offerer, told, true);
                if !provisional {
                    let place = self.place(offerer);
                    let far = &mut self.far[place];
                    far.lines = far.offered.as_ref().unwrap().media.len();
                    self.close(&[from, offerer]);
                }
            }
            Exchange::Ours { with } => {
                self.repeats(with, told);
                if !provisional {
                    self.close(&[from]);
                }
            }
            // Its own answer: whoever it talks with has been told all there is.
            Exchange::Late { with } if with == from => {
                let told = Some(text(told));
                assert!(self.far.iter().any(|far| far.told == told));
                self.asked.remove(&from);
                match self.won.take() {
                    Some(won) => self.close(&[from, won]),
                    None => self.answered = true,
                }
            }
            Exchange::Late { with } => {
                if self.offered_late {
                    self.repeats(with, told);
                } else {
                    self.hears(with, told, false);
                    self.offered_late = true;
                }
                if !provisional && self.answered {
                    self.close(&[from, with]);
                } else if !provisional {
                    self.won = Some(from);
                    self.asked.retain(|leg| *leg == with);
                }
            }
        }
    }

    fn forget(&mut self) {
        self.exchange = None;
        self.asked.clear();
        (self.offered_late, self.answered, self.won) = (false, false, None);
    }

    fn close(&mut self, agreed: &[LegId]) {
        self.agreed.extend(agreed);
        self.forget();
    }

    fn drain(&mut self) {
        while let Some((worker, command)) = self.negotiator.poll_command() {
            assert_eq!(worker, 3);
            if let WorkerCommand::Apply(plan) = &command {
                check(plan);
                self.plan = Some(plan.clone());
            }
            self.worker.command(Time::ZERO, command);
            while let Some(output) = self.worker.poll_output() {
                match output {
                    Output::Bind { socket, at } => {
                        let is_free = self.bound.values().all(|other| *other != at);
                        assert!(is_free, "{at} is still bound");
                        self.bound.insert(socket, at);
                    }
                    Output::Unbind { socket } => drop(self.bound.remove(&socket)),
                    Output::Event(event) => self.events.push_back(event),
                    Output::Transmit { .. } => {}
                }
            }
        }
        let Some(plan) = &self.plan else {
            return;
        };
        let ports = plan.legs.iter().flat_map(|leg| match &leg.transport {
            TransportPlan::Rtp(rtp) => vec![rtp.local_rtp, rtp.local_rtcp],
            TransportPlan::WebRtc(_) => Vec::new(),
        });
        let planned: BTreeSet<SocketAddr> = ports.collect();
        let bound: BTreeSet<SocketAddr> = self.bound.values().copied().collect();
        assert_eq!(bound, planned, "the worker does what the plan says");
    }

    fn deliver(&mut self) {
        while let Some(event) = self.events.pop_front() {
            self.negotiator.hear(&event);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Offer {
                by,
                to,
                codecs,
                direction,
                video,
                restart,
            } => {
                let before = self.far[by].restarts;
                self.far[by].restarts += u32::from(restart);
                let far = &self.far[by];
                let formats: Vec<(u8, String)> = codecs
                    .iter()
                    .map(|index| CODECS[*index])
                    .map(|(name, browser, phone)| {
                        let number = if far.is_browser() { browser } else { phone };
                        (number, name.to_owned())
                    })
                    .collect();
                let mut sdp = far.head("192.168.7.20");
                sdp += &far.audio(&formats, direction, "actpass");
                let more = usize::from(video || far.lines > 1);
                sdp += &"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
                    .repeat(more);
                if !self.offer(by, to, sdp) {
                    self.far[by].restarts = before;
                }
            }
            Step::Refresh { by, to } => {
                let leg = self.far[by].end.leg;
                if let Some(sdp) = self.offers.get(&leg).cloned() {
                    self.offer(by, to, sdp);
                }
            }
            Step::Fork { to } => {
                if let Some(Exchange::Theirs { from, sdp }) = self.exchange.clone() {
                    let by = self.place(from);
                    self.offer(by, to, sdp);
                }
            }
            Step::Propose { to, with } => {
                self.propose(self.far[to].end, self.far[with].end);
            }
            Step::Answer {
                by,
                provisional,
                take,
                turned,
                direction,
                setup,
            } => {
                let far = &self.far[by];
                if self.asked.contains(&far.end.leg) {
                    let sdp = far.answers(&take, turned, direction, setup);
                    self.answer(by, sdp, provisional);
                }
            }
            Step::Trickle { by, port } => {
                let far = &self.far[by];
                let fragment = format!(
                    "a=ice-ufrag:ufrag{}\r\na=ice-pwd:{}\r\na=candidate:1 1 udp 1 192.0.2.1 {} typ host\r\n",
                    far.restarts,
                    "p".repeat(22),
                    port + 1,
                );
                let leg = far.end.leg;
                let _ = self
                    .negotiator
                    .trickle(Time::ZERO, CALL, leg, fragment.as_bytes());
            }
            Step::Release { place } => {
                let end = self.far[place].end;
                self.negotiator.release(Time::ZERO, CALL, end.leg);
                self.asked.remove(&end.leg);
                let gone = match &self.exchange {
                    Some(Exchange::Theirs { from, .. }) => *from == end.leg,
                    Some(Exchange::Ours { with } | Exchange::Late { with }) => *with == end.leg,
                    None => false,
                };
                if gone || self.won == Some(end.leg) {
                    self.forget();
                }
                self.drain();
                if let Some(plan) = &self.plan {
                    assert!(plan.legs.iter().all(|leg| leg.leg != end.leg));
                }
                let end = self.newcomer(end.dress == Dress::WebRtc);
                self.far[place] = FarEnd::new(end);
            }
            Step::Withdraw => {
                self.negotiator.withdraw(Time::ZERO, CALL);
                self.forget();
            }
            Step::Deliver => self.deliver(),
        }
        self.drain();
        let snapshot = self.negotiator.snapshot();
        self.negotiator = Negotiator::restore(media_plan(), &snapshot).unwrap();
        assert_eq!(self.negotiator.snapshot(), snapshot);
    }

    fn end(mut self) {
        self.negotiator.delete(Time::ZERO, CALL);
        self.plan = None;
        self.drain();
        self.deliver();
        assert!(self.bound.is_empty() && self.worker.is_idle());
        assert!(self.negotiator.is_idle());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_verbs_keeps_the_rules_and_leaves_nothing(
        browsers in any::<[bool; PLACES]>(),
        steps in proptest::collection::vec(step(), 1..32),
    ) {
        let mut table = Table::new(browsers);
        for step in steps {
            table.step(step);
        }
        table.end();
    }
}
