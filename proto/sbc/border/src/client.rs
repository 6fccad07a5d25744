//! Our requests and their responses.

use crate::Border;
use crate::again::Copy;
use crate::answer::RETRY_AFTER;
use crate::dress::way_between;
use crate::flows::Hop;
use crate::state::{CALLER, Party, Tracked};
use crate::trunks::Purpose;
use crate::turn::{Asker, Turn};
use control_command::LegId;
use proto_base::{Flow, Time, Transport};
use sbc_call::{Crossing, Failure, RequestId};
use sbc_policy::{Origin, PeerId, carried_by_response, is_session_description, relayed_status};
use sbc_registrar::Pending;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Headers, Method, Request, Response, StatusCode};
use sip_transaction::ClientKey;
use std::net::SocketAddr;

/// A request of ours whose response matters to somebody.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) errand: Errand,
    pub(crate) flow: Flow,
    /// Whom it was sent to, if that is no browser.
    pub(crate) peer: Option<PeerId>,
    /// At which of its addresses, where it was chosen among them.
    pub(crate) place: Option<SocketAddr>,
    /// A provisional response other than 100 came: a telephone may be ringing.
    pub(crate) rang: bool,
    /// For when it must be sent again.
    pub(crate) copy: Option<Box<Copy>>,
    /// Until when the server must have said something; `None` if it has, or need not.
    pub(crate) patience: Option<Time>,
}

/// What a request is for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Errand {
    /// A browser's REGISTER.
    Register {
        pending: Box<Pending>,
        /// Whether it answered a challenge already.
        had_credentials: bool,
        errand: Relayed,
    },
    /// A request of a call.
    Call { call: u64, request: RequestId },
    /// A trunk's own.
    Trunk { peer: PeerId, purpose: Purpose },
    /// An INVITE that was sent elsewhere meanwhile.
    Abandoned { peer: PeerId, invite: Box<Request> },
    /// Nobody waits for the answer.
    Nobody,
    /// A request of a subscription.
    Subscription {
        subscription: u64,
        request: sbc_subscription::RequestId,
    },
    /// A request outside any dialog that makes none: MESSAGE, PUBLISH, a NOTIFY nobody asked for.
    Message {
        errand: Relayed,
        way: sbc_policy::Way,
    },
}

/// Whose request was passed on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Relayed {
    pub(crate) ask: sbc_call::AskId,
    pub(crate) arrival: crate::Arrival,
    /// Without body. Boxed, because few of our requests are passed on, and all have a place for it.
    pub(crate) request: Box<Request>,
}

impl Relayed {
    pub(crate) fn of(asker: Asker, mut request: Request) -> Self {
        request.body = Vec::new();
        Self {
            ask: asker.ask,
            arrival: asker.arrival,
            request: Box::new(request),
        }
    }

    pub(crate) fn asker(&self) -> Asker {
        Asker {
            ask: self.ask,
            arrival: self.arrival,
        }
    }
}

impl Border {
    /// Sends a request to a peer's side.
    pub(crate) fn request_hop(
        &mut self,
        turn: &mut Turn<'_>,
        hop: Hop,
        request: Request,
        errand: Errand,
    ) {
        let copy = self
            .keeps_copies(hop.peer)
            .then(|| Box::new(Copy::of(&request)));
        self.send_hop(turn, hop, request, errand, copy);
    }

    /// The same request again, perhaps to another place.
    pub(crate) fn request_again(
        &mut self,
        turn: &mut Turn<'_>,
        hop: Hop,
        request: Request,
        errand: Errand,
        copy: Copy,
    ) {
        self.send_hop(turn, hop, request, errand, Some(Box::new(copy)));
    }

    fn send_hop(
        &mut self,
        turn: &mut Turn<'_>,
        hop: Hop,
        mut request: Request,
        errand: Errand,
        mut copy: Option<Box<Copy>>,
    ) {
        let stream = self.over_a_stream(turn.now, hop, &request);
        if stream.is_some() {
            let copy = copy.get_or_insert_with(|| Box::new(Copy::of(&request)));
            copy.grown = true;
        } else if let Some(copy) = &mut copy {
            copy.grown = false;
        }
        let hop = stream.unwrap_or(hop);
        let way = self.way_of(hop);
        self.dress_request(&mut request, way);
        // Requests inside a dialog have their transaction's time: a call is not given up for a server that is slow once.
        let patient = request.headers.to_tag().is_none();
        let silence = match errand {
            Errand::Call { call, .. } => self.state.calls.get(&call).and_then(|call| call.silence),
            _ => None,
        };
        let patience = patient.then_some(turn.now + silence.unwrap_or(self.plan.patience));
        let client = Client {
            errand,
            flow: hop.flow,
            peer: Some(hop.peer),
            place: hop.place,
            rang: false,
            copy,
            patience,
        };
        self.start_client(turn, hop.transport, request, client);
    }

