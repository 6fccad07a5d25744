//! SUBSCRIBE (RFC 6665): a browser subscribes with its server, or a server with a browser; and what follows in the two dialogs.

use crate::Arrival;
use crate::Border;
use crate::answer::RETRY_AFTER;
use crate::invite::outward_names;
use crate::state::Party;
use crate::subscriptions::Watched;
use crate::turn::{Asker, Turn};
use sbc_policy::{
    PeerId, Way, carried_by_request, carried_by_response, event_body_may_cross, relayed_status,
};
use sbc_subscription::{
    AskId, Asked, Context, Crossing, Failure, Invitation, RequestId, Setup, Side, Subscription,
    SubscriptionId,
};
use sip_message::{Headers, NameAddr, Params, Request, Response, StatusCode, Uri};

/// Subscriptions at once: ten of each of some thousand pages (a lamp for each colleague), at some kilobytes each.
const MAX_SUBSCRIPTIONS: usize = 65_536;
/// Of one browser. A receptionist watches a whole house.
const MAX_OF_BROWSER: usize = 256;

impl Border {
    /// A proved browser wants to know something from its server.
    pub(crate) fn browser_subscribes(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: &str,
    ) {
        let flow = asker.arrival.flow;
        let Some(binding) = self.state.bindings.of_flow(flow, address_of_record) else {
            return self.forbid(turn, asker, &request);
        };
        let token = binding.token.clone();
        let (Ok(from), Ok(to), Ok(home)) = (
            request.headers.from(),
            request.headers.to(),
            format!("sip:{address_of_record}").parse::<Uri>(),
        ) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let Some(peer) = self.home_peer(address_of_record) else {
            return self.refuse(turn, asker, &request, 404, "no server for the domain");
        };
        let names = (
            NameAddr {
                display: from.display,
                uri: home,
                params: Params::default(),
            },
            NameAddr {
                params: Params::default(),
                ..to
            },
        );
        let notifier = (self.peer_hop(peer).flow, self.peer_contact(peer, &token));
        let subscriber = (flow, self.outer_contact(flow));
        let uri = request.uri.clone();
        let browser = Party::Browser {
            address_of_record: address_of_record.to_owned(),
            token,
        };
        let parties = (browser, Party::Peer(peer));
        let places = (subscriber, notifier);
        self.subscribe(turn, asker, request, (uri, names), places, parties);
    }

    /// A peer wants to know something from a browser, by the token it got from us.
    pub(crate) fn peer_subscribes(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        let Some(binding) = self.binding_for(turn, asker, peer, &request) else {
            return;
        };
        let flow = binding.flow.filter(|flow| self.state.is_open(*flow));
        let Some(flow) = flow else {
            return self.refuse(turn, asker, &request, 480, "browser not connected");
        };
        let Some(names) = outward_names(&request, &binding) else {
            return self.refuse(turn, asker, &request, 400, "unreadable From or To");
        };
        let places = (
            (
                self.peer_hop(peer).flow,
                self.peer_contact(peer, &binding.token),
            ),
            (flow, self.outer_contact(flow)),
        );
        let browser = Party::Browser {
            address_of_record: binding.address_of_record,
            token: binding.token,
        };
        let parties = (Party::Peer(peer), browser);
        self.subscribe(turn, asker, request, (binding.uri, names), places, parties);
    }

    fn subscribe(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        (uri, (from, to)): (Uri, (NameAddr, NameAddr)),
        (subscriber, notifier): Places,
        parties: (Party, Party),
    ) {
        let of_browser = [&parties.0, &parties.1]
            .into_iter()
            .filter_map(|party| match party {
                Party::Browser { token, .. } => Some(self.state.subscriptions.count_of(token)),
                Party::Peer(_) => None,
            });
        let is_full = of_browser.max().unwrap_or(0) >= MAX_OF_BROWSER
            || self.state.subscriptions.len() >= MAX_SUBSCRIPTIONS;
        if is_full {
            return self.refuse(turn, asker, &request, 503, "too many subscriptions");
        }
        let id = self.state.subscriptions.next_id();
        let skeleton = Request {
            body: Vec::new(),
            ..request.clone()
        };
        let setup = Setup {
            id: SubscriptionId(id),
            crossing: event_crossing(way_of(&parties.0), &request),
            subscriber,
            notifier,
            invitation: Invitation {
                uri,
                from,
                to,
                call_id: self.new_id(),
                from_tag: self.new_id(),
                max_forwards: Self::counted_down(&request),
            },
            asked: Asked {
                id: AskId(asker.ask.0),
                request,
            },
            grace: self.plan.grace,
        };
        let mut actions = Vec::new();
        let mut context = Context {
            now: turn.now,
            random: &mut self.state.random,
            actions: &mut actions,
        };
        match Subscription::start(&mut context, setup) {
            Ok(subscription) => {
                let watched = Watched::new(subscription, parties.0, parties.1);
                self.watch(turn, id, watched, actions);
            }
            Err(refused) => {
                let code = refused.status.code();
                self.refuse(turn, asker, &skeleton, code, refused.why);
            }
        }
    }

