//! A call from set-up to end through `sbc-border` with its negotiation: INVITE, 180, 200, ACK, BYE, 200, from a page that is
//! registered to a telephone behind the server.
//!
//! What the far ends say depends on what the border said. Since the border's outputs are determined by its inputs and its
//! chance, the story is played once to write its inputs down, and only the second playing is measured.

use control_command::{Fingerprint, WorkerCommand};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use proto_base::{Flow, NetworkId, Random, Time, Transport};
use sbc_border::{Arrival, Border, Input, Output};
use sbc_policy::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
use sip_message::{HeaderName, Message, Method, Request, parse};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

const INSIDE: NetworkId = NetworkId(0);
const OUTSIDE: NetworkId = NetworkId(1);
const PAGE: Flow = Flow::Connection(1);
/// Between two messages, and between two calls: far enough apart that ended transactions are gone.
const STEP: Duration = Duration::from_millis(20);
const REST: Duration = Duration::from_secs(40);

const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:126 telephone-event/8000\r\n";
const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.20\r\ns=-\r\nc=IN IP4 10.0.0.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

const fn at(last: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port)
}

/// What the border was told, and when.
type Inputs = Vec<(Time, Input)>;

/// One call, from its INVITE to the 200 that answers the BYE.
pub(super) fn call(prepared: u32, done: u32) -> Duration {
    let (registration, calls) = Story::new().written(prepared);
    let mut measured = Story::new();
    for (now, input) in registration {
        measured.play(now, input);
    }
    let chosen = calls
        .into_iter()
        .take(usize::try_from(done).unwrap_or(usize::MAX));
    let start = Instant::now();
    for (now, input) in chosen.flatten() {
        measured.play(now, input);
    }
    start.elapsed()
}

struct Story {
    now: Time,
    border: Border,
    negotiator: Negotiator,
    /// What the border sent last, to the page and to the server.
    sent: Vec<Message>,
    /// What it was given, if that is written down.
    inputs: Inputs,
}

impl Story {
    fn new() -> Self {
        Self {
            now: Time::from_micros(1_000_000),
            border: Border::new(plan(), Random::from_number(1)),
            negotiator: Negotiator::new(media_plan(), Random::from_number(2)),
            sent: Vec::new(),
            inputs: Vec::new(),
        }
    }

    /// What is measured: an input, and all that follows from it.
    fn play(&mut self, now: Time, input: Input) {
        self.border.handle(now, input, &mut self.negotiator);
        while let Some(output) = self.border.poll_output() {
            std::hint::black_box(&output);
        }
        while let Some((_, command)) = self.negotiator.poll_command() {
            if let WorkerCommand::Close(session) = command {
                self.negotiator.ended(session);
            }
        }
    }

    /// The inputs of a registration, and of so many calls.
    fn written(mut self, calls: u32) -> (Inputs, Vec<Inputs>) {
        self.hear(Input::Opened(page(), Vec::new()));
        let mut register = self.page_says(
            Method::Register,
            "sip:town.test",
            "reg",
            1,
            "<sip:alice@town.test>",
        );
        register.headers.push(
            HeaderName::Contact,
            "<sip:abc@x.invalid;transport=ws>;expires=86400",
        );
        self.hear(Input::Received(page(), register.to_bytes()));
        let registration = self.last_request().map(|asked| {
            let mut granted = asked.response(sip_message::StatusCode::OK);
            for contact in asked.headers.get_all(&HeaderName::Contact) {
                granted.headers.push(HeaderName::Contact, contact);
            }
            granted.to_bytes()
        });
        self.server_says(registration);
        let registered = std::mem::take(&mut self.inputs);
        let calls = (0..calls).map(|number| self.one_call(number)).collect();
        (registered, calls)
    }

    fn one_call(&mut self, number: u32) -> Inputs {
        self.now = self.now + REST;
        self.hear(Input::Timeout);
        let call_id = format!("call{number}");
        let mut invite = self.page_says(
            Method::Invite,
            "sip:desk@town.test",
            &call_id,
            1,
            "<sip:desk@town.test>",
        );
        invite
            .headers
            .push(HeaderName::Contact, "<sip:abc@x.invalid;transport=ws>");
        invite.set_body("application/sdp", OFFER.into());
        self.hear(Input::Received(page(), invite.to_bytes()));
        let asked = self.last_request();
        for status in [180, 200] {
            let said = asked.as_ref().map(|asked| {
                let mut said = asked.response(sip_message::StatusCode::of(status));
                if let Ok(to) = said.headers.to() {
                    said.headers.set(HeaderName::To, to.with_tag("desk"));
                }
                said.headers
                    .push(HeaderName::Contact, "<sip:desk@10.0.0.20>");
                if status == 200 {
                    said.set_body("application/sdp", ANSWER.into());
                }
                said.to_bytes()
            });
            self.server_says(said);
        }
        let to = self.sent.iter().rev().find_map(|message| match message {
            Message::Response(response) if response.status.code() == 200 => {
                response.headers.get(&HeaderName::To).map(str::to_owned)
            }
            _ => None,
        });
        let to = to.unwrap_or_default();
        for (method, cseq) in [(Method::Ack, 1), (Method::Bye, 2)] {
            let request = self.page_says(
                method,
                "sip:desk@203.0.113.5:443;transport=ws",
                &call_id,
                cseq,
                &to,
            );
            self.hear(Input::Received(page(), request.to_bytes()));
        }
        let goodbye = self
            .last_request()
            .filter(|last| last.method == Method::Bye);
        let goodbye = goodbye.map(|asked| asked.response(sip_message::StatusCode::OK).to_bytes());
        assert!(goodbye.is_some(), "the call came to its BYE");
        self.server_says(goodbye);
        assert_eq!(self.border.calls(), 0, "the call is over");
        std::mem::take(&mut self.inputs)
    }

