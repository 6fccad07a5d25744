//! Any order of offers, answers and withdrawals between any two far ends keeps the rules of RFC 3264.

use crate::desk::*;
use control_command::{Direction, Dress, Format, LegEnd, LegId, MAX_LEGS, Offered, SessionPlan};
use media_sdp::{Media, RtpMap, SessionDescription, Setup};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a far end may speak: name, clock and channels, its number at a browser, at a telephone.
pub(crate) const CODECS: [(&str, u8, u8); 9] = [
    ("opus/48000/2", 111, 96),
    ("G722/8000", 9, 9),
    ("PCMU/8000", 0, 0),
    ("PCMA/8000", 8, 8),
    ("G729/8000", 18, 18),
    ("iLBC/8000", 97, 111),
    ("CN/8000", 13, 13),
    ("telephone-event/8000", 126, 101),
    ("telephone-event/48000", 110, 126),
];

#[derive(Clone, Debug)]
enum Step {
    Offer {
        by: bool,
        codecs: Vec<usize>,
        direction: Direction,
        video: bool,
        restart: bool,
        zero: bool,
    },
    Answer {
        provisional: bool,
        take: Vec<bool>,
        turned: bool,
        direction: Direction,
        setup: bool,
    },
    Withdraw,
}

pub(crate) fn direction() -> impl Strategy<Value = Direction> {
    (any::<bool>(), any::<bool>()).prop_map(|(send, receive)| Direction::of(send, receive))
}

fn step() -> impl Strategy<Value = Step> {
    let indices: Vec<usize> = (0..CODECS.len()).collect();
    let codecs = proptest::sample::subsequence(indices, 1..=CODECS.len()).prop_shuffle();
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let offer =
        (codecs, direction(), flags).prop_map(|(codecs, direction, (by, video, restart, zero))| {
            Step::Offer {
                by,
                codecs,
                direction,
                video,
                restart,
                zero,
            }
        });
    let take = proptest::collection::vec(any::<bool>(), 16);
    let answer = (take, direction(), any::<(bool, bool, bool)>()).prop_map(
        |(take, direction, (provisional, turned, setup))| Step::Answer {
            provisional,
            take,
            turned,
            direction,
            setup,
        },
    );
    prop_oneof![4 => offer, 5 => answer, 1 => Just(Step::Withdraw)]
}

/// A far end: what it told and what it was told.
pub(crate) struct FarEnd {
    pub(crate) end: LegEnd,
    pub(crate) offered: Option<SessionDescription>,
    pub(crate) told: Option<String>,
    pub(crate) lines: usize,
    pub(crate) restarts: u32,
    pub(crate) meanings: BTreeMap<u8, RtpMap>,
    pub(crate) constants: Option<Vec<String>>,
}

impl FarEnd {
    pub(crate) fn new(end: LegEnd) -> Self {
        Self {
            end,
            offered: None,
            told: None,
            lines: 1,
            restarts: 0,
            meanings: BTreeMap::new(),
            constants: None,
        }
    }

    pub(crate) fn is_browser(&self) -> bool {
        self.end.dress == Dress::WebRtc
    }

