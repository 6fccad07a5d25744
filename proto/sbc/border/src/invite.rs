//! INVITE: a call begins, from a browser to the server or from the server to a browser.

use crate::destinations::Common;
use crate::route::Route;
use crate::state::{CALLER, Party, Tracked};
use crate::turn::{Asker, Turn};
use crate::{Border, Tell};
use control_command::{Dress, LegEnd, LegId};
use sbc_call::{Asked, Call, CallId, Context, Redirect, Setup};
use sbc_policy::{Inquiry, Origin, PeerId, SessionIds, Srtp, is_session_description};
use sbc_registrar::Binding;
use sip_message::{Host, NameAddr, Params, Request, Uri};

/// Call-IDs and tags of ours: 119 bits.
pub(crate) const ID_LENGTH: usize = 20;

impl Border {
    /// A proved browser calls: to the server, whoever it asked for.
    pub(crate) fn browser_calls(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: &str,
    ) {
        if !self.has_room(turn, asker, &request) {
            return;
        }
        let flow = asker.arrival.flow;
        let Some(binding) = self.state.bindings.of_flow(flow, address_of_record) else {
            return self.forbid(turn, asker, &request);
        };
        let token = binding.token.clone();
        let proved: Vec<String> = self.state.bindings.proved(flow).collect();
        let origin = Origin::Browser {
            address_of_record,
            proved: &proved,
        };
        let Some(decision) = self.decide_call(asker.ask, origin, &request) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let groups = match decision.outcome {
            Ok(groups) => groups,
            Err(refusal) => {
                let code = refusal.status.code();
                let reason = Some(refusal.reason.as_str());
                return self.refuse_saying(turn, asker, &request, code, reason);
            }
        };
        let caller = sbc_call::Party {
            end: browser_end(CALLER, &asker.arrival),
            flow,
            contact: self.outer_contact(flow),
            manners: Default::default(),
        };
        let mut common = Common {
            max_forwards: Self::counted_down(&request),
            contact: token.clone(),
            caller: Some(flow),
            reaches: request.uri.address_of_record(),
            attempt: self.earlier_attempt(flow, &request),
        };
        let browser = Party::Browser {
            address_of_record: address_of_record.to_owned(),
            token,
        };
        let mut route = Route::new(caller, browser);
        route.from = address_of_record.to_owned();
        route.to = callee_of(&request);
        let decided = (&decision.advance, decision.route.as_deref());
        self.follow_decision(&mut route, groups, decided, &mut common);
        self.start(turn, asker, request, route);
    }

    /// A peer calls: a registrar the browsers of a user, by a token it got from us in a registration; else policy decides.
    pub(crate) fn peer_calls(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        if !self.has_room(turn, asker, &request) {
            return;
        }
        if self.called_by_token(peer, &request).is_some() {
            return self.peer_calls_user(turn, asker, peer, request);
        }
        let Some(decision) = self.decide_call(asker.ask, Origin::Peer(peer), &request) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let groups = match decision.outcome {
            Ok(groups) => groups,
            Err(refusal) => {
                let code = refusal.status.code();
                let reason = Some(refusal.reason.as_str());
                return self.refuse_saying(turn, asker, &request, code, reason);
            }
        };
        let mut common = self.common_of(&request);
        let mut route = self.route_of(peer, &request, &common.contact);
        let decided = (&decision.advance, decision.route.as_deref());
        self.follow_decision(&mut route, groups, decided, &mut common);
        self.start(turn, asker, request, route);
    }

    /// By a token: every browser that it stands for rings, or somebody is to be woken.
    fn peer_calls_user(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        let Some((address_of_record, reachable)) = self.called_by_token(peer, &request) else {
            return;
        };
        if reachable.is_empty() {
            if let Some(binding) = self.binding_for(turn, asker, peer, &request) {
                self.away(turn, asker, peer, request, &binding);
            }
            return;
        }
        let (Ok(from), Ok(to)) = (request.headers.from(), request.headers.to()) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let inquiry = Inquiry {
            origin: Origin::Peer(peer),
            method: &request.method,
            uri: &request.uri,
            from: &from,
            to: &to,
            headers: &request.headers,
        };
        let Some(words) = self.plan.to_user(&inquiry, &address_of_record) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let mut common = self.common_of(&request);
        if let Some(binding) = reachable.first() {
            common.contact = binding.token.clone();
        }
        let mut route = self.route_of(peer, &request, &common.contact);
        route.from = words.from.uri.address_of_record();
        route.to = address_of_record;
        let called = self.called_browsers(&reachable, &words, &common);
        if called.is_empty() {
            return self.refuse(turn, asker, &request, 480, "browser not connected");
        }
        route.then(called);
        self.start(turn, asker, request, route);
    }