    /// Sends a request to a browser on its connection.
    pub(crate) fn request_outward(
        &mut self,
        turn: &mut Turn<'_>,
        flow: Flow,
        mut request: Request,
        errand: Errand,
    ) {
        let way = self.outer_address(flow);
        self.dress_request(&mut request, way);
        let client = Client {
            errand,
            flow,
            peer: None,
            place: None,
            rang: false,
            copy: None,
            patience: None,
        };
        self.start_client(turn, way.transport, request, client);
    }

    fn start_client(
        &mut self,
        turn: &mut Turn<'_>,
        transport: Transport,
        request: Request,
        client: Client,
    ) {
        let key = self
            .state
            .transactions
            .request(turn.now, client.flow, transport, request);
        if let Errand::Call { call, request } = &client.errand {
            self.state.client_of.insert((*call, *request), key.clone());
        }
        if let Some(at) = client.patience {
            self.state.patience.insert((at, key.clone()));
        }
        self.state.clients.insert(key, client);
    }

    pub(crate) fn response(&mut self, turn: &mut Turn<'_>, key: &ClientKey, response: Response) {
        self.heard(key);
        let code = response.status.code();
        if self.answers_challenge(turn, key, &response)
            || (code == 503 && self.asks_elsewhere(turn, key))
        {
            return;
        }
        let Some(client) = self.state.clients.get_mut(key) else {
            return;
        };
        client.rang |= (101..200).contains(&code);
        match &client.errand {
            Errand::Abandoned { peer, invite } => {
                if response.status.is_success() {
                    let (peer, invite) = (*peer, invite.clone());
                    self.abandoned_answered(turn, peer, &invite, &response);
                }
            }
            Errand::Trunk { peer, purpose } if response.status.is_final() => {
                let trunk = (*peer, *purpose);
                self.take_client(key);
                self.trunk_answered(turn, trunk, &response);
            }
            Errand::Trunk { .. } | Errand::Nobody => {}
            Errand::Call { call, request } => {
                let (call, request) = (*call, *request);
                self.call_response(turn, call, request, response);
            }
            Errand::Subscription {
                subscription,
                request,
            } => {
                let of = (*subscription, *request);
                self.subscription_response(turn, of, &response);
            }
            Errand::Register { .. } | Errand::Message { .. } if response.status.is_final() => {
                match self.take_client(key).map(|client| client.errand) {
                    Some(Errand::Register {
                        pending,
                        had_credentials,
                        errand,
                    }) => {
                        self.registrar_answered(turn, &pending, had_credentials, &errand, &response)
                    }
                    Some(Errand::Message { errand, way }) => {
                        self.message_answered(turn, &errand, way, &response);
                    }
                    _ => {}
                }
            }
            Errand::Register { .. } | Errand::Message { .. } => {}
        }
    }

    fn call_response(
        &mut self,
        turn: &mut Turn<'_>,
        call: u64,
        request: RequestId,
        response: Response,
    ) {
        let Some(tracked) = self.state.calls.get(&call) else {
            return;
        };
        let Some(leg) = tracked.call.leg_of(request) else {
            return;
        };
        let way = way_between(&self.plan, tracked, tracked.opposite(leg), leg);
        self.hears_session(call, leg, &response.headers);
        let Ok(cseq) = response.headers.cseq() else {
            return;
        };
        let status = response.status;
        let crossing = Crossing {
            headers: carried_by_response(way, &cseq.method, status, &response.headers),
            body: is_session_description(&response.headers),
        };
        let mut told = relayed_status(way, status);
        let mut crossing = crossing;
        if (300..400).contains(&status.code())
            && let Ok(contacts) = response.headers.contacts()
            && let Some(contacts) = self.passed_contacts(call, &contacts)
        {
            told = status;
            for contact in contacts {
                crossing.headers.push(HeaderName::Contact, contact);
            }
        }
        let Some(tracked) = self.state.calls.get(&call) else {
            return;
        };
        if cseq.method == Method::Invite && (101..300).contains(&status.code()) {
            let identity = self.answerer(tracked, leg, &response.headers);
            crossing.headers.push_copies(&identity);
        }
        let is_challenged = matches!(status.code(), 401 | 407) && leg != CALLER;
        if is_challenged && tracked.call.is_early() {
            self.remember_challenged(turn, call, leg);
        }
        self.with_call(turn, call, |call, context| {
            call.response(context, request, response, told, crossing);
        });
    }