    pub(crate) fn head(&self, address: &str) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        )
    }

    pub(crate) fn audio(
        &self,
        formats: &[(u8, String)],
        direction: Direction,
        setup: &str,
    ) -> String {
        let protocol = if self.is_browser() {
            "UDP/TLS/RTP/SAVPF"
        } else {
            "RTP/AVP"
        };
        let mut text = format!("m=audio 4000 {protocol}");
        for (number, _) in formats {
            let _ = write!(text, " {number}");
        }
        for (number, name) in formats {
            let _ = write!(text, "\r\na=rtpmap:{number} {name}");
        }
        let direction = match direction {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        };
        let _ = write!(text, "\r\na={direction}\r\n");
        if self.is_browser() {
            let _ = write!(
                text,
                "a=mid:0\r\na=ice-ufrag:ufrag{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {}\r\na=setup:{setup}\r\na=rtcp-mux\r\n",
                self.restarts,
                "p".repeat(22),
                ["0A"; 32].join(":"),
            );
        }
        text
    }

    /// An answer to what it was told last.
    pub(crate) fn answers(
        &self,
        take: &[bool],
        turned: bool,
        direction: Direction,
        setup: bool,
    ) -> String {
        let offer = parse(self.told.as_ref().unwrap().as_bytes());
        let mut taken: Vec<(u8, String)> = Vec::new();
        for (map, take) in audio(&offer).rtp_formats().iter().zip(take) {
            if *take {
                let name = map.to_string();
                taken.push((map.payload_type, name.split_once(' ').unwrap().1.to_owned()));
            }
        }
        if turned {
            taken.reverse();
        }
        let setup = if setup { "active" } else { "passive" };
        let mut text = self.head("192.168.7.20");
        for media in &offer.media {
            text += &match media.kind.as_str() {
                "audio" => self.audio(&taken, direction, setup),
                kind => format!("m={kind} 0 {} 96\r\n", media.protocol),
            };
        }
        text
    }

    /// What holds for every description that we tell it.
    fn hears(&mut self, sdp: &str, restarted: bool) {
        let description = parse(sdp.as_bytes());
        if let Some(before) = &self.told {
            let old = parse(before.as_bytes());
            assert_eq!(old.origin.session_id, description.origin.session_id);
            let version = |it: &SessionDescription| it.origin.version.parse::<u64>().unwrap();
            let grown = version(&description) - version(&old);
            assert_eq!(
                grown == 0,
                before == sdp,
                "the version tells of change, and of nothing else"
            );
            assert!(grown <= 1);
        }
        let media = audio(&description);
        for map in media.rtp_formats() {
            let known = self
                .meanings
                .entry(map.payload_type)
                .or_insert_with(|| map.clone());
            assert!(
                known.same_codec(&map),
                "a number keeps its meaning: {known} {map}"
            );
        }
        let mut names = vec!["mid", "ssrc", "msid", "fingerprint", "candidate"];
        if !restarted {
            names.extend(["ice-ufrag", "ice-pwd"]);
        }
        let constants: Vec<String> = names
            .iter()
            .map(|name| format!("{name}:{:?}", media.attributes.first(name)))
            .chain([media.port.to_string(), media.protocol.clone()])
            .collect();
        if let (Some(before), false) = (&self.constants, restarted) {
            assert_eq!(before, &constants);
        }
        if !restarted {
            self.constants = Some(constants);
        } else {
            self.constants = None;
        }
        for word in ["a=crypto", "0.0.0.0 4000", "extmap", "rtcp-fb"] {
            assert!(!sdp.contains(word));
        }
        let browser = self.is_browser();
        assert_eq!(sdp.contains("a=ice-lite"), browser);
        assert_eq!(sdp.contains("rtcp-mux"), browser);
        let open: Vec<&str> = description
            .media
            .iter()
            .filter(|it| it.port != 0)
            .filter_map(|it| it.attributes.mid())
            .collect();
        for group in description.attributes.groups() {
            assert!(browser && group.mids == open, "P36");
        }
        self.told = Some(sdp.to_owned());
    }

    pub(crate) fn hears_offer(&mut self, sdp: &str) {
        self.hears(sdp, false);
        let description = parse(sdp.as_bytes());
        assert_eq!(
            description.media.len(),
            self.lines,
            "the order of lines is for life"
        );
        let setup = description.section(0).unwrap().setup();
        assert_eq!(setup, self.is_browser().then_some(Setup::ActPass));
    }

    pub(crate) fn hears_answer(&mut self, sdp: &str, restarted: bool) {
        self.hears(sdp, restarted);
        let answer = parse(sdp.as_bytes());
        let offer = self.offered.as_ref().unwrap();
        assert_eq!(answer.media.len(), offer.media.len());
        for (ours, theirs) in answer.media.iter().zip(&offer.media) {
            assert_eq!(
                (&ours.kind, &ours.protocol),
                (&theirs.kind, &theirs.protocol)
            );
            assert_eq!(ours.attributes.mid(), theirs.attributes.mid());
            assert_eq!(ours.port != 0, ours.kind == "audio");
            assert!(
                ours.formats
                    .iter()
                    .all(|format| theirs.formats.contains(format))
            );
        }
        let offered = audio(offer).rtp_formats();
        assert!(audio(&answer).rtp_formats().iter().all(|map| {
            offered
                .iter()
                .any(|it| it.same_codec(map) && it.payload_type == map.payload_type)
        }));
        let setup = answer.section(0).unwrap().setup();
        assert_ne!(setup, Some(Setup::ActPass), "P20");
        assert_eq!(setup.is_some(), self.is_browser());
        let (open, told) = (
            offer.section(0).unwrap().direction(),
            answer.section(0).unwrap().direction(),
        );
        assert!(open.receives() || !told.sends());
        assert!(open.sends() || !told.receives());
    }
}

