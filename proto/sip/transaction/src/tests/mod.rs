#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
//! Each test has one [`Side`]: a table, a clock, and the peer's lines written by hand.

mod invite_client;
mod invite_server;
mod non_invite_client;
mod non_invite_server;
mod table;

use crate::{ClientKey, Event, ServerKey, Transactions};
use proto_base::{Flow, NetworkId, Time, Transport};
use sip_message::{HeaderName, Message, Request, Response, StatusCode, parse};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn udp() -> Flow {
    Flow::Datagram(NetworkId(1), "192.0.2.10:5060".parse().unwrap())
}

fn connection() -> Flow {
    Flow::Connection(7)
}

fn request(method: &str, branch: &str) -> Request {
    let text = format!(
        "{method} sip:bob@192.0.2.10 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport\r\n\
         Max-Forwards: 70\r\n\
         Route: <sip:192.0.2.10;lr>\r\n\
         From: <sip:alice@192.0.2.1>;tag=a1\r\n\
         To: <sip:bob@192.0.2.10>\r\n\
         Call-ID: story\r\n\
         CSeq: 3 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    match parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("not a request"),
    }
}

fn response(to: &Request, status: u16, tag: &str) -> Response {
    let mut response = to.response(StatusCode::of(status));
    let to = response.headers.to().unwrap().with_tag(tag);
    response.headers.set(HeaderName::To, to);
    response
}

/// One table, its clock, and where its peer is.
struct Side {
    table: Transactions,
    now: Time,
    flow: Flow,
    transport: Transport,
}

impl Side {
    fn over_udp() -> Self {
        Self {
            table: Transactions::new(),
            now: Time::from_micros(1_000_000),
            flow: udp(),
            transport: Transport::Udp,
        }
    }

    fn over_tcp() -> Self {
        Self {
            flow: connection(),
            transport: Transport::Tcp,
            ..Self::over_udp()
        }
    }

    fn over_websocket() -> Self {
        Self {
            flow: connection(),
            transport: Transport::Wss,
            ..Self::over_udp()
        }
    }

    fn hears(&mut self, message: Message) {
        self.table
            .receive(self.now, self.flow, self.transport, message);
    }

    fn hears_request(&mut self, request: &Request) {
        self.hears(Message::Request(request.clone()));
    }

    fn hears_response(&mut self, to: &Request, status: u16) {
        self.hears(Message::Response(response(to, status, "b1")));
    }

    fn sends(&mut self, request: &Request) -> ClientKey {
        self.table
            .request(self.now, self.flow, self.transport, request.clone())
    }

    fn answers(&mut self, key: &ServerKey, to: &Request, status: u16) {
        self.table
            .respond(self.now, key, response(to, status, "b1"));
    }

    /// Lets time pass, each deadline punctually.
    fn waits(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.table.poll_timeout()
            && at <= until
        {
            assert!(at >= self.now, "a deadline in the past stays behind");
            self.now = at;
            self.table.handle_timeout(at);
        }
        self.now = until;
    }

    /// First lines of what went out since the last look.
    fn sent(&mut self) -> Vec<String> {
        self.sent_messages()
            .iter()
            .map(|message| match message {
                Message::Request(request) => request.method.to_string(),
                Message::Response(response) => response.status.code().to_string(),
            })
            .collect()
    }

    fn sent_messages(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.table.poll_transmit())
            .map(|transmit| parse(&transmit.bytes).unwrap())
            .collect()
    }

    /// What was told since the last look, in a word each.
    fn told(&mut self) -> Vec<String> {
        self.told_events().iter().map(word).collect()
    }

    fn told_events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.table.poll_event()).collect()
    }

    /// A new request arrives and is told; what left by itself is looked at elsewhere.
    fn is_asked(&mut self, request: &Request) -> (ServerKey, Request) {
        self.hears_request(request);
        self.sent();
        match self.told_events().as_slice() {
            [Event::Request { key, request, .. }] => (key.clone(), request.clone()),
            other => panic!("expected one request, was told {other:?}"),
        }
    }

    fn is_idle(&mut self) -> bool {
        self.sent();
        self.told();
        self.table.is_idle() && self.table.poll_timeout().is_none()
    }
}

fn word(event: &Event) -> String {
    match event {
        Event::Request { request, .. } => format!("request {}", request.method),
        Event::Cancel { .. } => "cancel".to_owned(),
        Event::Ack { .. } => "ack".to_owned(),
        Event::Response { response, .. } => response.status.code().to_string(),
        Event::Failed { timed_out, .. } => format!("failed, timed out: {timed_out}"),
        Event::NoAck { .. } => "no ack".to_owned(),
        Event::ServerEnded { .. } => "server ended".to_owned(),
        Event::ClientEnded { .. } => "client ended".to_owned(),
    }
}
