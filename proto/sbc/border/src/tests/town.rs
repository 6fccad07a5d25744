//! One browser or two, one server, and a clock that stands still until it is told to go.

use crate::{Arrival, Border, CallRecord, Input, Output, Target, Tell, Wake};
use control_command::{
    Answer, Answered, Description, Direction, Door, Event, LegEnd, LegId, Offer, Offered, Proposal,
    Refusal, SessionId, Summary, What,
};
use proto_base::{Flow, NetworkId, Random, Time, Transport};
use sbc_policy::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
use sip_message::{HeaderName, Message, Method, NameAddr, Request, Response, StatusCode};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const OUTSIDE: NetworkId = NetworkId(0);
pub(crate) const INSIDE: NetworkId = NetworkId(1);
pub(crate) const SERVER: &str = "10.0.0.2:5060";
pub(crate) const OFFER: &str = "v=0 offer";
pub(crate) const ANSWER: &str = "v=0 answer";
/// As a page writes it.
pub(crate) const ALICE: &str =
    "<sip:k3j2h1@6vq2.invalid;transport=ws>;+sip.instance=\"<urn:uuid:aaaa>\";reg-id=1";

/// Media that says what it was asked, and agrees.
#[derive(Debug, Default)]
pub(crate) struct Nodding {
    pub(crate) asked: Vec<String>,
    pub(crate) open: BTreeMap<SessionId, ()>,
    pub(crate) deleted: Vec<SessionId>,
    pub(crate) refuse_next: Option<Refusal>,
    pub(crate) last_offerer: Option<LegEnd>,
}

impl Door for Nodding {
    fn offer(&mut self, _: Time, offer: Offer) -> Result<Offered, Refusal> {
        if let Some(refusal) = self.refuse_next.take() {
            return Err(refusal);
        }
        self.open.insert(offer.session, ());
        self.asked.push(format!(
            "offer {}>{} {:?}>{:?}",
            offer.from.leg.0, offer.to.leg.0, offer.from.dress, offer.to.dress
        ));
        self.last_offerer = Some(offer.from);
        Ok(Offered::Ask(reworded(&offer.sdp)))
    }

    fn answer(&mut self, _: Time, answer: Answer) -> Result<Answered, Refusal> {
        if let Some(refusal) = self.refuse_next.take() {
            return Err(refusal);
        }
        let kind = if answer.provisional { "early" } else { "final" };
        self.asked.push(format!("answer {} {kind}", answer.from.0));
        Ok(Answered {
            description: reworded(&answer.sdp),
            unfit: false,
        })
    }