    /// Who answers on a leg, as the other may know it.
    fn answerer(&self, tracked: &Tracked, leg: LegId, headers: &Headers) -> Headers {
        let Some(Party::Peer(to)) = tracked.party(tracked.opposite(leg)) else {
            return Headers::new();
        };
        let from = match tracked.party(leg) {
            Some(Party::Browser {
                address_of_record, ..
            }) => Origin::Browser {
                address_of_record,
                proved: &[],
            },
            Some(Party::Peer(peer)) => Origin::Peer(*peer),
            None => return Headers::new(),
        };
        self.plan.answerer(from, headers, *to)
    }

    /// No final response will come.
    pub(crate) fn failed(&mut self, turn: &mut Turn<'_>, key: &ClientKey, timed_out: bool) {
        if self.falls_back_to_datagrams(turn, key, timed_out) {
            return;
        }
        let was_silent = self.heard(key);
        let Some(client) = self.state.clients.get(key) else {
            return;
        };
        if let (Some(peer), true) = (client.peer, was_silent) {
            let why = if timed_out {
                "no response"
            } else {
                "connection failed"
            };
            self.peer_is_silent(peer, why);
        }
        self.give_up(turn, key, timed_out);
    }

    /// Tells whoever waits for a request of ours that nothing will come.
    pub(crate) fn give_up(&mut self, turn: &mut Turn<'_>, key: &ClientKey, timed_out: bool) {
        if self.asks_elsewhere(turn, key) {
            return;
        }
        let Some(client) = self.state.clients.get(key) else {
            return;
        };
        if let Errand::Call { call, request } = client.errand {
            let failure = self.failure(call, request, timed_out);
            self.with_call(turn, call, |call, context| {
                call.failed(context, request, failure);
            });
            return;
        }
        if let Errand::Subscription {
            subscription,
            request,
        } = client.errand
        {
            return self.subscription_failed(turn, (subscription, request), timed_out);
        }
        match self.take_client(key).map(|client| client.errand) {
            Some(Errand::Register {
                pending, errand, ..
            }) => self.registrar_silent(turn, &pending, &errand),
            Some(Errand::Message { errand, way }) => {
                let code = match way {
                    sbc_policy::Way::Inward => 503,
                    sbc_policy::Way::Outward => 480,
                };
                let request = &errand.request;
                self.refuse(turn, errand.asker(), request, code, "no response");
            }
            Some(Errand::Trunk { peer, purpose }) => self.trunk_silent(turn, (peer, purpose)),
            Some(
                Errand::Call { .. }
                | Errand::Subscription { .. }
                | Errand::Abandoned { .. }
                | Errand::Nobody,
            )
            | None => {}
        }
    }

    fn failure(&self, call: u64, request: RequestId, timed_out: bool) -> Failure {
        let tracked = self.state.calls.get(&call);
        let party = tracked.and_then(|tracked| {
            let leg = tracked.call.leg_of(request)?;
            Some((tracked.party(leg)?, tracked.call.has_rung(request)))
        });
        match party {
            Some((Party::Peer(_), false)) | None => Failure {
                status: StatusCode::of(503),
                retry_after: Some(RETRY_AFTER),
                why: "server unreachable",
            },
            Some((_, true)) => Failure {
                status: StatusCode::of(408),
                retry_after: None,
                why: "no answer",
            },
            Some((Party::Browser { .. }, false)) => Failure {
                status: StatusCode::of(if timed_out { 408 } else { 480 }),
                retry_after: None,
                why: if timed_out {
                    "no answer"
                } else {
                    "connection lost"
                },
            },
        }
    }

    pub(crate) fn client_ended(&mut self, turn: &mut Turn<'_>, key: &ClientKey) {
        let Some(client) = self.take_client(key) else {
            return;
        };
        if let Errand::Call { call, request } = client.errand {
            self.with_call(turn, call, |call, context| {
                call.request_ended(context, request);
            });
        }
        if let Errand::Subscription {
            subscription,
            request,
        } = client.errand
        {
            self.with_subscription(turn, subscription, |subscription, _| {
                subscription.request_ended(request);
            });
        }
    }

    /// Something was said in a transaction. Gives whether its patience still ran.
    pub(crate) fn heard(&mut self, key: &ClientKey) -> bool {
        let Some(client) = self.state.clients.get_mut(key) else {
            return false;
        };
        match client.patience.take() {
            Some(at) => self.state.patience.remove(&(at, key.clone())),
            None => false,
        }
    }

    pub(crate) fn take_client(&mut self, key: &ClientKey) -> Option<Client> {
        self.heard(key);
        let client = self.state.clients.remove(key)?;
        if let Errand::Call { call, request } = &client.errand {
            self.state.client_of.remove(&(*call, *request));
        }
        Some(client)
    }
}