    /// The subscription's leg that headers speak of, if whoever sent them may speak for it.
    pub(crate) fn usage_of(&self, arrival: &Arrival, headers: &Headers) -> Option<(u64, Side)> {
        let call_id = headers.call_id().ok()?.to_owned();
        let tag = headers.to_tag()?.to_owned();
        let (id, side) = self.state.subscriptions.leg(&(call_id, tag))?;
        let watched = self.state.subscriptions.get(id)?;
        let subscription = &watched.subscription;
        let may = self.may_speak(
            arrival,
            watched.party(side),
            subscription.flow(side),
            &|ip| subscription.may_come_from(side, ip),
        );
        may.then_some((id, side))
    }

    pub(crate) fn in_subscription(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        (id, side): (u64, Side),
        request: Request,
    ) {
        if !self.is_unextended(turn, asker, &request) {
            return;
        }
        let Some(way) = self
            .state
            .subscriptions
            .get(id)
            .map(|watched| way_of(watched.party(side)))
        else {
            return;
        };
        self.subscription_moves(turn, id, side, asker.arrival.flow);
        let crossing = event_crossing(way, &request);
        let asked = Asked {
            id: AskId(asker.ask.0),
            request,
        };
        self.with_subscription(turn, id, |subscription, context| {
            subscription.request(context, side, asked, crossing);
        });
    }

    pub(crate) fn subscription_response(
        &mut self,
        turn: &mut Turn<'_>,
        (id, request): (u64, RequestId),
        response: &Response,
    ) {
        let Some(watched) = self.state.subscriptions.get(id) else {
            return;
        };
        let (Some(side), Ok(cseq)) = (
            watched.subscription.side_of(request),
            response.headers.cseq(),
        ) else {
            return;
        };
        // The way of the request that is answered: away from the other side.
        let way = way_of(watched.party(side.other()));
        let status = response.status;
        let crossing = Crossing {
            headers: carried_by_response(way, &cseq.method, status, &response.headers),
            body: false,
        };
        let told = relayed_status(way, status);
        self.with_subscription(turn, id, |subscription, context| {
            subscription.response(context, request, response, told, &crossing);
        });
    }

    pub(crate) fn subscription_failed(
        &mut self,
        turn: &mut Turn<'_>,
        (id, request): (u64, RequestId),
        timed_out: bool,
    ) {
        let Some(watched) = self.state.subscriptions.get(id) else {
            return;
        };
        let side = watched.subscription.side_of(request);
        let failure = match side.map(|side| watched.party(side)) {
            Some(Party::Browser { .. }) => Failure {
                status: StatusCode::of(if timed_out { 408 } else { 480 }),
                retry_after: None,
            },
            Some(Party::Peer(_)) | None => Failure {
                status: StatusCode::of(503),
                retry_after: Some(RETRY_AFTER),
            },
        };
        self.with_subscription(turn, id, |subscription, context| {
            subscription.failed(context, request, failure);
        });
    }
}

/// Where each end is, and our Contact towards it.
type Places = ((proto_base::Flow, NameAddr), (proto_base::Flow, NameAddr));

/// The way of what a party sends.
fn way_of(party: &Party) -> Way {
    match party {
        Party::Browser { .. } => Way::Inward,
        Party::Peer(_) => Way::Outward,
    }
}

fn event_crossing(way: Way, request: &Request) -> Crossing {
    Crossing {
        headers: carried_by_request(way, &request.method, &request.headers),
        body: event_body_may_cross(&request.headers, request.body.len()),
    }
}
