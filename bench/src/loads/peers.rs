//! A call between two peers, a trunk and the server, both by UDP and with RTP on both sides: what `bench/sip` measures through the
//! whole program, here through `sbc-border` and its negotiation alone.

use control_command::{Fingerprint, WorkerCommand};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange};
use proto_base::{Flow, NetworkId, Random, Time, Transport};
use sbc_border::{Arrival, Border, Input, Output};
use sbc_policy::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
use sip_message::{HeaderName, Message, Method, Request, Response, StatusCode, parse};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

const INSIDE: NetworkId = NetworkId(0);
/// Between two messages of a call.
const STEP: Duration = Duration::from_millis(1);
/// Between two calls that are counted: far enough apart that ended transactions are gone.
const REST: Duration = Duration::from_secs(40);
/// Calls held before memory is looked at for the first time: what is made once is made by then.
const FIRST: u32 = 1000;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.20\r\ns=-\r\nc=IN IP4 10.0.0.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n";

const fn at(last: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)), port)
}

const CALLER: SocketAddr = at(90, 5060);
const SERVER: SocketAddr = at(10, 5060);
const OURS: SocketAddr = at(5, 5060);

/// One call, from its INVITE to the 200 that answers the BYE.
pub(super) fn call(prepared: u32, done: u32) -> Duration {
    let mut written = Story::new();
    let calls: Vec<_> = (0..prepared)
        .map(|number| {
            written.pass(REST);
            written.set_up(number);
            written.hang_up();
            assert_eq!(written.border.calls(), 0, "the call is over");
            std::mem::take(&mut written.inputs)
        })
        .collect();
    let mut measured = Story::new();
    let start = Instant::now();
    for (now, input) in calls.into_iter().take(done as usize).flatten() {
        measured.play(now, input);
    }
    start.elapsed()
}

/// Bytes of memory for each of so many calls that are held, of the border and the negotiator together. Their transactions are over.
pub fn held(calls: u32) -> Result<u64, String> {
    let mut story = Story::new();
    story.hold(0..FIRST);
    let before = resident()?;
    story.hold(FIRST..FIRST.saturating_add(calls));
    let after = resident()?;
    if story.border.calls() as u64 != u64::from(FIRST) + u64::from(calls) {
        return Err("not every call was answered".into());
    }
    Ok(after.saturating_sub(before) / u64::from(calls.max(1)))
}

/// Bytes of memory that the kernel has given this process.
fn resident() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let mut lines = status.lines();
    let kilobytes = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = kilobytes.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| "the kernel tells no VmRSS".into())
}

struct Story {
    now: Time,
    border: Border,
    negotiator: Negotiator,
    /// What the border sent of the call in hand.
    sent: Vec<Message>,
    inputs: Vec<(Time, Input)>,
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

    fn hold(&mut self, numbers: std::ops::Range<u32>) {
        for number in numbers {
            self.set_up(number);
            self.inputs.clear();
            // Some hundred calls a second, so that transactions end meanwhile.
            self.pass(STEP);
        }
        self.pass(REST);
        self.inputs = Vec::new();
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.hear(Input::Timeout);
    }

    fn set_up(&mut self, number: u32) {
        self.sent.clear();
        let invite = format!(
            "INVITE sip:desk@10.0.0.5 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.90:5060;branch=z9hG4bKi{number}\r\nMax-Forwards: 70\r\nFrom: <sip:4930100@10.0.0.90>;tag=from{number}\r\nTo: <sip:desk@10.0.0.5>\r\nCall-ID: {number}@10.0.0.90\r\nCSeq: 1 INVITE\r\nContact: <sip:4930100@10.0.0.90:5060>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
            SDP.len()
        );
        self.says(CALLER, invite.into_bytes());
        let asked = self.last_request();
        for status in [180, 200] {
            let Some(asked) = &asked else {
                return;
            };
            let mut said = asked.response(StatusCode::of(status));
            if let Ok(to) = said.headers.to() {
                said.headers.set(HeaderName::To, to.with_tag("desk"));
            }
            said.headers
                .push(HeaderName::Contact, "<sip:desk@10.0.0.10>");
            if status == 200 {
                said.set_body("application/sdp", SDP.into());
            }
            self.says(SERVER, said.to_bytes());
        }
        self.inside(Method::Ack, 1);
    }

