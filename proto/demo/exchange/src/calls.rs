use crate::board::Board;
use crate::call::{Beginning, Call, Fate};
use crate::ports::Ports;
use crate::service::Service;
use crate::session::Session;
use crate::stream::Stream;
use crate::{MediaId, Output};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{Request, StatusCode};
use sip_transaction::ServerKey;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Calls to the services at once: a demo has a handful; each is a socket and fifty packets a second.
const MAX_CALLS: usize = 256;
/// `noanswer` rings so long at most, should its caller have vanished.
const RINGS: Duration = Duration::from_secs(180);

/// The calls of the services.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Calls {
    /// By our tag.
    answered: BTreeMap<String, Call>,
    ringing: BTreeMap<ServerKey, Ringing>,
    ports: Ports,
    media: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Ringing {
    /// Without its body.
    invite: Request,
    tag: String,
    until: Time,
}

impl Calls {
    /// A new INVITE for a service.
    pub(crate) fn invite(
        &mut self,
        now: Time,
        board: &mut Board,
        service: Service,
        key: &ServerKey,
        request: &Request,
        source: SocketAddr,
    ) {
        match service {
            Service::Busy => board.refuse(now, key, request, 486),
            Service::Decline => board.refuse(now, key, request, 603),
            _ if self.answered.len() + self.ringing.len() >= MAX_CALLS => {
                board.refuse(now, key, request, 503);
            }
            Service::NoAnswer => self.ring(now, board, key, request),
            Service::Echo => {
                let stream = Stream::echo(&mut board.random);
                self.answer(now, board, key, request, source, stream);
            }
            Service::Tone => {
                let stream = Stream::tone(now, &mut board.random);
                self.answer(now, board, key, request, source, stream);
            }
        }
    }

    fn ring(&mut self, now: Time, board: &mut Board, key: &ServerKey, request: &Request) {
        let tag = board.token();
        answer(now, board, key, request, &tag, StatusCode::RINGING);
        let mut invite = request.clone();
        invite.body.clear();
        let ringing = Ringing {
            invite,
            tag,
            until: now + RINGS,
        };
        self.ringing.insert(key.clone(), ringing);
    }

    fn answer(
        &mut self,
        now: Time,
        board: &mut Board,
        key: &ServerKey,
        request: &Request,
        source: SocketAddr,
        stream: Stream,
    ) {
        let Some(port) = self.ports.take(&board.settings.media_ports) else {
            board.refuse(now, key, request, 503);
            return;
        };
        self.media = self.media.saturating_add(1);
        let media = MediaId(self.media);
        let local = SocketAddr::new(board.settings.media_address, port);
        let tag = board.token();
        // RFC 8866 §5.2 wants a number that no other session has; 62 bits, so that it fits a signed number anywhere.
        let session = Session::new(board.random.u64() >> 2, local);
        let beginning = Beginning {
            request,
            source,
            tag: &tag,
            media,
            port,
            session,
            stream,
        };
        let begun = Call::begin(now, beginning).ok_or(400).and_then(|mut call| {
            call.accept(now, board, key, request)?;
            Ok(call)
        });
        match begun {
            Ok(call) => {
                let id = media;
                board.outputs.push_back(Output::OpenMedia { id, local });
                self.answered.insert(tag, call);
            }
            Err(status) => {
                self.ports.give_back(port);
                board.refuse(now, key, request, status);
            }
        }
    }

    /// A request with a To tag. `false`: it is of no call here.
    pub(crate) fn request(
        &mut self,
        now: Time,
        board: &mut Board,
        key: &ServerKey,
        request: &Request,
    ) -> bool {
        let Some((tag, call)) = self.find(request) else {
            return false;
        };
        let fate = call.request(now, board, key, request);
        self.decide(now, board, &tag, fate);
        true
    }

    /// An ACK to one of our 200. `false`: it is of no call here.
    pub(crate) fn ack(&mut self, now: Time, board: &mut Board, ack: &Request) -> bool {
        let Some((tag, call)) = self.find(ack) else {
            return false;
        };
        let fate = call.ack(ack);
        self.decide(now, board, &tag, fate);
        true
    }

    pub(crate) fn cancel(&mut self, now: Time, board: &mut Board, invite: &ServerKey) {
        self.stop_ringing(now, board, invite, 487);
    }

    pub(crate) fn hear(&mut self, board: &mut Board, id: MediaId, from: SocketAddr, packet: &[u8]) {
        // A mapped address is the same as what it stands for.
        let from = SocketAddr::new(IpAddr::to_canonical(&from.ip()), from.port());
        let call = self.answered.values_mut().find(|call| call.media == id);
        if let Some(call) = call
            && let Some((to, bytes)) = call.stream.hear(from, packet, call.session.agreed)
        {
            board.outputs.push_back(Output::SendRtp { id, to, bytes });
        }
    }

    pub(crate) fn media_failed(&mut self, now: Time, board: &mut Board, id: MediaId) {
        let call = self.answered.iter().find(|(_, call)| call.media == id);
        if let Some(tag) = call.map(|(tag, _)| tag.clone()) {
            self.decide(now, board, &tag, Fate::HangUp);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, board: &mut Board) {
        let due = |call: &Call| call.deadline() <= now;
        let tags: Vec<String> = self
            .answered
            .iter()
            .filter(|(_, call)| due(call))
            .map(|(tag, _)| tag.clone())
            .collect();
        for tag in tags {
            if let Some(call) = self.answered.get_mut(&tag) {
                let fate = call.handle_timeout(now, board);
                self.decide(now, board, &tag, fate);
            }
        }
        let tired: Vec<ServerKey> = self
            .ringing
            .iter()
            .filter(|(_, ringing)| ringing.until <= now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in tired {
            self.stop_ringing(now, board, &key, 480);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let answered = self.answered.values().map(Call::deadline);
        let ringing = self.ringing.values().map(|ringing| ringing.until);
        answered.chain(ringing).min()
    }

    /// Its INVITE's transaction is gone.
    pub(crate) fn server_ended(&mut self, key: &ServerKey) {
        self.ringing.remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answered.is_empty() && self.ringing.is_empty() && self.ports.is_empty()
    }

    fn stop_ringing(&mut self, now: Time, board: &mut Board, key: &ServerKey, status: u16) {
        if let Some(Ringing { invite, tag, .. }) = self.ringing.remove(key) {
            answer(now, board, key, &invite, &tag, StatusCode::of(status));
        }
    }

    fn find(&mut self, request: &Request) -> Option<(String, &mut Call)> {
        let to = request.headers.to().ok()?;
        let tag = to.tag()?.to_owned();
        let call = self.answered.get_mut(&tag)?;
        call.is_of(request).then_some((tag, call))
    }

    fn decide(&mut self, now: Time, board: &mut Board, tag: &str, fate: Fate) {
        if fate == Fate::GoesOn {
            return;
        }
        if let Some(call) = self.answered.remove(tag) {
            if fate == Fate::HangUp {
                call.hang_up(now, board);
            }
            self.ports.give_back(call.port);
            let id = call.media;
            board.outputs.push_back(Output::CloseMedia { id });
        }
    }
}

/// With the tag that this INVITE's responses have.
fn answer(
    now: Time,
    board: &mut Board,
    key: &ServerKey,
    invite: &Request,
    tag: &str,
    status: StatusCode,
) {
    let mut response = invite.response(status);
    if let Ok(to) = response.headers.to() {
        let to = to.with_tag(tag);
        response.headers.set(sip_message::HeaderName::To, to);
    }
    board.respond(now, key, response);
}
