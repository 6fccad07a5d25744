use demo_exchange::{Exchange, Input, MediaId, Output, Settings};
use proto_base::{Random, Time};
use sip_auth::Client;
use sip_message::{HeaderName, Message, Method, NameAddr, Request, Response, StatusCode, parse};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn at(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], port))
}

/// What a telephone may send.
pub(crate) trait Said {
    fn bytes(&self) -> Vec<u8>;
}

impl Said for Request {
    fn bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

impl Said for Response {
    fn bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

/// The exchange, its clock, and what it wanted of the world.
pub(crate) struct Town {
    pub(crate) exchange: Exchange,
    pub(crate) now: Time,
    /// SIP that left, by receiver.
    pub(crate) mail: Vec<(SocketAddr, Message)>,
    /// RTP that left.
    pub(crate) packets: Vec<(MediaId, SocketAddr, Vec<u8>)>,
    /// Open media sockets.
    pub(crate) sockets: Vec<(MediaId, SocketAddr)>,
}

impl Town {
    pub(crate) fn new() -> Self {
        Self::with(|settings| settings)
    }

    pub(crate) fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = Settings::new("example.org", at(1, 5060))
            .with_user("alice", "wonderland")
            .with_user("bob", "builder");
        Self {
            exchange: Exchange::new(change(settings), Random::from_number(1)),
            now: Time::from_micros(9_000_000),
            mail: vec![],
            packets: vec![],
            sockets: vec![],
        }
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Send { to, bytes } => self.mail.push((to, parse(&bytes).unwrap())),
                Output::OpenMedia { id, local } => self.sockets.push((id, local)),
                Output::CloseMedia { id } => self.sockets.retain(|(open, _)| *open != id),
                Output::SendRtp { id, to, bytes } => self.packets.push((id, to, bytes)),
            }
        }
    }

    pub(crate) fn send(&mut self, from: SocketAddr, message: impl Said) {
        let bytes = message.bytes();
        self.input(Input::Datagram { from, bytes });
    }

    /// Lets time pass, each deadline punctually.
    pub(crate) fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(due) = self.exchange.poll_timeout()
            && due <= until
        {
            self.now = self.now.max(due);
            self.input(Input::Timeout);
            let next = self.exchange.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now),
                "a deadline stays behind"
            );
        }
        self.now = until;
    }

    /// Takes the messages for `phone`.
    pub(crate) fn for_phone(&mut self, phone: SocketAddr) -> Vec<Message> {
        let (his, others) = std::mem::take(&mut self.mail)
            .into_iter()
            .partition(|(to, _)| *to == phone);
        self.mail = others;
        his.into_iter().map(|(_, message)| message).collect()
    }

    /// Their statuses and methods.
    pub(crate) fn words_for(&mut self, phone: SocketAddr) -> Vec<String> {
        self.for_phone(phone).iter().map(word).collect()
    }

    /// The one request for `phone`, nothing else.
    pub(crate) fn request_for(&mut self, phone: SocketAddr) -> Request {
        match self.for_phone(phone).as_slice() {
            [Message::Request(request)] => request.clone(),
            other => panic!("expected one request, got {other:?}"),
        }
    }

    /// The last response for `phone`, which is final.
    pub(crate) fn final_for(&mut self, phone: SocketAddr) -> Response {
        match self.for_phone(phone).last() {
            Some(Message::Response(response)) if response.status.is_final() => response.clone(),
            other => panic!("expected a final response, got {other:?}"),
        }
    }

    /// Sends a request, proves who it is if asked, and gives the final response.
    pub(crate) fn asks(&mut self, phone: &mut Phone, mut request: Request) -> (Request, Response) {
        phone.stamp(&mut request);
        self.send(phone.at, request.clone());
        let response = self.final_for(phone.at);
        if ![401, 407].contains(&response.status.code()) {
            return (request, response);
        }
        if request.method == Method::Invite {
            self.send(phone.at, phone.ack(&request, &response));
        }
        let mut dice = Random::from_number(3);
        if phone
            .digest
            .answer(&response, &mut request, &mut dice)
            .is_err()
        {
            return (request, response);
        }
        phone.stamp(&mut request);
        self.send(phone.at, request.clone());
        let response = self
            .for_phone(phone.at)
            .into_iter()
            .filter_map(|message| match message {
                Message::Response(response) => Some(response),
                Message::Request(_) => None,
            })
            .next_back()
            .unwrap();
        (request, response)
    }

    pub(crate) fn registers(&mut self, phone: &mut Phone) -> Response {
        let request = phone.register(600);
        let (_, response) = self.asks(phone, request);
        response
    }

    /// Nothing is left once the last transactions have run out.
    pub(crate) fn settles(&mut self) {
        self.wait(SECOND * 33);
        assert!(self.sockets.is_empty(), "a socket is left");
        assert!(self.exchange.is_idle(), "something is left");
    }
}

pub(crate) fn word(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => response.status.code().to_string(),
    }
}

/// A telephone: an address, a name, a password.
pub(crate) struct Phone {
    pub(crate) at: SocketAddr,
    pub(crate) name: String,
    pub(crate) digest: Client,
    cseq: u32,
}