    fn propose(&mut self, _: Time, proposal: Proposal) -> Result<Description, Refusal> {
        self.open.insert(proposal.session, ());
        self.asked.push(format!(
            "propose {} with {}",
            proposal.to.leg.0, proposal.with.leg.0
        ));
        Ok(reworded(b"ours"))
    }
    fn trickle(&mut self, _: Time, _: SessionId, _: LegId, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn release(&mut self, _: Time, _: SessionId, _: LegId) {}

    fn withdraw(&mut self, _: Time, _: SessionId) {
        self.asked.push("withdraw".to_owned());
    }

    fn delete(&mut self, _: Time, session: SessionId) -> Option<Summary> {
        self.deleted.push(session);
        self.open.remove(&session).map(|()| Summary {
            codecs: vec!["PCMU/8000".to_owned()],
        })
    }
}

fn reworded(sdp: &[u8]) -> Description {
    let mut sdp = sdp.to_vec();
    sdp.extend_from_slice(b" reworded");
    Description {
        sdp,
        direction: Direction::SendRecv,
    }
}

pub(crate) struct Town {
    pub(crate) border: Border,
    pub(crate) door: Nodding,
    pub(crate) now: Time,
    pub(crate) to_server: VecDeque<Message>,
    pub(crate) to_browser: BTreeMap<u64, VecDeque<Message>>,
    pub(crate) elsewhere: Vec<(Target, Vec<u8>)>,
    pub(crate) told: Vec<Tell>,
    pub(crate) lookups: Vec<sip_locate::Question>,
    pub(crate) expected: Vec<(SocketAddr, String)>,
    pub(crate) wakes: Vec<Wake>,
    pub(crate) consults: Vec<crate::Consult>,
    pub(crate) closed: Vec<Flow>,
    pub(crate) branches: u32,
}

pub(crate) fn plan() -> Plan {
    let listener = |transport, bind: &str, advertised: &str| Listener {
        transport,
        bind: bind.parse().unwrap(),
        advertised: advertised.parse().unwrap(),
    };
    Plan {
        networks: vec![
            Network {
                id: OUTSIDE,
                name: "outside".to_owned(),
                trust: Trust::Outside,
                listeners: vec![
                    listener(Transport::Wss, "192.168.7.1:8443", "203.0.113.5:443"),
                    listener(Transport::Udp, "192.168.7.1:5060", "203.0.113.5:5060"),
                ],
            },
            Network {
                id: INSIDE,
                name: "inside".to_owned(),
                trust: Trust::Inside,
                listeners: vec![
                    listener(Transport::Udp, "10.0.0.1:5060", "10.0.0.1:5060"),
                    listener(Transport::Ws, "10.0.0.1:8080", "10.0.0.1:8080"),
                ],
            },
        ],
        peers: vec![
            Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp)
                .at(SERVER.parse().unwrap()),
        ],
        grace: Duration::from_secs(15),
        patience: Duration::from_secs(4),
        ring: Duration::from_secs(170),
        product: Some("Margrave".to_owned()),
        max_calls: 10,
        max_bindings_per_flow: 3,
        ..Plan::new(Vec::new(), Vec::new())
    }
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::with(plan())
    }

    pub(crate) fn with(plan: Plan) -> Self {
        Self {
            border: Border::new(plan, Random::from_number(1)),
            door: Nodding::default(),
            now: Time::from_micros(1_000_000),
            to_server: VecDeque::new(),
            to_browser: BTreeMap::new(),
            elsewhere: Vec::new(),
            told: Vec::new(),
            lookups: Vec::new(),
            expected: Vec::new(),
            wakes: Vec::new(),
            consults: Vec::new(),
            closed: Vec::new(),
            branches: 0,
        }
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.border.handle(self.now, input, &mut self.door);
        while let Some(output) = self.border.poll_output() {
            match output {
                Output::Send(target, bytes) => self.post(target, bytes),
                Output::Tell(tell) => self.told.push(tell),
                Output::Close(flow) => self.closed.push(flow),
                Output::Wake(wake) => self.wakes.push(wake),
                Output::Consult(consult) => self.consults.push(consult),
                Output::Lookup(question) => self.lookups.push(question),
                Output::Expect(_, address, domain) => self.expected.push((address, domain)),
            }
        }
    }

    fn post(&mut self, target: Target, bytes: Vec<u8>) {
        let server: SocketAddr = SERVER.parse().unwrap();
        match (target, sip_message::parse(&bytes)) {
            (Target::Flow(Flow::Connection(number)), Ok(message)) => {
                self.to_browser
                    .entry(number)
                    .or_default()
                    .push_back(message);
            }
            (Target::Flow(Flow::Datagram(INSIDE, to)), Ok(message)) if to == server => {
                self.to_server.push_back(message);
            }
            (target, _) => self.elsewhere.push((target, bytes)),
        }
    }

    pub(crate) fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some((at, _)) = self.border.poll_timeout()
            && at <= until
        {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = until;
    }

    /// Until nothing but bindings is left.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.border.is_idle() {
                return;
            }
            let (at, _) = self.border.poll_timeout().expect("not idle, no deadline");
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        panic!("never idle");
    }

    pub(crate) fn browser_arrival(number: u64) -> Arrival {
        Arrival {
            flow: Flow::Connection(number),
            network: OUTSIDE,
            transport: Transport::Wss,
            local: "192.168.7.1:8443".parse().unwrap(),
            remote: SocketAddr::new([198, 51, 100, 9].into(), 40_000 + number as u16),
        }
    }

    pub(crate) fn server_arrival() -> Arrival {
        Arrival {
            flow: Flow::Datagram(INSIDE, SERVER.parse().unwrap()),
            network: INSIDE,
            transport: Transport::Udp,
            local: "10.0.0.1:5060".parse().unwrap(),
            remote: SERVER.parse().unwrap(),
        }
    }

    pub(crate) fn opens(&mut self, number: u64) {
        self.input(Input::Opened(Self::browser_arrival(number), Vec::new()));
    }

    pub(crate) fn closes(&mut self, number: u64) {
        self.input(Input::Closed(Flow::Connection(number)));
    }

    pub(crate) fn browser_sends(&mut self, number: u64, bytes: Vec<u8>) {
        self.input(Input::Received(Self::browser_arrival(number), bytes));
    }

    pub(crate) fn server_sends(&mut self, bytes: Vec<u8>) {
        self.input(Input::Received(Self::server_arrival(), bytes));
    }

    pub(crate) fn media(&mut self, session: u64, what: What) {
        self.input(Input::Media(Event {
            session: SessionId(session),
            leg: None,
            what,
        }));
    }

    /// A request as a page writes it, outside any dialog.
    pub(crate) fn page_request(
        &mut self,
        method: Method,
        uri: &str,
        (call_id, cseq): (&str, u32),
        extra: &[(HeaderName, &str)],
        body: Option<&str>,
    ) -> Request {
        self.branches += 1;
        let mut request = Request::new(method.clone(), uri.parse().unwrap());
        let headers = &mut request.headers;
        headers.push(
            HeaderName::Via,
            format!(
                "SIP/2.0/WSS 6vq2.invalid;branch=z9hG4bKpage{}",
                self.branches
            ),
        );
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(
            HeaderName::From,
            "\"Alice\" <sip:alice@example.com>;tag=alicetag",
        );
        let to = if method == Method::Register {
            "sip:alice@example.com"
        } else {
            uri
        };
        headers.push(HeaderName::To, format!("<{to}>"));
        headers.push(HeaderName::CallId, call_id);
        headers.push(HeaderName::CSeq, format!("{cseq} {method}"));
        headers.push(HeaderName::UserAgent, "SIP.js/0.21");
        for (name, value) in extra {
            headers.push(name.clone(), value);
        }
        if let Some(body) = body {
            request.set_body("application/sdp", body.as_bytes().to_vec());
        }
        request
    }

    /// A request as the server writes it, outside any dialog.
    pub(crate) fn server_request(
        &mut self,
        method: Method,
        uri: &str,
        call_id: &str,
        body: Option<&str>,
    ) -> Request {
        self.branches += 1;
        let mut request = Request::new(method.clone(), uri.parse().unwrap());
        let headers = &mut request.headers;
        headers.push(
            HeaderName::Via,
            format!(
                "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKserver{};rport",
                self.branches
            ),
        );
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(HeaderName::From, "\"Bob\" <sip:bob@10.0.0.2>;tag=bobtag");
        headers.push(HeaderName::To, format!("<{uri}>"));
        headers.push(HeaderName::CallId, call_id);
        headers.push(HeaderName::CSeq, format!("1 {method}"));
        headers.push(HeaderName::Contact, "<sip:bob@10.0.0.7:5062>");
        headers.push(HeaderName::RecordRoute, "<sip:10.0.0.2;lr>");
        headers.push(HeaderName::UserAgent, "PBX at 10.0.0.2");
        headers.push(HeaderName::PAssertedIdentity, "<sip:bob@10.0.0.2>");
        if let Some(body) = body {
            request.set_body("application/sdp", body.as_bytes().to_vec());
        }
        request
    }

    /// The server answers one of our requests as a PBX does, with all that it tells of itself.
    pub(crate) fn server_answers(
        &mut self,
        request: &Request,
        code: u16,
        extra: &[(HeaderName, &str)],
        body: Option<&str>,
    ) {
        let response = answer(request, code, "servertag", extra, body);
        self.server_sends(response.to_bytes());
    }

    /// One of several phones behind the server answers.
    pub(crate) fn server_answers_as(
        &mut self,
        request: &Request,
        code: u16,
        tag: &str,
        extra: &[(HeaderName, &str)],
        body: Option<&str>,
    ) {
        let response = answer(request, code, tag, extra, body);
        self.server_sends(response.to_bytes());
    }

    pub(crate) fn page_answers(
        &mut self,
        number: u64,
        request: &Request,
        code: u16,
        extra: &[(HeaderName, &str)],
        body: Option<&str>,
    ) {
        let response = answer(request, code, "pagetag", extra, body);
        self.browser_sends(number, response.to_bytes());
    }

    pub(crate) fn server_gets(&mut self) -> Request {
        match self.to_server.pop_front() {
            Some(Message::Request(request)) => request,
            other => panic!("the server got {other:?}"),
        }
    }

    pub(crate) fn server_hears(&mut self) -> Response {
        match self.to_server.pop_front() {
            Some(Message::Response(response)) => response,
            other => panic!("the server heard {other:?}"),
        }
    }

    pub(crate) fn page_gets(&mut self, number: u64) -> Request {
        match self.to_browser.entry(number).or_default().pop_front() {
            Some(Message::Request(request)) => request,
            other => panic!("page {number} got {other:?}"),
        }
    }

    pub(crate) fn page_hears(&mut self, number: u64) -> Response {
        match self.to_browser.entry(number).or_default().pop_front() {
            Some(Message::Response(response)) => response,
            other => panic!("page {number} heard {other:?}"),
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.to_server.is_empty()
            && self.to_browser.values().all(VecDeque::is_empty)
            && self.elsewhere.is_empty()
    }

    /// Registers alice's page, and gives the token that the registrar knows her by.
    pub(crate) fn registered(&mut self, number: u64) -> String {
        self.opens(number);
        let register = self.page_request(
            Method::Register,
            "sip:example.com",
            (&format!("reg{number}"), 1),
            &[
                (HeaderName::Contact, ALICE),
                (HeaderName::Expires, "600"),
                (HeaderName::Authorization, "Digest username=\"alice\""),
            ],
            None,
        );
        self.browser_sends(number, register.to_bytes());
        // Others may still be repeating themselves.
        self.to_server
            .retain(|message| matches!(message, Message::Request(request) if request.method == Method::Register));
        let upward = self.server_gets();
        let contact = upward.headers.contacts().unwrap().remove(0);
        let granted = format!("<{}>;expires=600", contact.uri);
        self.server_answers(&upward, 200, &[(HeaderName::Contact, &granted)], None);
        assert_eq!(self.page_hears(number).status, StatusCode::OK);
        contact.uri.user.unwrap()
    }

    /// The records of ended calls.
    pub(crate) fn records(&self) -> Vec<&CallRecord> {
        self.told
            .iter()
            .filter_map(|tell| match tell {
                Tell::CallEnded(record) => Some(record),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn only_record(&self) -> &CallRecord {
        let records = self.records();
        assert_eq!(records.len(), 1, "one call, one record: {records:?}");
        records[0]
    }
}

pub(crate) fn answer(
    request: &Request,
    code: u16,
    tag: &str,
    extra: &[(HeaderName, &str)],
    body: Option<&str>,
) -> Response {
    let mut response = request.response(StatusCode::of(code));
    let to = response.headers.to().unwrap();
    if to.tag().is_none() && code > 100 {
        response.headers.set(HeaderName::To, to.with_tag(tag));
    }
    response.headers.push(HeaderName::Server, "PBX at 10.0.0.2");
    for (name, value) in extra {
        response.headers.push(name.clone(), value);
    }
    if let Some(body) = body {
        response.set_body("application/sdp", body.as_bytes().to_vec());
    }
    response
}

/// A request inside a dialog, by whoever got `response` to `request`.
pub(crate) fn next(
    request: &Request,
    response: &Response,
    method: Method,
    cseq: u32,
    body: Option<&str>,
) -> Request {
    let target = response.headers.contacts().unwrap().remove(0).uri;
    let mut next = Request::new(method.clone(), target);
    let via = request.headers.get(&HeaderName::Via).unwrap();
    next.headers.push(
        HeaderName::Via,
        via.replace("z9hG4bK", &format!("z9hG4bK{method}{cseq}")),
    );
    next.headers.push(HeaderName::MaxForwards, 70);
    for name in [HeaderName::From, HeaderName::CallId] {
        let value = request.headers.get(&name).unwrap().to_owned();
        next.headers.push(name, value);
    }
    next.headers.push(
        HeaderName::To,
        response.headers.get(&HeaderName::To).unwrap(),
    );
    next.headers
        .push(HeaderName::CSeq, format!("{cseq} {method}"));
    if let Some(contact) = request.headers.get(&HeaderName::Contact) {
        next.headers.push(HeaderName::Contact, contact);
    }
    if let Some(body) = body {
        next.set_body("application/sdp", body.as_bytes().to_vec());
    }
    next
}

/// A request inside a dialog, by whoever answered `request` with `tag` as its To tag.
pub(crate) fn back(
    request: &Request,
    tag: &str,
    via: &str,
    method: Method,
    cseq: u32,
    body: Option<&str>,
) -> Request {
    let target = request.headers.contacts().unwrap().remove(0).uri;
    let mut back = Request::new(method.clone(), target);
    back.headers.push(
        HeaderName::Via,
        format!("{via};branch=z9hG4bKback{method}{cseq}{tag}"),
    );
    back.headers.push(HeaderName::MaxForwards, 70);
    let to: NameAddr = request.headers.to().unwrap().with_tag(tag);
    back.headers.push(HeaderName::From, to);
    back.headers
        .push(HeaderName::To, request.headers.from().unwrap());
    back.headers
        .push(HeaderName::CallId, request.headers.call_id().unwrap());
    back.headers
        .push(HeaderName::CSeq, format!("{cseq} {method}"));
    back.headers
        .push(HeaderName::Contact, "<sip:there@10.0.0.7:5062>");
    if let Some(body) = body {
        back.set_body("application/sdp", body.as_bytes().to_vec());
    }
    back
}

pub(crate) const SERVER_VIA: &str = "SIP/2.0/UDP 10.0.0.2:5060";
pub(crate) const PAGE_VIA: &str = "SIP/2.0/WSS 6vq2.invalid";

/// No trace of the inner network in what a browser gets.
pub(crate) fn assert_outer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for inner in ["10.0.0.", "PBX", "bobtag", "servertag", "P-Asserted"] {
        assert!(!text.contains(inner), "{inner} in\n{text}");
    }
}

/// No trace of the outer world in what the server gets.
pub(crate) fn assert_inner(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for outer in [
        ".invalid",
        "203.0.113.",
        "198.51.100.",
        "alicetag",
        "SIP.js",
    ] {
        assert!(!text.contains(outer), "{outer} in\n{text}");
    }
}