    fn hang_up(&mut self) {
        self.inside(Method::Bye, 2);
        if let Some(bye) = self.last_request() {
            self.says(SERVER, bye.response(StatusCode::OK).to_bytes());
        }
    }

    /// A request of the caller in its dialog.
    fn inside(&mut self, method: Method, cseq: u32) {
        let Some(ok) = self.last_ok() else {
            return;
        };
        let contacts = ok.headers.contacts().unwrap_or_default();
        let Some(contact) = contacts.into_iter().next() else {
            return;
        };
        let call_id = ok.headers.call_id().unwrap_or_default();
        let mut request = Request::new(method.clone(), contact.uri);
        request.headers.push(
            HeaderName::Via,
            format!("SIP/2.0/UDP 10.0.0.90:5060;branch=z9hG4bK{cseq}{method}{call_id}"),
        );
        request.headers.push(HeaderName::MaxForwards, 70);
        for header in ok.headers.iter() {
            if matches!(
                header.name,
                HeaderName::From | HeaderName::To | HeaderName::CallId
            ) {
                request.headers.push_copy(header);
            }
        }
        request
            .headers
            .push(HeaderName::CSeq, format!("{cseq} {method}"));
        self.says(CALLER, request.to_bytes());
    }

    fn says(&mut self, remote: SocketAddr, bytes: Vec<u8>) {
        let arrival = Arrival {
            flow: Flow::Datagram(INSIDE, remote),
            network: INSIDE,
            transport: Transport::Udp,
            local: OURS,
            remote,
        };
        self.hear(Input::Received(arrival, bytes));
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
        self.close();
    }

    /// What is measured: an input, and all that follows from it.
    fn play(&mut self, now: Time, input: Input) {
        self.border.handle(now, input, &mut self.negotiator);
        while let Some(output) = self.border.poll_output() {
            std::hint::black_box(&output);
        }
        self.close();
    }

    fn close(&mut self) {
        while let Some((_, command)) = self.negotiator.poll_command() {
            if let WorkerCommand::Close(session) = command {
                self.negotiator.ended(session);
            }
        }
    }

    /// The newest request to the server, but for ACK.
    fn last_request(&self) -> Option<Request> {
        self.sent.iter().rev().find_map(|message| match message {
            Message::Request(request) if request.method != Method::Ack => Some(request.clone()),
            _ => None,
        })
    }

    /// The 200 to the INVITE, as the caller got it.
    fn last_ok(&self) -> Option<Response> {
        self.sent.iter().find_map(|message| match message {
            Message::Response(response) if response.status == StatusCode::OK => {
                Some(response.clone())
            }
            _ => None,
        })
    }
}

fn plan() -> Plan {
    let listener = Listener {
        transport: Transport::Udp,
        bind: OURS,
        advertised: OURS,
    };
    let inside = Network {
        id: INSIDE,
        name: "inside".to_owned(),
        trust: Trust::Inside,
        listeners: vec![listener],
    };
    let peers = vec![
        Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp).at(SERVER),
        Peer::new(PeerId(1), Role::Trunk, INSIDE, Transport::Udp).at(CALLER),
    ];
    Plan {
        product: Some("Margrave".to_owned()),
        max_calls: 100_000,
        ..Plan::new(vec![inside], peers)
    }
}

fn media_plan() -> MediaPlan {
    let rtp = RtpRange {
        bind: OURS.ip(),
        advertised: OURS.ip(),
        first: 10_000,
        last: 65_533,
    };
    MediaPlan {
        networks: vec![MediaNetwork {
            ice: media_offer_answer::IceMode::Lite,
            id: INSIDE,
            webrtc: Vec::new(),
            rtp: Some(rtp),
        }],
        fingerprint: Fingerprint {
            algorithm: "sha-256".to_owned(),
            digest: vec![7; 32],
        },
        adopts: false,
        workers: 1,
    }
}