pub(crate) fn audio(description: &SessionDescription) -> &Media {
    description
        .media
        .iter()
        .find(|media| media.kind == "audio")
        .unwrap()
}

/// Each mapped number means the same codec on both legs.
pub(crate) fn check(plan: &SessionPlan) {
    assert!(plan.routes.len() <= plan.legs.len() && plan.legs.len() <= MAX_LEGS);
    let sources: BTreeSet<LegId> = plan.routes.iter().map(|route| route.from).collect();
    assert_eq!(sources.len(), plan.routes.len(), "nobody is sent to two");
    for route in &plan.routes {
        let format = |leg: LegId, number: u8| {
            let leg = plan.legs.iter().find(|it| it.leg == leg).unwrap();
            leg.formats
                .iter()
                .find(|it| it.payload_type == number)
                .cloned()
        };
        for map in &route.payload_types {
            let from = format(route.from, map.from).unwrap();
            let to = format(route.to, map.to).unwrap();
            assert_eq!(
                (from.encoding, from.clock_rate, from.channels),
                (to.encoding, to.clock_rate, to.channels)
            );
        }
        for transcode in &route.transcodes {
            let event = |it: &Format| it.encoding == "telephone-event";
            let (from, to) = (&transcode.from, &transcode.to);
            let knows = |leg: LegId| {
                let mut legs = plan.legs.iter().filter(|it| it.leg == leg);
                legs.any(|leg| leg.formats.iter().any(event))
            };
            // Keys become tones where nobody knows events, and the other way about.
            assert!(!event(from) || event(to) || !knows(route.to));
            assert!(event(from) || !event(to) || !knows(route.from));
            let speech = !event(from) && !event(to);
            assert_eq!(format(route.from, from.payload_type).as_ref(), Some(from));
            assert_eq!(format(route.to, to.payload_type).as_ref(), Some(to));
            let both = plan.legs.iter().filter(|leg| leg.leg == route.to);
            let same = both.flat_map(|leg| &leg.formats).any(|it| {
                let same = it.encoding.eq_ignore_ascii_case(&from.encoding);
                same && it.clock_rate == from.clock_rate
            });
            assert!(!(speech && same), "passes through when both can");
            let first = &route.transcodes[0].to;
            assert!(!speech || to == first, "one encoder a way");
            let mut mapped = route.payload_types.iter();
            assert!(!speech || mapped.all(|map| map.from != from.payload_type));
        }
        let leg = |id: LegId| plan.legs.iter().find(|it| it.leg == id).unwrap();
        assert_eq!(
            route.open,
            leg(route.from).direction.receives() && leg(route.to).direction.sends()
        );
    }
}

