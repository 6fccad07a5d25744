use crate::board::{Board, address_of};
use crate::session::Session;
use crate::stream::Stream;
use crate::{MediaId, Output};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Method, NameAddr, Request, Response, StatusCode, Uri};
use sip_transaction::{ServerKey, T1, T2, TRANSACTION_TIMEOUT};
use std::net::SocketAddr;
use std::time::Duration;

/// A tone has no end of its own; a caller that vanished without BYE does not keep it for ever.
const LONGEST: Duration = Duration::from_secs(3600);

/// One answered call of a service: a dialog as the called side (RFC 3261 §12.1.1), its session and its sound.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) media: MediaId,
    pub(crate) port: u16,
    pub(crate) session: Session,
    pub(crate) stream: Stream,
    call_id: String,
    /// Us, with our tag.
    local: NameAddr,
    /// The caller, with its tag.
    remote: NameAddr,
    remote_target: Uri,
    routes: Vec<NameAddr>,
    /// Where its INVITE came from: the way if its Contact is no address.
    source: SocketAddr,
    /// CSeq of the last request heard.
    heard: u32,
    /// The 2xx that still waits for its ACK.
    unacknowledged: Option<Unacknowledged>,
    ends: Time,
}

/// RFC 3261 §13.3.1.4.
#[derive(Debug, Serialize, Deserialize)]
struct Unacknowledged {
    key: ServerKey,
    response: Response,
    number: u32,
    /// The ACK brings the answer to our offer.
    wants_answer: bool,
    resend: Time,
    interval: Duration,
    until: Time,
}

/// What a call has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    GoesOn,
    /// Nothing more to say.
    Ended,
    /// We end it: BYE.
    HangUp,
}

/// A call as it begins: what the INVITE gave.
pub(crate) struct Beginning<'a> {
    pub(crate) request: &'a Request,
    pub(crate) source: SocketAddr,
    pub(crate) tag: &'a str,
    pub(crate) media: MediaId,
    pub(crate) port: u16,
    pub(crate) session: Session,
    pub(crate) stream: Stream,
}

impl Call {
    /// `None`: the INVITE lacks what a dialog needs.
    pub(crate) fn begin(now: Time, with: Beginning<'_>) -> Option<Self> {
        let headers = &with.request.headers;
        Some(Self {
            media: with.media,
            port: with.port,
            session: with.session,
            stream: with.stream,
            call_id: headers.call_id().ok()?.to_owned(),
            local: headers.to().ok()?.with_tag(with.tag),
            remote: headers.from().ok()?,
            remote_target: headers.contacts().ok()?.into_iter().next()?.uri,
            routes: headers.record_routes().ok()?,
            source: with.source,
            heard: headers.cseq().ok()?.number,
            unacknowledged: None,
            ends: now + LONGEST,
        })
    }

    /// Whether a request belongs to it, beside the tag it was found by (§12.2.2).
    pub(crate) fn is_of(&self, request: &Request) -> bool {
        let from = request.headers.from();
        request.headers.call_id() == Ok(self.call_id.as_str())
            && from.is_ok_and(|from| from.tag() == self.remote.tag())
    }

    /// 200 with our description: an answer, or an offer to a caller who made none. 488 leaves all as it was.
    pub(crate) fn accept(
        &mut self,
        now: Time,
        board: &mut Board,
        key: &ServerKey,
        request: &Request,
    ) -> Result<(), u16> {
        let description = if request.body.is_empty() {
            self.session.offer()
        } else if is_sdp(request) {
            self.session.answer(&request.body).map_err(|_| 488_u16)?
        } else {
            return Err(415);
        };
        let mut response = request.response(StatusCode::OK);
        response.headers.set(HeaderName::To, &self.local);
        for route in request.headers.get_all(&HeaderName::RecordRoute) {
            response.headers.push(HeaderName::RecordRoute, route);
        }
        let user = self.local.uri.user.as_deref();
        let contact = NameAddr::new(Uri::sip(user, board.settings.address));
        response.headers.push(HeaderName::Contact, contact);
        response
            .headers
            .push(HeaderName::Allow, crate::board::ALLOW);
        response.set_body("application/sdp", description.into_bytes());
        board.respond(now, key, response.clone());
        self.unacknowledged = Some(Unacknowledged {
            key: key.clone(),
            response,
            number: request.headers.cseq().map_or(0, |cseq| cseq.number),
            wants_answer: request.body.is_empty(),
            resend: now + T1,
            interval: T1,
            until: now + TRANSACTION_TIMEOUT,
        });
        Ok(())
    }