    fn page_says(&self, method: Method, uri: &str, call_id: &str, cseq: u32, to: &str) -> Request {
        let uri = uri
            .parse()
            .unwrap_or_else(|_| sip_message::Uri::sip(None, at(1, 5060)));
        let mut request = Request::new(method.clone(), uri);
        request.headers.push(
            HeaderName::Via,
            format!("SIP/2.0/WS x.invalid;branch=z9hG4bK{call_id}{cseq}{method}"),
        );
        request.headers.push(HeaderName::MaxForwards, 70);
        request.headers.push(HeaderName::To, to);
        request
            .headers
            .push(HeaderName::From, "\"Alice\" <sip:alice@town.test>;tag=page");
        request.headers.push(HeaderName::CallId, call_id);
        request
            .headers
            .push(HeaderName::CSeq, format!("{cseq} {method}"));
        request.headers.push(HeaderName::UserAgent, "a page");
        request
    }

    fn server_says(&mut self, bytes: Option<Vec<u8>>) {
        let remote = at(10, 5060);
        let arrival = Arrival {
            flow: Flow::Datagram(INSIDE, remote),
            network: INSIDE,
            transport: Transport::Udp,
            local: at(5, 5060),
            remote,
        };
        self.hear(Input::Received(arrival, bytes.unwrap_or_default()));
    }

    /// An input while the story is written down.
    fn hear(&mut self, input: Input) {
        self.now = self.now + STEP;
        self.inputs.push((self.now, input.clone()));
        self.border.handle(self.now, input, &mut self.negotiator);
        while let Some(output) = self.border.poll_output() {
            if let Output::Send(_, bytes) = output
                && let Ok(message) = parse(&bytes)
            {
                self.sent.push(message);
            }
        }
        while let Some((_, command)) = self.negotiator.poll_command() {
            if let WorkerCommand::Close(session) = command {
                self.negotiator.ended(session);
            }
        }
    }

    /// The newest request that went to the server's side, but for ACK.
    fn last_request(&self) -> Option<Request> {
        self.sent.iter().rev().find_map(|message| match message {
            Message::Request(request) if request.method != Method::Ack => Some(request.clone()),
            _ => None,
        })
    }
}

fn page() -> Arrival {
    Arrival {
        flow: PAGE,
        network: OUTSIDE,
        transport: Transport::Ws,
        local: at(5, 8443),
        remote: SocketAddr::from(([198, 51, 100, 7], 40_000)),
    }
}

fn plan() -> Plan {
    let listener = |transport, bind, advertised| Listener {
        transport,
        bind,
        advertised,
    };
    let public = SocketAddr::from(([203, 0, 113, 5], 443));
    let network = |id, name: &str, trust, listeners| Network {
        id,
        name: name.to_owned(),
        trust,
        listeners,
    };
    Plan {
        networks: vec![
            network(
                INSIDE,
                "inside",
                Trust::Inside,
                vec![listener(Transport::Udp, at(5, 5060), at(5, 5060))],
            ),
            network(
                OUTSIDE,
                "outside",
                Trust::Outside,
                vec![listener(Transport::Ws, at(5, 8443), public)],
            ),
        ],
        peers: vec![
            Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp)
                .at(at(10, 5060))
                .serving("town.test"),
        ],
        grace: Duration::from_secs(10),
        patience: Duration::from_secs(6),
        ring: Duration::from_secs(60),
        product: Some("Margrave".to_owned()),
        max_calls: 100,
        max_bindings_per_flow: 4,
        ..Plan::new(Vec::new(), Vec::new())
    }
}

fn media_plan() -> MediaPlan {
    let rtp = RtpRange {
        bind: at(5, 0).ip(),
        advertised: at(5, 0).ip(),
        first: 30_000,
        last: 30_199,
    };
    let public = WebRtcAddress {
        socket: proto_base::SocketId(0),
        advertised: SocketAddr::from(([203, 0, 113, 5], 443)),
    };
    MediaPlan {
        networks: vec![
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: INSIDE,
                webrtc: Vec::new(),
                rtp: Some(rtp),
            },
            MediaNetwork {
                ice: media_offer_answer::IceMode::Lite,
                id: OUTSIDE,
                webrtc: vec![public],
                rtp: None,
            },
        ],
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: vec![7; 32],
        },
        adopts: false,
        workers: 1,
    }
}
