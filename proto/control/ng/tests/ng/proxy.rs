use control_command::{
    Event, Fingerprint, LegCounters, LegId, SessionId, SessionPlan, What, WorkerCommand,
};
use control_ng::{Encoding, Front, Interface, Output, Settings, Value};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use proto_base::{NetworkId, Random, Time};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
pub(crate) const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
pub(crate) const CALLER: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.8\r\ns=-\r\nc=IN IP4 10.0.0.8\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
pub(crate) const CALLEE: &str = "v=0\r\no=- 2 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";

/// A proxy with a worker that does as it is told.
pub(crate) struct Proxy {
    pub(crate) front: Front,
    pub(crate) negotiator: Negotiator,
    pub(crate) now: Time,
    pub(crate) plan: Option<SessionPlan>,
    pub(crate) closed: Vec<SessionId>,
    /// The worker answers when it is asked.
    pub(crate) counts: bool,
    cookies: u32,
}

impl Proxy {
    pub(crate) fn new() -> Self {
        let networks = [(INSIDE, 0), (OUTSIDE, 1)].map(|(address, id)| MediaNetwork {
            ice: media_offer_answer::IceMode::Lite,
            id: NetworkId(id),
            webrtc: vec![WebRtcAddress {
                socket: proto_base::SocketId(0),
                advertised: SocketAddr::new(address, 30_000),
            }],
            rtp: Some(RtpRange {
                bind: address,
                advertised: address,
                first: 30_002,
                last: 30_021,
            }),
        });
        let interfaces = [("inside", INSIDE, 0), ("outside", OUTSIDE, 1)];
        Self {
            front: Front::new(Settings {
                interfaces: interfaces
                    .map(|(name, address, id)| Interface {
                        name: name.to_owned(),
                        network: NetworkId(id),
                        address,
                    })
                    .to_vec(),
                started: 1_700_000_000,
            }),
            negotiator: Negotiator::new(
                MediaPlan {
                    networks: networks.to_vec(),
                    fingerprint: Fingerprint {
                        algorithm: "sha-256".to_owned(),
                        digest: vec![7; 32],
                    },
                    adopts: true,
                    workers: 1,
                },
                Random::from_number(1),
            ),
            now: Time::from_micros(1_000_000),
            plan: None,
            closed: Vec::new(),
            counts: true,
            cookies: 0,
        }
    }

    /// Sends octets; what comes back.
    pub(crate) fn send(&mut self, datagram: &[u8]) -> Vec<Vec<u8>> {
        self.send_from("10.0.0.2:5060", datagram)
    }

    pub(crate) fn send_from(&mut self, peer: &str, datagram: &[u8]) -> Vec<Vec<u8>> {
        let peer = peer.parse().unwrap();
        self.front
            .handle(self.now, &mut self.negotiator, 0, peer, datagram);
        self.settle()
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, millis: u64) -> Vec<Vec<u8>> {
        self.now = Time::from_micros(self.now.as_micros() + millis * 1000);
        if self.front.poll_timeout().is_some_and(|at| at <= self.now) {
            self.front.handle_timeout(self.now, &mut self.negotiator);
        }
        self.settle()
    }