impl Phone {
    pub(crate) fn new(name: &str, password: &str, at: SocketAddr) -> Self {
        Self {
            at,
            name: name.to_owned(),
            digest: Client::new(name, password),
            cseq: 0,
        }
    }

    pub(crate) fn alice() -> Self {
        Self::new("alice", "wonderland", at(10, 5060))
    }

    pub(crate) fn bob() -> Self {
        Self::new("bob", "builder", at(20, 5062))
    }

    pub(crate) fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.name, self.at)
    }

    pub(crate) fn own(&self) -> String {
        format!("<sip:{}@example.org>", self.name)
    }

    /// A request outside any dialog, still without Via and CSeq.
    pub(crate) fn request(&self, method: Method, uri: &str) -> Request {
        let mut request = Request::new(method, uri.parse().unwrap());
        let headers = &mut request.headers;
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(
            HeaderName::From,
            format!("{};tag=f{}", self.own(), self.name),
        );
        headers.push(HeaderName::To, format!("<{uri}>"));
        headers.push(HeaderName::CallId, format!("{}-{}", self.name, self.cseq));
        headers.push(HeaderName::Contact, self.contact());
        request
    }

    pub(crate) fn register(&self, expires: u32) -> Request {
        let mut request = self.request(Method::Register, "sip:example.org");
        request.headers.set(HeaderName::To, self.own());
        request
            .headers
            .set(HeaderName::CallId, format!("{}-registers", self.name));
        request.headers.set(HeaderName::Expires, expires);
        request
    }

    pub(crate) fn invite(&self, called: &str, sdp: &str) -> Request {
        let mut request = self.request(Method::Invite, &format!("sip:{called}@example.org"));
        if !sdp.is_empty() {
            request.set_body("application/sdp", sdp.as_bytes().to_vec());
        }
        request
    }

    /// A fresh CSeq and branch.
    pub(crate) fn stamp(&mut self, request: &mut Request) {
        self.cseq += 1;
        let (name, number, method) = (&self.name, self.cseq, &request.method);
        let cseq = format!("{number} {method}");
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bK{name}{number};rport", self.at);
        request.headers.set(HeaderName::Via, via);
        request.headers.set(HeaderName::CSeq, cseq);
    }

    /// The ACK to a non-2xx, or, with another branch, to a 2xx.
    pub(crate) fn ack(&self, invite: &Request, response: &Response) -> Request {
        let mut ack = invite.clone();
        ack.method = Method::Ack;
        ack.body.clear();
        ack.headers.remove(&HeaderName::ContentType);
        let number = invite.headers.cseq().unwrap().number;
        ack.headers.set(HeaderName::CSeq, format!("{number} ACK"));
        ack.headers
            .set(HeaderName::To, response.headers.to().unwrap());
        if response.status.is_success() {
            let via = format!(
                "SIP/2.0/UDP {};branch=z9hG4bKack{}{number}",
                self.at, self.name
            );
            ack.headers.set(HeaderName::Via, via);
            ack.uri = response.headers.contacts().unwrap()[0].uri.clone();
        }
        ack
    }

    pub(crate) fn cancel(&self, invite: &Request) -> Request {
        let mut cancel = invite.clone();
        cancel.method = Method::Cancel;
        cancel.body.clear();
        cancel.headers.remove(&HeaderName::ContentType);
        let number = invite.headers.cseq().unwrap().number;
        cancel
            .headers
            .set(HeaderName::CSeq, format!("{number} CANCEL"));
        cancel
    }

    /// A request of the caller inside the dialog that `answer` made.
    pub(crate) fn inside(
        &mut self,
        method: Method,
        invite: &Request,
        answer: &Response,
    ) -> Request {
        let target = answer.headers.contacts().unwrap()[0].uri.clone();
        let mut request = Request::new(method, target);
        let headers = &mut request.headers;
        headers.push(HeaderName::MaxForwards, 70);
        headers.push(HeaderName::From, invite.headers.from().unwrap());
        headers.push(HeaderName::To, answer.headers.to().unwrap());
        headers.push(HeaderName::CallId, invite.headers.call_id().unwrap());
        headers.push(HeaderName::Contact, self.contact());
        let routes: Vec<NameAddr> = answer.headers.record_routes().unwrap();
        for route in routes.iter().rev() {
            headers.push(HeaderName::Route, route);
        }
        self.stamp(&mut request);
        request
    }

    /// What the called telephone says.
    pub(crate) fn says(&self, request: &Request, status: u16) -> Response {
        let mut response = request.response(StatusCode::of(status));
        let to = response.headers.to().unwrap();
        let tag = format!("t{}", self.name);
        response.headers.set(HeaderName::To, to.with_tag(&tag));
        response.headers.push(HeaderName::Contact, self.contact());
        for route in request.headers.get_all(&HeaderName::RecordRoute) {
            response.headers.push(HeaderName::RecordRoute, route);
        }
        response
    }
}

/// An audio description of alice's.
pub(crate) fn sdp(direction: &str, formats: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP {formats} 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    )
}