    fn common_of(&mut self, request: &Request) -> Common {
        Common {
            max_forwards: Self::counted_down(request),
            contact: self.new_id(),
            caller: None,
            reaches: request.uri.address_of_record(),
            attempt: None,
        }
    }

    fn route_of(&mut self, peer: PeerId, request: &Request, contact: &str) -> Route {
        let caller = sbc_call::Party {
            end: self.peer_end(peer, CALLER),
            flow: self.peer_hop(peer).flow,
            contact: self.peer_contact(peer, contact),
            manners: self.manners_with(peer),
        };
        let mut route = Route::new(caller, Party::Peer(peer));
        let from = request.headers.from();
        route.from = from.map_or_else(|_| String::new(), |from| from.uri.address_of_record());
        route.to = callee_of(request);
        route
    }

    /// Whom a request of a registrar means by a token of ours or a GRUU of its own, and who of them is there. A token was given to its
    /// own registrar and to nobody else.
    fn called_by_token(&self, peer: PeerId, request: &Request) -> Option<(String, Vec<Binding>)> {
        let bindings = &self.state.bindings;
        let by_token = Self::tokens_of(request)
            .find_map(|token| bindings.called(&token))
            .map(|called| {
                let reachable = called.reachable.into_iter().cloned().collect();
                (called.address_of_record.to_owned(), reachable)
            });
        let by_gruu = || {
            let binding = bindings.of_gruu(&request.uri)?;
            let is_there = binding.flow.is_some();
            let reachable = is_there.then(|| binding.clone()).into_iter().collect();
            Some((binding.address_of_record.clone(), reachable))
        };
        by_token
            .or_else(by_gruu)
            .filter(|(address_of_record, _)| self.home_peer(address_of_record) == Some(peer))
    }

    /// How a peer's own host is named in URIs to it: its domain, else its address.
    pub(crate) fn host_of(&mut self, peer: PeerId) -> Host {
        let domain = self.plan.peer(peer).and_then(|peer| peer.domain.clone());
        domain
            .and_then(|domain| domain.parse().ok())
            .unwrap_or_else(|| Host::from(self.place_of(peer).address.ip()))
    }

    /// How we are named towards a peer.
    pub(crate) fn own_host(&self, peer: PeerId) -> Host {
        self.peer_contact(peer, "").uri.host
    }

    /// The binding that the Request-URI names; if there is none, the request is answered.
    pub(crate) fn binding_for(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: &Request,
    ) -> Option<Binding> {
        // A token was given to its own registrar and to nobody else.
        let bindings = &self.state.bindings;
        let binding = Self::tokens_of(request)
            .find_map(|token| bindings.find(&token))
            .or_else(|| bindings.of_gruu(&request.uri))
            .filter(|binding| self.home_peer(&binding.address_of_record) == Some(peer))
            .cloned();
        if binding.is_none() {
            // The registrar may hold a Contact longer than its browser registered for.
            let called = Self::tokens_of(request).find_map(|token| bindings.called(&token));
            let is_known =
                called.is_some_and(|called| self.home_peer(called.address_of_record) == Some(peer));
            let (code, why) = match is_known {
                true => (480, "browser not connected"),
                false => (404, "unknown token"),
            };
            self.refuse(turn, asker, request, code, why);
        }
        binding
    }

    fn has_room(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) -> bool {
        if self.is_merged(request) {
            self.refuse(turn, asker, request, 482, "the same INVITE by another path");
            return false;
        }
        if !request.body.is_empty() && !is_session_description(&request.headers) {
            self.refuse(turn, asker, request, 415, "not a session description");
            return false;
        }
        if self.state.live_calls >= self.plan.max_calls {
            self.refuse(turn, asker, request, 503, "too many calls");
            return false;
        }
        true
    }

