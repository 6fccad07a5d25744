//! Lines as a story told to [`Border`]: whatever is said in whatever order, it neither panics nor leaves anything behind.
//!
//! A story is cut at record separators (0x1E). A record's first byte says who speaks: `p` a page, `q` another, `s` the server
//! (the rest is the message); `a` the server, `t` the carrier or `b` the page answers what it got last (status, `+` for a body, `!` for one
//! that must be acknowledged, `>` with another place to go), and `i` the server the last INVITE that it got;
//! `c` closes a page's connection, `o` opens it, `w` waits (tenths of a second), `u` the server is unreachable, `m` media fails,
//! `n` media refuses next, `r` writes the border down and reads it back, `x` shuts it down. In messages `$b` becomes a new
//! branch, `$t` the registered token, and `$i`, `$f`, `$g`, `$k` the Call-ID, From, To and RSeq of what that side heard last.

use control_command::{
    Answer, Answered, Description, Direction, Door, Event, LegId, Offer, Offered, Proposal,
    Refusal, SessionId, Summary, What,
};
use proto_base::{Flow, NetworkId, Random, Time, Transport};
use sbc_border::{Arrival, Border, Input, Output, Target, Tell};
use sbc_policy::{
    Account, Choice, Effect, Listener, Match, Network, Peer, PeerId, Plan, Redirects, Role, Route,
    Secret, Trust,
};
use sip_message::{HeaderName, Headers, Message, Method, Request, StatusCode, parse};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// More records than this tell no new story.
const MAX_RECORDS: usize = 200;
/// After this long, with everybody silent, nothing may be left: the longest call setup and its longest goodbye.
const SILENCE: Duration = Duration::from_secs(400);

/// Plays the story, lets everything end, and checks what was promised.
pub fn border(bytes: &[u8]) {
    let mut town = Town::new();
    town.open(1);
    for record in bytes.split(|byte| *byte == 0x1e).take(MAX_RECORDS) {
        if let Some((kind, rest)) = record.split_first() {
            town.play(*kind, rest);
        }
    }
    town.end();
}

#[derive(Default)]
struct Media {
    open: BTreeSet<SessionId>,
    refuses: bool,
}

impl Door for Media {
    fn offer(&mut self, _: Time, offer: Offer) -> Result<Offered, Refusal> {
        if std::mem::take(&mut self.refuses) {
            return Err(Refusal::NotAcceptable);
        }
        self.open.insert(offer.session);
        let is_alone = offer.sdp.ends_with(b"alone");
        let told = description(offer.sdp);
        Ok(match is_alone {
            true => Offered::Settled(told),
            false => Offered::Ask(told),
        })
    }
    fn answer(&mut self, _: Time, answer: Answer) -> Result<Answered, Refusal> {
        assert!(
            self.open.contains(&answer.session),
            "answered after its end"
        );
        if std::mem::take(&mut self.refuses) {
            return Err(Refusal::NotAcceptable);
        }
        Ok(Answered {
            unfit: answer.sdp.ends_with(b"narrow"),
            description: description(answer.sdp),
        })
    }
    fn propose(&mut self, _: Time, proposal: Proposal) -> Result<Description, Refusal> {
        self.open.insert(proposal.session);
        Ok(description(b"v=0\r\n".to_vec()))
    }
    fn trickle(&mut self, _: Time, _: SessionId, _: LegId, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
    fn release(&mut self, _: Time, _: SessionId, _: LegId) {}
    fn withdraw(&mut self, _: Time, session: SessionId) {
        assert!(self.open.contains(&session), "withdrawn after its end");
    }
    fn delete(&mut self, _: Time, session: SessionId) -> Option<Summary> {
        self.open.remove(&session);
        None
    }
}

fn description(sdp: Vec<u8>) -> Description {
    Description {
        sdp,
        direction: Direction::SendRecv,
    }
}

#[derive(Default)]
struct Ear {
    heard: Headers,
    asked: Option<Request>,
    invited: Option<Request>,
}

struct Town {
    border: Border,
    media: Media,
    now: Time,
    server: Ear,
    carrier: Ear,
    page: Ear,
    token: String,
    branches: u32,
    started: usize,
    ended: usize,
}

fn server() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, 2), 5060))
}

fn carrier() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, 3), 5060))
}

/// Calls for `all` go to two pages at once, those for `far` to the server and then to the carrier.
fn routes() -> Vec<Route> {
    let route = |name: &str, called: &str, effect| Route {
        name: name.to_owned(),
        from: Vec::new(),
        called: Match::parse(called).into_iter().collect(),
        domains: Vec::new(),
        numbers: Default::default(),
        caller_id: None,
        effect,
        advance: Default::default(),
    };
    let choice = |peer, priority| Choice {
        peer: PeerId(peer),
        priority,
        weight: 1,
    };
    let users = ["alice", "bob"].map(|user| format!("{user}@example.com"));
    vec![
        route("all", "all", Effect::Users(users.to_vec())),
        route(
            "far",
            "far",
            Effect::Peers(vec![choice(0, 1), choice(1, 2)]),
        ),
    ]
}

