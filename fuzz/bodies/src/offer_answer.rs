//! Every verb of the door in any order, over descriptions of which any octet may be wrong.
//!
//! An operation is an octet. It may be followed by a text up to the next `\x1e` (a record separator); without one,
//! operations use descriptions of their own, so that the fuzzer soon finds calls that succeed.

// A broken rule has to end the run.
#![allow(clippy::panic)]

use control_command::{
    Answer, Description, Door, Dress, Event, Fingerprint, LegCounters, LegEnd, LegId, Offer,
    Offered, Proposal, SessionId, SessionPlan, What, WorkerCommand,
};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use media_sdp::{SessionDescription, Setup};
use proto_base::{NetworkId, Random, Time};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const SEPARATOR: u8 = 0x1e;
const CALL: SessionId = SessionId(1);
const NETWORK: NetworkId = NetworkId(0);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Each description told must follow from those before it, and nothing may be left at the end.
pub fn offer_answer(bytes: &[u8]) {
    let mut table = Table {
        negotiator: Negotiator::new(plan(), Random::from_number(1)),
        told: BTreeMap::new(),
        offered: BTreeMap::new(),
        exchange: None,
        applied: None,
    };
    for record in bytes.split(|octet| *octet == SEPARATOR) {
        if let Some((operation, sdp)) = record.split_first() {
            table.operate(*operation, sdp);
        }
    }
    let _ = table.negotiator.delete(Time::ZERO, CALL);
    table.drain();
    table.negotiator.ended(CALL);
    assert!(table.negotiator.is_idle());
}

fn plan() -> MediaPlan {
    MediaPlan {
        networks: vec![MediaNetwork {
            ice: media_offer_answer::IceMode::Lite,
            id: NETWORK,
            webrtc: vec![WebRtcAddress {
                socket: proto_base::SocketId(0),
                advertised: SocketAddr::new(HERE, 443),
            }],
            rtp: Some(RtpRange {
                bind: HERE,
                advertised: HERE,
                first: 30_000,
                last: 30_007,
            }),
        }],
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: vec![7; 32],
        },
        adopts: false,
        workers: 2,
    }
}

struct Table {
    negotiator: Negotiator,
    /// The last description told to each leg.
    told: BTreeMap<LegId, String>,
    /// The last offer that each leg made with success.
    offered: BTreeMap<LegId, SessionDescription>,
    /// Whose description an answer makes: the one that offered, or the one with whom a leg is to talk that we offered to.
    exchange: Option<Exchange>,
    applied: Option<SessionPlan>,
}

#[derive(Clone, Copy)]
enum Exchange {
    Theirs(LegId),
    Ours(LegId),
}

impl Table {
    /// The low bits say what is done, the others by whom and how.
    fn operate(&mut self, operation: u8, sdp: &[u8]) {
        let bit = |place: u8| operation >> place & 1 == 1;
        let dress = |browser: bool| if browser { Dress::WebRtc } else { Dress::Rtp };
        let leg = |number: u8, browser: bool| LegEnd {
            leg: LegId(number),
            network: NETWORK,
            dress: dress(browser),
            signalled_from: None,
        };
        let (by_callee, caller, callee) = (u8::from(bit(3)), bit(4), bit(5));
        let ends = [leg(0, caller), leg(1, callee)];
        let (from, to) = if bit(3) {
            (ends[1], ends[0])
        } else {
            (ends[0], ends[1])
        };
        let third = leg(2, callee);
        match operation & 7 {
            0 if bit(6) => self.offer(from, third, sdp),
            1 if bit(6) => self.propose(to, if bit(7) { third } else { from }),
            2 if bit(6) && bit(7) => self.release(from.leg),
            2 if bit(6) => self.propose(third, from),
            0..=2 => self.offer(from, to, sdp),
            5 if bit(7) && bit(3) => self.release(third.leg),
            5 if bit(7) => self.answer(third.leg, bit(6), sdp, third.dress),
            3..=5 => self.answer(
                LegId(1 - by_callee),
                bit(6),
                sdp,
                dress(if bit(3) { caller } else { callee }),
            ),
            7 if bit(6) => self.trickle(from.leg, sdp),
            6 if bit(7) => self.negotiator.ended(CALL),
            6 => self.negotiator.withdraw(Time::ZERO, CALL),
            _ => {
                let snapshot = self.negotiator.snapshot();
                let read = Negotiator::restore(plan(), &snapshot);
                self.negotiator = read.unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(self.negotiator.snapshot(), snapshot);
            }
        }
        if operation & 7 == 6 && bit(7) {
            self.applied = None;
        }
        self.drain();
    }