    /// Carries commands to the worker and its events back.
    pub(crate) fn settle(&mut self) -> Vec<Vec<u8>> {
        let mut replies = Vec::new();
        loop {
            let mut quiet = true;
            while let Some((_, command)) = self.negotiator.poll_command() {
                quiet = false;
                let (session, what) = match command {
                    WorkerCommand::Apply(plan) => {
                        let gone: Vec<LegId> = match &self.plan {
                            Some(before) if before.session == plan.session => before
                                .legs
                                .iter()
                                .map(|leg| leg.leg)
                                .filter(|leg| plan.legs.iter().all(|it| it.leg != *leg))
                                .collect(),
                            _ => Vec::new(),
                        };
                        for leg in gone {
                            self.negotiator.hear(&Event {
                                session: plan.session,
                                leg: Some(leg),
                                what: What::LegEnded(LegCounters::default()),
                            });
                        }
                        self.plan = Some(plan);
                        continue;
                    }
                    WorkerCommand::Count(_) if !self.counts => continue,
                    WorkerCommand::Count(session) => {
                        let carried = |packets| LegCounters {
                            packets_received: packets,
                            octets_received: packets * 160,
                            ..LegCounters::default()
                        };
                        let counters = vec![(LegId(0), carried(50)), (LegId(1), carried(40))];
                        (session, What::Counted(counters))
                    }
                    WorkerCommand::Close(session) => {
                        self.closed.push(session);
                        (session, What::Ended(Vec::new()))
                    }
                };
                let event = Event {
                    session,
                    leg: None,
                    what,
                };
                self.negotiator.hear(&event);
                self.front.hear(self.now, &mut self.negotiator, event);
            }
            while let Some(output) = self.front.poll_output() {
                quiet = false;
                if let Output::Reply { bytes, .. } = output {
                    replies.push(bytes);
                }
            }
            if quiet {
                return replies;
            }
        }
    }

    /// A request in bencode with a cookie of its own; the reply.
    pub(crate) fn ask(&mut self, command: &str, entries: &[(&str, Value)]) -> Value {
        self.cookies += 1;
        let mut request = vec![("command", Value::text(command))];
        request.extend(entries.iter().cloned());
        let mut bytes = format!("{}_1 ", self.cookies).into_bytes();
        Encoding::Bencode.write(&Value::dictionary(request), &mut bytes);
        let replies = self.send(&bytes);
        assert_eq!(replies.len(), 1, "one reply to one request");
        read(&replies[0])
    }

    pub(crate) fn offer(&mut self, more: &[(&str, Value)]) -> Value {
        let mut entries = vec![
            ("call-id", Value::text("call")),
            ("from-tag", Value::text("a")),
            ("sdp", Value::text(CALLER)),
        ];
        entries.extend(more.iter().cloned());
        self.ask("offer", &entries)
    }

    pub(crate) fn answer(&mut self, more: &[(&str, Value)]) -> Value {
        let mut entries = vec![
            ("call-id", Value::text("call")),
            ("from-tag", Value::text("a")),
            ("to-tag", Value::text("b")),
            ("sdp", Value::text(CALLEE)),
        ];
        entries.extend(more.iter().cloned());
        self.ask("answer", &entries)
    }

    /// Nothing is left.
    pub(crate) fn is_idle(&self) -> bool {
        self.front.call_count() == 0
            && self.front.poll_timeout().is_none()
            && self.negotiator.is_idle()
    }
}

/// A reply without its cookie.
pub(crate) fn read(datagram: &[u8]) -> Value {
    let space = datagram.iter().position(|it| *it == b' ').unwrap();
    let payload = &datagram[space + 1..];
    Encoding::of(payload).unwrap().read(payload).unwrap()
}

pub(crate) fn result(reply: &Value) -> &str {
    reply.get("result").unwrap().as_str().unwrap()
}

pub(crate) fn reason(reply: &Value) -> &str {
    let reason = reply.get("error-reason");
    reason
        .unwrap_or_else(|| panic!("{reply:?}"))
        .as_str()
        .unwrap()
}

pub(crate) fn sdp(reply: &Value) -> String {
    let sdp = reply.get("sdp");
    let sdp = sdp.unwrap_or_else(|| panic!("{reply:?}"));
    sdp.as_str().unwrap().to_owned()
}

/// The one line that begins so.
pub(crate) fn line<'a>(sdp: &'a str, start: &str) -> &'a str {
    let mut lines = sdp.lines().filter(|it| it.starts_with(start));
    let line = lines.next().unwrap_or_else(|| panic!("{start} in {sdp}"));
    assert_eq!(lines.next(), None, "{start} in {sdp}");
    line
}