fn trunk() -> Peer {
    let mut trunk = Peer::new(PeerId(1), Role::Trunk, NetworkId(1), Transport::Udp).at(carrier());
    trunk.account = Some(Account {
        username: "us".to_owned(),
        auth_username: None,
        password: Secret("secret".to_owned()),
    });
    trunk
}

fn plan() -> Plan {
    let listener = |transport, last, port| {
        let at = SocketAddr::from((Ipv4Addr::new(10, 0, 0, last), port));
        Listener {
            transport,
            bind: at,
            advertised: at,
        }
    };
    let network = |number, name: &str, trust, listener| Network {
        id: NetworkId(number),
        name: name.to_owned(),
        trust,
        listeners: vec![listener],
    };
    Plan {
        networks: vec![
            network(
                0,
                "outside",
                Trust::Outside,
                listener(Transport::Wss, 9, 443),
            ),
            network(
                1,
                "inside",
                Trust::Inside,
                listener(Transport::Udp, 1, 5060),
            ),
        ],
        peers: vec![
            Peer::new(PeerId(0), Role::Registrar, NetworkId(1), Transport::Udp).at(server()),
            trunk(),
        ],
        routes: routes(),
        redirects: Redirects::Follow { max: 2 },
        grace: Duration::from_secs(15),
        patience: Duration::from_secs(4),
        ring: Duration::from_secs(170),
        product: None,
        max_calls: 3,
        max_bindings_per_flow: 2,
        ..Plan::new(Vec::new(), Vec::new())
    }
}

impl Town {
    fn new() -> Self {
        Self {
            border: Border::new(plan(), Random::from_number(0)),
            media: Media::default(),
            now: Time::ZERO,
            server: Ear::default(),
            carrier: Ear::default(),
            page: Ear::default(),
            token: String::new(),
            branches: 0,
            started: 0,
            ended: 0,
        }
    }

    fn arrival(page: u64) -> Arrival {
        Arrival {
            flow: Flow::Connection(page),
            network: NetworkId(0),
            transport: Transport::Wss,
            local: SocketAddr::from((Ipv4Addr::new(10, 0, 0, 9), 443)),
            remote: SocketAddr::from((Ipv4Addr::new(198, 51, 100, 1), 40_000)),
        }
    }

    fn open(&mut self, page: u64) {
        self.input(Input::Opened(Self::arrival(page), Vec::new()));
    }

    fn play(&mut self, kind: u8, rest: &[u8]) {
        let number = rest.first().copied().unwrap_or(0);
        match kind {
            b'p' | b'q' => {
                let text = self.filled(rest, false);
                let page = if kind == b'p' { 1 } else { 2 };
                self.input(Input::Received(Self::arrival(page), text));
            }
            b's' => {
                let text = self.filled(rest, true);
                self.server_says(text);
            }
            b'a' => {
                if let Some(text) = reply(self.server.asked.as_ref(), rest, "servertag") {
                    self.server_says(text);
                }
            }
            b'i' => {
                if let Some(text) = reply(self.server.invited.as_ref(), rest, "servertag") {
                    self.server_says(text);
                }
            }
            b't' => {
                if let Some(text) = reply(self.carrier.asked.as_ref(), rest, "carriertag") {
                    self.says_from(carrier(), text);
                }
            }
            b'b' => {
                if let Some(text) = reply(self.page.asked.as_ref(), rest, "pagetag") {
                    self.input(Input::Received(Self::arrival(1), text));
                }
            }
            b'c' => self.input(Input::Closed(Flow::Connection(1 + u64::from(number % 2)))),
            b'o' => self.open(1 + u64::from(number % 2)),
            b'w' => self.wait(Duration::from_millis(u64::from(number) * 100)),
            b'u' => {
                let flow = Flow::Datagram(NetworkId(1), server());
                self.input(Input::Unreachable(Target::Flow(flow)));
            }
            b'm' => self.input(Input::Media(Event {
                session: SessionId(u64::from(number % 4)),
                leg: None,
                what: What::MediaTimeout,
            })),
            b'n' => self.media.refuses = true,
            b'r' => {
                let snapshot = self.border.snapshot();
                match Border::restore(plan(), &snapshot) {
                    Ok(border) => self.border = border,
                    Err(error) => panic!("it cannot read what it wrote: {error}"),
                }
            }
            b'x' => self.input(Input::Shutdown),
            _ => {}
        }
    }