    fn offer(&mut self, from: LegEnd, to: LegEnd, sdp: &[u8]) {
        let sdp = if sdp.is_empty() {
            own(from.dress, "0 8 101")
        } else {
            sdp.to_vec()
        };
        let offer = Offer {
            session: CALL,
            from,
            to,
            sdp: sdp.clone(),
        };
        let offered = self.negotiator.offer(Time::ZERO, offer);
        if let Ok(Offered::Settled(told)) = &offered {
            self.hear(from.leg, told);
        }
        if let (Ok(Offered::Ask(told)), Ok(offer)) = (offered, SessionDescription::parse(&sdp)) {
            let description = self.hear(to.leg, &told);
            let setups = description.sections().map(|it| it.setup());
            let expected = (to.dress == Dress::WebRtc).then_some(Setup::ActPass);
            assert!(setups.flatten().all(|it| Some(it) == expected));
            self.offered.insert(from.leg, offer);
            self.exchange = Some(Exchange::Theirs(from.leg));
        }
    }

    fn propose(&mut self, to: LegEnd, with: LegEnd) {
        let proposal = Proposal {
            session: CALL,
            to,
            with,
        };
        if let Ok(told) = self.negotiator.propose(Time::ZERO, proposal) {
            self.hear(to.leg, &told);
            self.exchange = Some(Exchange::Ours(with.leg));
        }
    }

    /// What a leg was told before it left is not told on.
    fn release(&mut self, leg: LegId) {
        self.negotiator.release(Time::ZERO, CALL, leg);
        // The worker says so sometimes at once, and sometimes never.
        if leg == LegId(2) {
            self.negotiator.hear(&Event {
                session: CALL,
                leg: Some(leg),
                what: What::LegEnded(LegCounters::default()),
            });
        }
    }

    fn trickle(&mut self, leg: LegId, fragment: &[u8]) {
        let own = b"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=candidate:1 1 udp 1 192.0.2.9 4000 typ host\r\n";
        let fragment = if fragment.is_empty() { own } else { fragment };
        let _ = self.negotiator.trickle(Time::ZERO, CALL, leg, fragment);
    }

    fn answer(&mut self, from: LegId, provisional: bool, sdp: &[u8], dress: Dress) {
        let sdp = match sdp {
            [] => own(dress, "0 101"),
            _ => sdp.to_vec(),
        };
        let answer = Answer {
            session: CALL,
            from,
            sdp,
            provisional,
        };
        let Ok(answered) = self.negotiator.answer(Time::ZERO, answer) else {
            return;
        };
        let told = answered.description;
        let to = match self.exchange {
            Some(Exchange::Theirs(offerer)) => offerer,
            Some(Exchange::Ours(with)) if with != from => {
                self.hear(with, &told);
                return;
            }
            // What the other was told last.
            Some(Exchange::Ours(_)) => return,
            None => panic!("an answer to nothing"),
        };
        let answer = self.hear(to, &told);
        let Some(offer) = self.offered.get(&to) else {
            panic!("an answer to nothing");
        };
        assert_eq!(answer.media.len(), offer.media.len());
        for (ours, theirs) in answer.media.iter().zip(&offer.media) {
            assert_eq!(ours.kind, theirs.kind);
            assert_eq!(ours.protocol, theirs.protocol);
            assert_eq!(ours.attributes.mid(), theirs.attributes.mid());
        }
        assert!(answer.media.iter().filter(|media| media.port != 0).count() == 1);
        assert!(
            answer
                .sections()
                .all(|it| it.setup() != Some(Setup::ActPass))
        );
    }

    fn hear(&mut self, leg: LegId, told: &Description) -> SessionDescription {
        let text = String::from_utf8_lossy(&told.sdp).into_owned();
        let description = SessionDescription::parse(&told.sdp);
        let description = description.unwrap_or_else(|error| panic!("{error}: {text}"));
        if let Some(before) = self.told.insert(leg, text.clone())
            && let Ok(old) = SessionDescription::parse(before.as_bytes())
        {
            let version = |it: &SessionDescription| it.origin.version.parse::<u64>().unwrap_or(0);
            assert_eq!(old.origin.session_id, description.origin.session_id);
            let grown = version(&description).checked_sub(version(&old));
            assert_eq!(grown, Some(u64::from(before != text)));
        }
        description
    }

    fn drain(&mut self) {
        while let Some((_, command)) = self.negotiator.poll_command() {
            if let WorkerCommand::Apply(plan) = command {
                assert!(plan.legs.len() <= 3 && plan.routes.len() <= 2);
                assert_ne!(self.applied.as_ref(), Some(&plan));
                self.applied = Some(plan);
            }
        }
    }
}

fn own(dress: Dress, formats: &str) -> Vec<u8> {
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";
    let events = "a=rtpmap:101 telephone-event/8000\r\n";
    let body = match dress {
        Dress::WebRtc => format!(
            "{head}a=group:BUNDLE a\r\nm=audio 9 UDP/TLS/RTP/SAVPF {formats}\r\na=mid:a\r\n{events}\
             a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:{}\r\na=rtcp-mux\r\n\
             a=fingerprint:sha-256 {}\r\n",
            if formats == "0 101" {
                "active"
            } else {
                "actpass"
            },
            ["0A"; 32].join(":"),
        ),
        _ => format!("{head}m=audio 4000 RTP/AVP {formats}\r\n{events}"),
    };
    body.into_bytes()
}