    pub(crate) fn start(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        mut route: Route,
    ) {
        if let Err(why) = self.keep_to_limits(&mut route) {
            return self.refuse(turn, asker, &request, 503, why);
        }
        let id = self.state.next_call;
        self.state.next_call = id.wrapping_add(1);
        let skeleton = Request {
            body: Vec::new(),
            ..request.clone()
        };
        let redirect = self.redirect();
        let setup = Setup {
            id: CallId(id),
            asked: Asked {
                id: asker.ask,
                flow: asker.arrival.flow,
                request,
            },
            caller: route.caller,
            groups: route.groups,
            redirect,
            ring: self.plan.ring,
            grace: self.plan.grace,
        };
        let follows = matches!(redirect, Redirect::Follow { .. });
        let mut actions = Vec::new();
        let mut context = Context {
            now: turn.now,
            random: &mut self.state.random,
            door: &mut *turn.door,
            actions: &mut actions,
        };
        match Call::start(&mut context, setup) {
            Ok(call) => {
                if let Some(ask) = self.state.asks.get_mut(&asker.ask) {
                    ask.call = Some(id);
                }
                self.note_invite(asker.ask, &skeleton);
                let mut session_ids = SessionIds::default();
                session_ids.heard(CALLER.0, &skeleton.headers);
                let tracked = Tracked {
                    deadline: None,
                    counted: false,
                    call,
                    members: route.members,
                    silence: route.silence,
                    session_ids,
                    asked: follows.then(|| Box::new(skeleton)),
                    from: route.from,
                    to: route.to,
                };
                self.track(id, tracked);
                self.perform(turn, id, actions);
            }
            Err(refused) => {
                let code = refused.status.code();
                self.refuse_with(turn, asker, &skeleton, code, refused.why, refused.headers);
            }
        }
    }

    pub(crate) fn new_id(&mut self) -> String {
        self.state.random.token(ID_LENGTH)
    }

    pub(crate) fn peer_end(&self, peer: PeerId, leg: LegId) -> LegEnd {
        let place = self.place_of(peer);
        LegEnd {
            leg,
            network: place.network,
            dress: match self.plan.peer(peer).map(|peer| peer.srtp) {
                Some(Srtp::Required) => Dress::Srtp,
                Some(Srtp::Offered) => Dress::BestEffort,
                Some(Srtp::Never) | None => Dress::Rtp,
            },
            signalled_from: Some(place.address.ip()),
        }
    }

    pub(crate) fn told_started(&mut self, call: u64) {
        if let Some(tracked) = self.state.calls.get(&call) {
            let tell = Tell::CallStarted {
                call,
                from: tracked.from.clone(),
                to: tracked.to.clone(),
            };
            self.tell(tell);
        }
    }
}

pub(crate) fn browser_end(leg: LegId, arrival: &crate::Arrival) -> LegEnd {
    LegEnd {
        leg,
        network: arrival.network,
        dress: Dress::WebRtc,
        signalled_from: Some(arrival.remote.ip()),
    }
}

/// For the record.
fn callee_of(request: &Request) -> String {
    let to = request.headers.to();
    to.map_or_else(|_| String::new(), |to| to.uri.address_of_record())
}

/// From and To as a browser may see them. Every host becomes its own domain: the server's may be an address of the inner
/// network, and calling back goes to its own domain anyway. Where To shows our token, the browser's name stands instead.
pub(crate) fn outward_names(request: &Request, binding: &Binding) -> Option<(NameAddr, NameAddr)> {
    let from = request.headers.from().ok()?;
    let to = request.headers.to().ok()?;
    let home: Uri = format!("sip:{}", binding.address_of_record).parse().ok()?;
    let caller = from.uri.user.as_deref().unwrap_or("anonymous");
    let callee = match to.uri.user.as_deref() {
        Some(user) if user != binding.token => Some(user),
        _ => home.user.as_deref(),
    };
    Some((
        NameAddr {
            display: from.display,
            uri: Uri::sip_host(Some(caller), home.host.clone()),
            params: Params::default(),
        },
        NameAddr::new(Uri::sip_host(callee, home.host.clone())),
    ))
}
