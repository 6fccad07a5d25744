//! A request of ours that is sent once more: with credentials, because the peer asked who we are (RFC 3261 §22.2), or to the peer's
//! next address, because nobody was at the first (RFC 3263 §4.3).

use crate::client::{Client, Errand};
use crate::dress::way_between;
use crate::flows::Hop;
use crate::turn::Turn;
use crate::{Border, Target};
use proto_base::{Flow, Time, Transport};
use sbc_policy::{PeerId, Role, Way};
use serde::{Deserialize, Serialize};
use sip_dialog::Dialog;
use sip_message::{CSeq, HeaderName, Method, Request, Response};
use sip_transaction::ClientKey;
use std::net::SocketAddr;
use std::time::Duration;

/// Challenges answered for one request: a realm on the way and one at the end, and a stale nonce.
const MAX_TRIALS: u8 = 3;
/// An address where nobody answered is not the first to be asked for this long.
const SHUNNED: Duration = Duration::from_secs(30);

/// What is kept of a request that may have to be sent again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Copy {
    pub(crate) request: Request,
    /// Challenges answered.
    trials: u8,
    /// Addresses that were tried before.
    tried: Vec<SocketAddr>,
    /// It went over TCP because it is too long for a datagram.
    pub(crate) grown: bool,
}

impl Copy {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            request: request.clone(),
            trials: 0,
            tried: Vec::new(),
            grown: false,
        }
    }
}

impl Border {
    /// Whether a request to this peer may have to be sent again.
    pub(crate) fn keeps_copies(&self, peer: PeerId) -> bool {
        let asks_who = self
            .state
            .trunks
            .get(&peer)
            .is_some_and(sbc_trunk::Trunk::has_account);
        asks_who || self.addresses_of(peer).count() > 1
    }

    /// The peer asks who we are: if we can say, the response goes no further.
    pub(crate) fn answers_challenge(
        &mut self,
        turn: &mut Turn<'_>,
        key: &ClientKey,
        response: &Response,
    ) -> bool {
        if !matches!(response.status.code(), 401 | 407) {
            return false;
        }
        let Some(client) = self.state.clients.get(key) else {
            return false;
        };
        let (Some(peer), Some(copy)) = (client.peer, client.copy.as_deref()) else {
            return false;
        };
        if copy.trials >= MAX_TRIALS
            || !self.is_ours_to_answer(&client.errand, peer)
            || !self.is_place_of(client.flow, peer)
        {
            return false;
        }
        let (mut request, trials, tried) = (
            copy.request.clone(),
            copy.trials.saturating_add(1),
            copy.tried.clone(),
        );
        let state = &mut self.state;
        let trunk = state.trunks.get_mut(&peer);
        if !trunk.is_some_and(|trunk| trunk.answer(response, &mut request, &mut state.random)) {
            return false;
        }
        let Ok(CSeq { number, method }) = request.headers.cseq() else {
            return false;
        };
        let number = number.saturating_add(1);
        request
            .headers
            .set(HeaderName::CSeq, CSeq { number, method });
        let Some(client) = self.take_client(key) else {
            return false;
        };
        let hop = self.hop_of(&client, peer);
        if let Errand::Call { call, request } = &client.errand {
            let (call, request) = (*call, *request);
            self.with_call(turn, call, |call, _| call.resent(request, number));
        }
        if let Errand::Subscription {
            subscription,
            request,
        } = &client.errand
        {
            let (id, request) = (*subscription, *request);
            self.with_subscription(turn, id, |subscription, _| {
                subscription.resent(request, number);
            });
        }
        let copy = Copy {
            request: request.clone(),
            trials,
            tried,
            grown: false,
        };
        self.request_again(turn, hop, request, client.errand, copy);
        true
    }

    /// Whether it is we who are asked. A browser answers its own server's challenges itself: with our credentials anybody would be
    /// vouched for. And a trunk's own REGISTER answers for itself.
    fn is_ours_to_answer(&self, errand: &Errand, peer: PeerId) -> bool {
        let planned = self.plan.peer(peer);
        let is_trunk = planned.is_some_and(|peer| peer.role == Role::Trunk);
        match errand {
            Errand::Register { .. } | Errand::Trunk { .. } => false,
            Errand::Message { .. } | Errand::Subscription { .. } => is_trunk,
            Errand::Call { call, request } => {
                let tracked = self.state.calls.get(call);
                tracked.is_some_and(|tracked| {
                    tracked.call.leg_of(*request).is_some_and(|leg| {
                        way_between(&self.plan, tracked, tracked.opposite(leg), leg) == Way::Outward
                    })
                })
            }
            Errand::Abandoned { .. } | Errand::Nobody => true,
        }
    }

    /// Whether a flow leads to the peer itself, and not to where some dialog says that its far end is: who we are is told to nobody
    /// else, not even as a digest that he may guess at.
    fn is_place_of(&self, flow: Flow, peer: PeerId) -> bool {
        let address = match self.state.places.target(flow) {
            Target::Address { address, .. } | Target::Flow(Flow::Datagram(_, address)) => address,
            Target::Flow(flow) => return self.state.proved.get(&flow) == Some(&peer),
        };
        let mut places = self.addresses_of(peer);
        places.any(|place| place.ip().to_canonical() == address.ip().to_canonical())
    }