    fn server_says(&mut self, bytes: Vec<u8>) {
        self.says_from(server(), bytes);
    }

    fn says_from(&mut self, remote: SocketAddr, bytes: Vec<u8>) {
        let arrival = Arrival {
            flow: Flow::Datagram(NetworkId(1), remote),
            network: NetworkId(1),
            transport: Transport::Udp,
            local: SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), 5060)),
            remote,
        };
        self.input(Input::Received(arrival, bytes));
    }

    fn filled(&mut self, text: &[u8], is_server: bool) -> Vec<u8> {
        self.branches = self.branches.wrapping_add(1);
        let ear = if is_server { &self.server } else { &self.page };
        let of = |name| ear.heard.get(&name).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(text) else {
            return text.to_vec();
        };
        text.replace("$b", &format!("z9hG4bK{}", self.branches))
            .replace("$t", &self.token)
            .replace("$i", of(HeaderName::CallId))
            .replace("$f", of(HeaderName::From))
            .replace("$g", of(HeaderName::To))
            .replace("$k", of(HeaderName::RSeq))
            .replace('\n', "\r\n")
            .into_bytes()
    }

    fn input(&mut self, input: Input) {
        self.border.handle(self.now, input, &mut self.media);
        while let Some(output) = self.border.poll_output() {
            match output {
                Output::Send(target, bytes) => self.hear(target, &bytes),
                Output::Tell(Tell::CallStarted { .. }) => self.started += 1,
                Output::Tell(Tell::CallEnded(_)) => self.ended += 1,
                Output::Tell(_)
                | Output::Close(_)
                | Output::Wake(_)
                | Output::Consult(_)
                | Output::Lookup(_)
                | Output::Expect(..) => {}
            }
        }
    }

    fn hear(&mut self, target: Target, bytes: &[u8]) {
        // The echo of a keep-alive is no message.
        if bytes == b"\r\n" {
            return;
        }
        let message = match parse(bytes) {
            Ok(message) => message,
            // A refusal of what was malformed shows the same malformed headers.
            Err(_) if bytes.starts_with(b"SIP/2.0 4") || bytes.starts_with(b"SIP/2.0 5") => return,
            Err(error) => panic!("it sends what it cannot read: {error:?}"),
        };
        let is_page = matches!(target, Target::Flow(Flow::Connection(_)));
        let is_carrier = matches!(
            target,
            Target::Flow(Flow::Datagram(_, at)) | Target::Address { address: at, .. } if at == carrier()
        );
        let ear = match (is_page, is_carrier) {
            (true, _) => &mut self.page,
            (_, true) => &mut self.carrier,
            _ => &mut self.server,
        };
        ear.heard = message.headers().clone();
        if let Message::Request(request) = message {
            if let Ok(contacts) = request.headers.contacts()
                && let Some(contact) = contacts.first()
                && !is_page
            {
                self.token = contact.uri.user.clone().unwrap_or_default();
            }
            if request.method == Method::Invite {
                ear.invited = Some(request.clone());
            }
            ear.asked = Some(request);
        }
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        // A machine that asks for the same moment for ever is as good as hung.
        for _ in 0..100_000 {
            match self.border.poll_timeout() {
                Some((at, _)) if at <= until => {
                    self.now = self.now.max(at);
                    self.input(Input::Timeout);
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("its deadlines never pass");
    }

    fn end(&mut self) {
        self.input(Input::Shutdown);
        self.wait(SILENCE);
        assert!(self.border.is_idle(), "something is left");
        assert_eq!(self.border.calls(), 0);
        assert!(self.media.open.is_empty(), "media is left");
        assert_eq!(self.started, self.ended, "each call has one record");
    }
}

fn reply(request: Option<&Request>, rest: &[u8], tag: &str) -> Option<Vec<u8>> {
    let request = request?;
    let code = std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()?;
    let mut response = request.response(StatusCode::new(code)?);
    let to = response.headers.to().ok()?;
    if to.tag().is_none() && code > 100 {
        response.headers.set(HeaderName::To, to.with_tag(tag));
    }
    for contact in request.headers.get_all(&HeaderName::Contact) {
        response.headers.push(HeaderName::Contact, contact);
    }
    let how = rest.get(3..).unwrap_or_default();
    if how.contains(&b'!') {
        let headers = &mut response.headers;
        headers.push(HeaderName::Require, "100rel");
        headers.push(HeaderName::RSeq, 1);
        headers.push(HeaderName::Allow, "INVITE, UPDATE, PRACK");
    }
    if how.contains(&b'>') {
        let place = "<sip:carol@10.0.0.2>";
        response.headers.set(HeaderName::Contact, place);
    }
    if how.contains(&b'+') {
        response.set_body("application/sdp", b"v=0".to_vec());
    }
    Some(response.to_bytes())
}