    /// Another request of the caller (§12.2.2).
    pub(crate) fn request(
        &mut self,
        now: Time,
        board: &mut Board,
        key: &ServerKey,
        request: &Request,
    ) -> Fate {
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if number <= self.heard {
            board.refuse(now, key, request, 500);
            return Fate::GoesOn;
        }
        self.heard = number;
        match request.method {
            Method::Bye => {
                board.refuse(now, key, request, 200);
                return Fate::Ended;
            }
            Method::Invite => {
                if let Err(status) = self.accept(now, board, key, request) {
                    board.refuse(now, key, request, status);
                } else if let Ok(contacts) = request.headers.contacts()
                    && let Some(contact) = contacts.into_iter().next()
                {
                    self.remote_target = contact.uri;
                }
            }
            Method::Info | Method::Options | Method::Message => {
                board.refuse(now, key, request, 200);
            }
            _ => {
                let mut response = request.response(StatusCode::of(405));
                response
                    .headers
                    .push(HeaderName::Allow, crate::board::ALLOW);
                board.respond(now, key, response);
            }
        }
        Fate::GoesOn
    }

    pub(crate) fn ack(&mut self, ack: &Request) -> Fate {
        let number = ack.headers.cseq().map(|cseq| cseq.number);
        let Some(waiting) = self
            .unacknowledged
            .take_if(|waiting| number == Ok(waiting.number))
        else {
            return Fate::GoesOn;
        };
        if waiting.wants_answer && self.session.accept(&ack.body).is_err() {
            return Fate::HangUp;
        }
        Fate::GoesOn
    }

    pub(crate) fn handle_timeout(&mut self, now: Time, board: &mut Board) -> Fate {
        for (to, bytes) in self.stream.play(now, self.session.agreed) {
            let id = self.media;
            board.outputs.push_back(Output::SendRtp { id, to, bytes });
        }
        if let Some(waiting) = &mut self.unacknowledged {
            if now >= waiting.until {
                return Fate::HangUp;
            }
            if now >= waiting.resend {
                board
                    .transactions
                    .respond(now, &waiting.key, waiting.response.clone());
                waiting.interval = waiting.interval.saturating_mul(2).min(T2);
                waiting.resend = now + waiting.interval;
            }
        }
        if now >= self.ends {
            Fate::HangUp
        } else {
            Fate::GoesOn
        }
    }

    pub(crate) fn deadline(&self) -> Time {
        let waiting = self.unacknowledged.as_ref();
        let resend = waiting.map(|waiting| waiting.resend.min(waiting.until));
        [resend, self.stream.due()]
            .into_iter()
            .flatten()
            .fold(self.ends, Time::min)
    }

    /// BYE (§15.1.1). Its answer changes nothing.
    pub(crate) fn hang_up(&self, now: Time, board: &mut Board) {
        let mut bye = Request::new(Method::Bye, self.remote_target.clone());
        bye.headers.push(HeaderName::MaxForwards, 70);
        for route in &self.routes {
            bye.headers.push(HeaderName::Route, route);
        }
        bye.headers.push(HeaderName::From, &self.local);
        bye.headers.push(HeaderName::To, &self.remote);
        bye.headers.push(HeaderName::CallId, &self.call_id);
        // The only request that we ever send in it.
        bye.headers.push(HeaderName::CSeq, "1 BYE");
        board.add_via(&mut bye);
        let next = self
            .routes
            .first()
            .map_or(&self.remote_target, |route| &route.uri);
        let to = address_of(next).unwrap_or(self.source);
        board.request(now, to, bye);
    }
}

fn is_sdp(request: &Request) -> bool {
    let kind = request.headers.get(&HeaderName::ContentType);
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/sdp"))
}
