use crate::board::{ALLOW, Board, flow};
use crate::calls::Calls;
use crate::forward::{Forwards, Target};
use crate::location::Location;
use crate::register::register;
use crate::service::Service;
use crate::{Input, Output, Settings};
use proto_base::{Flow, Random, Time, Transport};
use serde::{Deserialize, Serialize};
use sip_auth::{Asker, Server};
use sip_message::{HeaderName, Message, Method, Request, StatusCode, parse};
use sip_transaction::{Event, ServerKey};
use std::net::SocketAddr;

/// The exchange.
#[derive(Debug, Serialize, Deserialize)]
pub struct Exchange {
    board: Board,
    digest: Server,
    location: Location,
    forwards: Forwards,
    calls: Calls,
}

impl Exchange {
    /// With nobody registered.
    pub fn new(settings: Settings, mut random: Random) -> Self {
        Self {
            digest: Server::with_algorithms(&settings.domain, &settings.algorithms, &mut random),
            board: Board::new(settings, random),
            location: Location::default(),
            forwards: Forwards::default(),
            calls: Calls::default(),
        }
    }

    /// One input; then drain [`poll_output`](Self::poll_output).
    pub fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::Datagram { from, bytes } => self.datagram(now, from, &bytes),
            Input::Rtp { id, from, bytes } => {
                self.calls.hear(&mut self.board, id, from, &bytes);
            }
            Input::MediaFailed { id } => self.calls.media_failed(now, &mut self.board, id),
            Input::Unreachable(to) => self.board.transactions.flow_closed(now, flow(to)),
            Input::Timeout => {
                self.board.transactions.handle_timeout(now);
                self.calls.handle_timeout(now, &mut self.board);
                self.location.expire(now);
            }
        }
        self.settle(now);
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.board.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        [
            self.board.transactions.poll_timeout(),
            self.calls.poll_timeout(),
            self.location.next_expiry(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// No transaction, no call and no socket is left (registrations may be).
    pub fn is_idle(&self) -> bool {
        self.board.transactions.is_idle()
            && self.board.outputs.is_empty()
            && self.forwards.is_empty()
            && self.calls.is_empty()
    }

    /// How many contacts are registered.
    pub fn contacts(&self) -> usize {
        self.location.count()
    }

    fn datagram(&mut self, now: Time, from: SocketAddr, bytes: &[u8]) {
        match parse(bytes) {
            Ok(message) => {
                let transactions = &mut self.board.transactions;
                transactions.receive(now, flow(from), Transport::Udp, message);
            }
            Err(error) => {
                if let Some(answer) = error.answer {
                    let bytes = Message::Response(*answer).to_bytes();
                    self.board
                        .outputs
                        .push_back(Output::Send { to: from, bytes });
                }
            }
        }
    }

    /// Until the transactions have nothing more to tell or send.
    fn settle(&mut self, now: Time) {
        while let Some(event) = self.board.transactions.poll_event() {
            self.event(now, event);
        }
        while let Some(transmit) = self.board.transactions.poll_transmit() {
            if let Flow::Datagram(_, to) = transmit.flow {
                let bytes = transmit.bytes;
                self.board.outputs.push_back(Output::Send { to, bytes });
            }
        }
    }

    fn event(&mut self, now: Time, event: Event) {
        let board = &mut self.board;
        match event {
            Event::Request { key, flow, request } => {
                if let Flow::Datagram(_, source) = flow {
                    self.request(now, &key, source, request);
                }
            }
            Event::Cancel { invite, .. } => {
                self.forwards.cancel(now, board, &invite);
                self.calls.cancel(now, board, &invite);
            }
            Event::Ack { request, .. } => self.ack(now, request),
            Event::Response { key, response } => {
                self.forwards.response(now, board, &key, response);
            }
            Event::Failed { key, timed_out } => {
                self.forwards.failed(now, board, &key, timed_out);
            }
            Event::NoAck { .. } => {}
            Event::ServerEnded { key } => {
                self.forwards.server_ended(now, board, &key);
                self.calls.server_ended(&key);
            }
            Event::ClientEnded { key } => self.forwards.client_ended(&key),
        }
    }

    /// RFC 3261 §16.3 to §16.5, and §8.2 where the request is for us.
    fn request(&mut self, now: Time, key: &ServerKey, source: SocketAddr, mut request: Request) {
        if self.refuses_demands(now, key, &request) {
            return;
        }
        let routed = self.take_own_route(&mut request);
        let in_dialog = has_to_tag(&request);
        let has_routes = request.headers.has(&HeaderName::Route);
        if has_routes || !self.board.is_ours(&request.uri) {
            // Inside a call that we put ourselves into; beyond that we carry nothing for strangers.
            if in_dialog && routed && self.board.settings.record_route {
                let target = Target::of(&request);
                self.forwards
                    .forward(now, &mut self.board, key.clone(), &request, target);
            } else {
                self.board.refuse(now, key, &request, 404);
            }
            return;
        }
        if request.method == Method::Register {
            self.register(now, key, source, &request);
        } else if in_dialog {
            if !self.calls.request(now, &mut self.board, key, &request) {
                self.board.refuse(now, key, &request, 481);
            }
        } else if request.uri.user.is_none() {
            self.for_ourselves(now, key, &request);
        } else {
            self.for_user(now, key, source, request);
        }
    }

    /// §8.2.2.3, §16.3 item 5: we know no extension that could be demanded.
    fn refuses_demands(&mut self, now: Time, key: &ServerKey, request: &Request) -> bool {
        let demands = [HeaderName::Require, HeaderName::ProxyRequire];
        let mut response = request.response(StatusCode::of(420));
        for token in demands
            .iter()
            .flat_map(|name| request.headers.get_all(name))
        {
            response.headers.push(HeaderName::Unsupported, token);
        }
        let refuses = response.headers.has(&HeaderName::Unsupported);
        if refuses {
            self.board.respond(now, key, response);
        }
        refuses
    }

    /// §16.4.
    fn take_own_route(&self, request: &mut Request) -> bool {
        let routes = request.headers.routes().unwrap_or_default();
        let own = routes
            .first()
            .is_some_and(|route| self.board.is_ours(&route.uri));
        if own {
            request.headers.remove_first(&HeaderName::Route);
        }
        own
    }

    fn for_ourselves(&mut self, now: Time, key: &ServerKey, request: &Request) {
        let status = match request.method {
            Method::Options => 200,
            _ => 405,
        };
        let mut response = request.response(StatusCode::of(status));
        response.headers.push(HeaderName::Allow, ALLOW);
        self.board.respond(now, key, response);
    }

    fn register(&mut self, now: Time, key: &ServerKey, source: SocketAddr, request: &Request) {
        let Some(user) = self.authenticate(now, key, request, Asker::UserAgent) else {
            return;
        };
        // §10.3 step 3: nobody registers for another.
        let own = request.headers.to().is_ok_and(|to| {
            self.board.is_ours(&to.uri) && to.uri.user_decoded() == Some(user.clone())
        });
        let response = if own {
            self.location.expire(now);
            let settings = &self.board.settings;
            register(now, settings, &mut self.location, &user, source, request)
        } else {
            request.response(StatusCode::of(403))
        };
        self.board.respond(now, key, response);
    }

    fn for_user(&mut self, now: Time, key: &ServerKey, source: SocketAddr, mut request: Request) {
        if self.board.settings.authenticate_calls {
            let Some(user) = self.authenticate(now, key, &request, Asker::Proxy) else {
                return;
            };
            let own = request.headers.from().is_ok_and(|from| {
                self.board.is_ours(&from.uri) && from.uri.user_decoded() == Some(user)
            });
            if !own {
                self.board.refuse(now, key, &request, 403);
                return;
            }
            // They were for us, and nobody else is to see them (§22.3).
            request.headers.remove(&HeaderName::ProxyAuthorization);
        }
        let called = request.uri.user_decoded().unwrap_or_default();
        let board = &mut self.board;
        if let Some(service) = Service::named(&called) {
            match request.method {
                Method::Invite => self
                    .calls
                    .invite(now, board, service, key, &request, source),
                _ => self.for_ourselves(now, key, &request),
            }
        } else if !board.settings.users.iter().any(|user| user.name == called) {
            board.refuse(now, key, &request, 404);
        } else {
            self.location.expire(now);
            match self.location.newest(&called) {
                None => board.refuse(now, key, &request, 480),
                Some(binding) => {
                    let target = Target {
                        uri: binding.contact.uri.clone(),
                        routes: binding.path.clone(),
                        otherwise: Some(binding.source),
                    };
                    self.forwards
                        .forward(now, board, key.clone(), &request, target);
                }
            }
        }
    }

    /// The user who proved to be it; if nobody did, the challenge is sent.
    fn authenticate(
        &mut self,
        now: Time,
        key: &ServerKey,
        request: &Request,
        asker: Asker,
    ) -> Option<String> {
        let Board {
            settings, random, ..
        } = &mut self.board;
        let password = |name: &str| {
            let user = settings.users.iter().find(|user| user.name == name);
            user.map(|user| user.password.as_str())
        };
        match self.digest.check(now, random, asker, request, password) {
            Ok(verified) => Some(verified.user().to_owned()),
            Err(denied) => {
                self.board.respond(now, key, denied.answer(request));
                None
            }
        }
    }

    fn ack(&mut self, now: Time, mut ack: Request) {
        if self.calls.ack(now, &mut self.board, &ack) {
            return;
        }
        let routed = self.take_own_route(&mut ack);
        let onward = ack.headers.has(&HeaderName::Route) || !self.board.is_ours(&ack.uri);
        if routed && onward && has_to_tag(&ack) && self.board.settings.record_route {
            let target = Target::of(&ack);
            self.forwards.forward_ack(&mut self.board, &ack, target);
        }
    }
}

fn has_to_tag(request: &Request) -> bool {
    let to = request.headers.to();
    to.is_ok_and(|to| to.tag().is_some())
}