    /// Nobody is where it was sent, or they are overloaded: the next address, if there is one that was not tried.
    ///
    /// Never after a provisional response: a telephone may be ringing there.
    pub(crate) fn asks_elsewhere(&mut self, turn: &mut Turn<'_>, key: &ClientKey) -> bool {
        let Some(client) = self.state.clients.get(key) else {
            return false;
        };
        let (Some(peer), Some(copy), false) = (client.peer, client.copy.as_deref(), client.rang)
        else {
            return false;
        };
        let asked = client.place;
        // Inside a dialog the route is given.
        let in_dialog = copy.request.headers.to().is_ok_and(|to| to.tag().is_some());
        if in_dialog || self.state.is_stopping {
            return false;
        }
        let mut tried = copy.tried.clone();
        tried.extend(asked);
        if let Some(asked) = asked {
            self.shun(turn.now, peer, asked);
        }
        let next = self.addresses_of(peer).find(|next| !tried.contains(next));
        let Some(next) = next else {
            return false;
        };
        let Some(mut client) = self.take_client(key) else {
            return false;
        };
        let Some(copy) = client.copy.take() else {
            return false;
        };
        if copy.request.method == Method::Invite {
            self.abandon(turn, key, peer, &copy.request);
        }
        let request = copy.request.clone();
        let copy = Copy { tried, ..*copy };
        let hop = self.hop_to(peer, next);
        self.request_again(turn, hop, request, client.errand, copy);
        true
    }

    /// An INVITE that another one was sent for: should its answer come after all, nobody wants it.
    pub(crate) fn abandon(
        &mut self,
        turn: &mut Turn<'_>,
        key: &ClientKey,
        peer: PeerId,
        invite: &Request,
    ) {
        if self
            .state
            .transactions
            .cancel(turn.now, key, None)
            .is_none()
        {
            return;
        }
        let mut skeleton = invite.clone();
        skeleton.body = Vec::new();
        let client = Client {
            errand: Errand::Abandoned {
                peer,
                invite: Box::new(skeleton),
            },
            flow: self.peer_hop(peer).flow,
            place: None,
            peer: None,
            patience: None,
            copy: None,
            rang: false,
        };
        self.state.clients.insert(key.clone(), client);
    }

    /// The answer came after all: acknowledged, and hung up on.
    pub(crate) fn abandoned_answered(
        &mut self,
        turn: &mut Turn<'_>,
        peer: PeerId,
        invite: &Request,
        response: &Response,
    ) {
        let (Ok(mut dialog), Ok(cseq)) = (Dialog::uac(invite, response), invite.headers.cseq())
        else {
            return;
        };
        let uri = dialog.next_hop().clone();
        let hop = self.next_hop(turn.now, peer, Some(&uri));
        let mut ack = dialog.ack(cseq.number);
        let way = self.way_of(hop);
        self.dress_request(&mut ack, way);
        self.send(hop.flow, ack.to_bytes());
        let bye = dialog.request(Method::Bye);
        self.request_hop(turn, hop, bye, Errand::Nobody);
    }

    /// Every address of a peer: those that failed lately come last.
    pub(crate) fn addresses_of(&self, peer: PeerId) -> impl Iterator<Item = SocketAddr> {
        let (last, mut first) = self.judged_addresses_of(peer);
        first.extend(last);
        first.into_iter()
    }

    /// Those of them that did not fail lately.
    pub(crate) fn well_addresses_of(&self, peer: PeerId) -> Vec<SocketAddr> {
        self.judged_addresses_of(peer).1
    }

    /// Those that failed lately, and the others.
    fn judged_addresses_of(&self, peer: PeerId) -> (Vec<SocketAddr>, Vec<SocketAddr>) {
        let resolved = self.state.resolved.iter();
        let resolved = resolved.filter(|(id, _)| *id == peer);
        let mut all: Vec<SocketAddr> = resolved.map(|(_, at)| *at).collect();
        if let Some(planned) = self.plan.peer(peer) {
            if all.is_empty() {
                all.extend(planned.at_start);
            }
            all.extend(&planned.addresses);
        }
        let is_shunned = |at: &SocketAddr| self.state.shunned.contains_key(&(peer, *at));
        all.into_iter().partition(is_shunned)
    }

    fn shun(&mut self, now: Time, peer: PeerId, address: SocketAddr) {
        self.state.shunned.retain(|_, until| *until > now);
        self.state.shunned.insert((peer, address), now + SHUNNED);
    }

    fn hop_of(&mut self, client: &Client, peer: PeerId) -> Hop {
        match client.place {
            Some(place) => self.hop_to(peer, place),
            None => {
                let hop = self.peer_hop(peer);
                let transport = match self.state.places.target(client.flow) {
                    Target::Address { transport, .. } => transport,
                    Target::Flow(Flow::Datagram(..)) => Transport::Udp,
                    Target::Flow(Flow::Connection(_)) => hop.transport,
                };
                // Inside a dialog, where the route is given.
                Hop {
                    flow: client.flow,
                    transport,
                    place: None,
                    ..hop
                }
            }
        }
    }
}
