//! INVITE: a call begins, from a browser to the server or from the server to a browser.

use crate::route::{Called, Route};
use crate::state::{CALLER, Party, Tracked};
use crate::turn::{Asker, Turn};
use crate::{Border, Tell};
use control_command::{Dress, LegEnd, LegId};
use sbc_call::{Asked, Call, CallId, Context, Invitation, Setup};
use sbc_policy::{PeerId, Role, Way, carried_by_request, is_session_description};
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
        let Some(home) = self.home_peer(address_of_record) else {
            return self.refuse(turn, asker, &request, 404, "no server for the domain");
        };
        let (Ok(from), Ok(to)) = (request.headers.from(), request.headers.to()) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let attempt = self.earlier_attempt(flow, &request);
        let (call_id, from_tag, last) = match attempt {
            Some(attempt) => (attempt.call_id, attempt.from_tag, attempt.cseq),
            None => (self.new_id(), self.new_id(), 0),
        };
        let invitation = Invitation {
            uri: request.uri.clone(),
            from: NameAddr {
                display: from.display.clone(),
                uri: bare(&from.uri),
                params: Params::default(),
            },
            to: NameAddr {
                params: Params::default(),
                ..to.clone()
            },
            call_id,
            from_tag,
            cseq: last.saturating_add(1),
            max_forwards: Self::counted_down(&request),
            headers: carried_by_request(Way::Inward, &request.method, &request.headers),
        };
        let caller = sbc_call::Party {
            end: browser_end(CALLER, &asker.arrival),
            flow,
            contact: self.outer_contact(flow),
            manners: Default::default(),
        };
        let callee = sbc_call::Party {
            end: self.peer_end(home, CALLER),
            flow: self.peer_hop(home).flow,
            contact: self.peer_contact(home, &token),
            manners: Default::default(),
        };
        let browser = Party::Browser {
            address_of_record: address_of_record.to_owned(),
            token,
        };
        let mut route = Route::new(caller, browser);
        route.from = address_of_record.to_owned();
        route.to = to.uri.address_of_record();
        route.then([Called {
            place: callee,
            invitation,
            party: Party::Peer(home),
            reaches: None,
        }]);
        self.start(turn, asker, request, route);
    }

    /// A peer calls: a registrar a browser, by the token it got from us in a registration; a trunk the first registrar's users.
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
        let is_trunk = self
            .plan
            .peer(peer)
            .is_some_and(|peer| peer.role == Role::Trunk);
        let home = self.plan.registrars().next().map(|peer| peer.id);
        if let (true, Some(home)) = (is_trunk, home) {
            return self.peer_calls_peer(turn, asker, (peer, home), request);
        }
        let Some(binding) = self.binding_for(turn, asker, peer, &request) else {
            return;
        };
        let Some(flow) = binding.flow else {
            return self.away(turn, asker, peer, request, &binding);
        };
        let Some(arrival) = self.state.connections.get(&flow).copied() else {
            return self.refuse(turn, asker, &request, 480, "browser not connected");
        };
        let Some((from, to)) = outward_names(&request, &binding) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let invitation = Invitation {
            uri: binding.uri.clone(),
            from,
            to,
            call_id: self.new_id(),
            from_tag: self.new_id(),
            cseq: 1,
            max_forwards: Self::counted_down(&request),
            headers: carried_by_request(Way::Outward, &request.method, &request.headers),
        };
        let caller = sbc_call::Party {
            end: self.peer_end(peer, CALLER),
            flow: self.peer_hop(peer).flow,
            contact: self.peer_contact(peer, &binding.token),
            manners: Default::default(),
        };
        let callee = sbc_call::Party {
            end: browser_end(CALLER, &arrival),
            flow,
            contact: self.outer_contact(flow),
            manners: Default::default(),
        };
        let mut route = Route::new(caller, Party::Peer(peer));
        route.from = invitation.from.uri.address_of_record();
        route.to = binding.address_of_record.clone();
        route.then([Called {
            place: callee,
            invitation,
            party: Party::Browser {
                address_of_record: binding.address_of_record,
                token: binding.token,
            },
            reaches: None,
        }]);
        self.start(turn, asker, request, route);
    }

    /// A call from one peer's side to another's, for the same user.
    fn peer_calls_peer(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        (from, to): (PeerId, PeerId),
        request: Request,
    ) {
        let (Ok(caller), Ok(callee)) = (request.headers.from(), request.headers.to()) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let host = self.host_of(to);
        let uri = Uri::sip_host(request.uri.user.as_deref(), host.clone());
        let ours = self.own_host(to);
        let names = (
            caller.uri.address_of_record(),
            callee.uri.address_of_record(),
        );
        let user = self.new_id();
        let invitation = Invitation {
            uri: uri.clone(),
            from: NameAddr {
                display: caller.display.clone(),
                uri: Uri::sip_host(caller.uri.user.as_deref(), ours),
                params: Params::default(),
            },
            to: NameAddr::new(Uri::sip_host(callee.uri.user.as_deref(), host)),
            call_id: self.new_id(),
            from_tag: self.new_id(),
            cseq: 1,
            max_forwards: Self::counted_down(&request),
            headers: carried_by_request(Way::Outward, &request.method, &request.headers),
        };
        let caller = sbc_call::Party {
            end: self.peer_end(from, CALLER),
            flow: self.peer_hop(from).flow,
            contact: self.peer_contact(from, &user),
            manners: Default::default(),
        };
        let callee = sbc_call::Party {
            end: self.peer_end(to, CALLER),
            flow: self.peer_hop(to).flow,
            contact: self.peer_contact(to, &user),
            manners: Default::default(),
        };
        let mut route = Route::new(caller, Party::Peer(from));
        (route.from, route.to) = names;
        route.then([Called {
            place: callee,
            invitation,
            party: Party::Peer(to),
            reaches: None,
        }]);
        self.start(turn, asker, request, route);
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
        if let Err(why) = self.keep_to_limits(turn, &mut route) {
            return self.refuse(turn, asker, &request, 503, why);
        }
        let id = self.state.next_call;
        self.state.next_call = id.wrapping_add(1);
        let skeleton = Request {
            body: Vec::new(),
            ..request.clone()
        };
        let setup = Setup {
            id: CallId(id),
            asked: Asked {
                id: asker.ask,
                flow: asker.arrival.flow,
                request,
            },
            caller: route.caller,
            groups: route.groups,
            redirect: route.redirect,
            ring: self.plan.ring,
            grace: self.plan.grace,
        };
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
                let tracked = Tracked {
                    deadline: None,
                    counted: false,
                    call,
                    members: route.members,
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
            dress: Dress::Rtp,
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

/// `sip:user@host` and nothing else.
fn bare(uri: &Uri) -> Uri {
    Uri::sip_host(uri.user.as_deref(), uri.host.clone())
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