fn play(ends: (LegEnd, LegEnd), steps: Vec<Step>) {
    let mut desk = Desk::new();
    let mut far = [FarEnd::new(ends.0), FarEnd::new(ends.1)];
    // Who offered, and the plan to which a withdrawal returns.
    let mut outstanding: Option<(usize, bool, u32, Option<SessionPlan>)> = None;
    let mut settled: Option<SessionPlan> = None;
    for step in steps {
        match step {
            Step::Offer {
                by,
                codecs,
                direction,
                video,
                restart,
                zero,
            } => {
                // The first offer is the caller's.
                let from = usize::from(by && settled.is_some());
                let to = 1 - from;
                let (restarts, lines) = (far[from].restarts, far[from].lines);
                let told_before = far[from].told.is_some();
                far[from].restarts += u32::from(restart && outstanding.is_none());
                let restarted =
                    restart && told_before && far[from].is_browser() && settled.is_some();
                let zero = zero && !far[from].is_browser();
                let formats: Vec<(u8, String)> = codecs
                    .iter()
                    .map(|index| CODECS[*index])
                    .map(|(name, browser, phone)| {
                        (
                            if far[from].is_browser() {
                                browser
                            } else {
                                phone
                            },
                            name.to_owned(),
                        )
                    })
                    .collect();
                let mut sdp = far[from].head(if zero { "0.0.0.0" } else { "192.168.7.20" });
                sdp += &far[from].audio(&formats, direction, "actpass");
                let more = usize::from(video || lines > 1);
                sdp += &"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
                    .repeat(more);
                let told = desk.offer_in(CALL, far[from].end, far[to].end, &sdp);
                match told {
                    Ok(told) => {
                        assert!(outstanding.is_none());
                        let (told, is_settled) = match told {
                            Offered::Ask(told) => (told, false),
                            Offered::Settled(told) => (told, true),
                        };
                        let effective = if zero {
                            Direction::of(direction.sends(), false)
                        } else {
                            direction
                        };
                        assert_eq!(told.direction, effective);
                        // Only the far end itself may give a number another meaning.
                        far[from].offered = Some(parse(sdp.as_bytes()));
                        for map in audio(&parse(sdp.as_bytes())).rtp_formats() {
                            far[from].meanings.insert(map.payload_type, map);
                        }
                        if is_settled {
                            far[from].hears_answer(&text(&told), restarted);
                            far[from].lines = far[from].offered.as_ref().unwrap().media.len();
                            far[from].constants = None;
                            check(desk.plan());
                            settled = Some(desk.plan().clone());
                            continue;
                        }
                        far[to].hears_offer(&text(&told));
                        outstanding = Some((from, restarted, restarts, settled.clone()));
                    }
                    Err(_) => far[from].restarts = restarts,
                }
            }
            Step::Answer {
                provisional,
                take,
                turned,
                direction,
                setup,
            } => {
                let Some((from, restarted, _, _)) = outstanding.clone() else {
                    continue;
                };
                let to = 1 - from;
                let sdp = far[to].answers(&take, turned, direction, setup);
                let Ok(told) = desk.answer_in(CALL, far[to].end.leg, &sdp, provisional) else {
                    continue;
                };
                assert!(!told.unfit || !provisional);
                far[from].hears_answer(&text(&told.description), restarted);
                check(desk.plan());
                if !provisional {
                    far[from].lines = far[from].offered.as_ref().unwrap().media.len();
                    far[from].constants = None;
                    settled = Some(desk.plan().clone());
                    outstanding = None;
                }
            }
            Step::Withdraw => {
                desk.withdraw();
                if let Some((from, restarted, restarts, before)) = outstanding.take() {
                    far[from].restarts = restarts;
                    if restarted {
                        far[from].constants = None;
                    }
                    match before {
                        Some(before) => assert_eq!(desk.plan(), &before, "exactly as before"),
                        None => {
                            assert!(desk.plan().legs.is_empty() && desk.plan().routes.is_empty())
                        }
                    }
                }
            }
        }
        let snapshot = desk.negotiator.snapshot();
        let read = media_offer_answer::Negotiator::restore(media_plan(), &snapshot).unwrap();
        assert_eq!(read.snapshot(), snapshot);
        desk.negotiator = read;
    }
    if desk.delete_in(CALL).is_some() {
        desk.ended_in(CALL);
    }
    assert!(desk.negotiator.is_idle());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_offers_and_answers_keeps_the_rules(
        pairing in 0..4_u8,
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let ends = match pairing {
            0 => (browser(A), phone(B)),
            1 => (phone(A), browser(B)),
            2 => (browser(A), browser(B)),
            _ => (phone(A), phone(B)),
        };
        play(ends, steps);
    }

    #[test]
    fn any_octets_are_refused_or_understood(body in proptest::collection::vec(any::<u8>(), 0..300), from_browser in any::<bool>()) {
        let mut desk = Desk::new();
        let from = if from_browser { browser(A) } else { phone(A) };
        let body = String::from_utf8_lossy(&body).into_owned();
        prop_assert!(desk.offer(from, phone(B), &body).is_err());
        prop_assert!(desk.negotiator.is_idle());
    }
}
