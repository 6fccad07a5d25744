//! What the border says of itself in each message: computed, never copied from the other side.

use crate::Border;
use crate::flows::Hop;
use crate::state::{Party, Tracked};
use control_command::LegId;
use proto_base::{Flow, NetworkId, Transport};
use sbc_call::{Manners, TimerPolicy};
use sbc_policy::{PeerId, Plan, Role};
use sip_message::{HeaderName, Method, NameAddr, Request, Response, Text, Uri, Via};
use std::net::SocketAddr;

/// What we take, out of a dialog or inside one.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH";
/// Extensions that we do, whoever asks for them; what only a call needs is said by the call itself.
pub(crate) const SUPPORTED: [&str; 4] = ["100rel", "timer", "replaces", "norefersub"];
/// Of them, what phones look for before they offer an attended transfer.
const REPLACES: &str = "replaces";
/// RFC 3261 §8.1.1.7.
const MAGIC_COOKIE: &str = "z9hG4bK";
/// 143 bits: a response is believed for its branch (RFC 3261 §17.1.3).
const BRANCH_LENGTH: usize = 24;

/// What nearly every message of ours says, to be shared by them.
#[derive(Debug)]
pub(crate) struct Words {
    allow: Text,
    replaces: Text,
    product: Option<Text>,
}

impl Words {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self {
            allow: ALLOW.into(),
            replaces: REPLACES.into(),
            product: plan.product.as_deref().map(Text::from),
        }
    }
}

impl Border {
    /// Our Via and what we are, in front of a request.
    pub(crate) fn dress_request(&mut self, request: &mut Request, way: Way) {
        let branch = self.state.random.token(BRANCH_LENGTH);
        let flag = match way.transport {
            // RFC 3581: answer to where it came from.
            Transport::Udp => ";rport",
            // RFC 5923 §8.1: requests to us may come back on this connection.
            Transport::Tls => ";alias",
            _ => "",
        };
        let params = [";branch=", MAGIC_COOKIE, &branch, flag];
        let via = Via::ours(way.transport.via_token(), way.advertised, &params);
        request.headers.push_front_text(HeaderName::Via, &via);
        if matches!(request.method, Method::Invite | Method::Update) {
            request
                .headers
                .set_text(HeaderName::Allow, &self.words.allow);
        }
        if request.method == Method::Invite {
            request
                .headers
                .push_text(HeaderName::Supported, &self.words.replaces);
        }
        if let Some(product) = &self.words.product
            && request.method != Method::Ack
        {
            request.headers.set_text(HeaderName::UserAgent, product);
        }
    }

    pub(crate) fn dress_response(&self, response: &mut Response) {
        let Ok(cseq) = response.headers.cseq() else {
            return;
        };
        match (response.status.code(), &cseq.method) {
            (180..=299, Method::Invite) | (200..=299, Method::Update) | (405, _) => {
                response
                    .headers
                    .set_text(HeaderName::Allow, &self.words.allow);
                if cseq.method == Method::Invite && response.status.is_success() {
                    response
                        .headers
                        .push_text(HeaderName::Supported, &self.words.replaces);
                }
            }
            (200..=299, Method::Options) => {
                response
                    .headers
                    .set_text(HeaderName::Allow, &self.words.allow);
                response.headers.set(HeaderName::Accept, "application/sdp");
                response
                    .headers
                    .set(HeaderName::Supported, SUPPORTED.join(", "));
            }
            (415, Method::Invite | Method::Update) => {
                response.headers.set(HeaderName::Accept, "application/sdp");
            }
            (415, Method::Info) => {
                response.headers.set(
                    HeaderName::Accept,
                    "application/dtmf-relay, application/dtmf",
                );
            }
            (415, Method::Message) => response.headers.set(HeaderName::Accept, "text/plain"),
            _ => {}
        }
        if let Some(product) = &self.words.product {
            response.headers.set_text(HeaderName::Server, product);
        }
    }

    /// Our Contact towards a peer's side: `user` is the token of the browser it stands for.
    pub(crate) fn peer_contact(&self, peer: PeerId, user: &str) -> NameAddr {
        let (network, transport) = self
            .plan
            .peer(peer)
            .map_or((NetworkId(0), Transport::Udp), |peer| {
                (peer.network, peer.transport)
            });
        let mut uri = Uri::sip(Some(user), self.address_in(network, transport));
        uri.params.set("transport", Some(name(transport)));
        NameAddr::new(uri)
    }

    /// How calls with a peer are kept up.
    pub(crate) fn manners_with(&self, peer: PeerId) -> Manners {
        let session = self.plan.peer(peer).map(|peer| peer.session);
        let session = session.unwrap_or_default();
        Manners {
            session_timer: TimerPolicy {
                expires: session.expires,
                min_se: session.least,
            },
            reliable: session.reliable,
        }
    }

    /// Our Contact towards a browser: the address its connection came to, as the world knows it.
    pub(crate) fn outer_contact(&mut self, flow: Flow) -> NameAddr {
        // The user is chance: it means nothing, some stacks only want one to be there.
        let user = self.state.random.token(8);
        let mut uri = Uri::sip(Some(&user), self.outer_address(flow).advertised);
        uri.params.set("transport", Some("ws"));
        NameAddr::new(uri)
    }

    /// Ours in a network, for that transport.
    pub(crate) fn address_in(&self, network: NetworkId, transport: Transport) -> SocketAddr {
        self.plan
            .advertised(network, transport, None)
            .unwrap_or(UNPLANNED)
    }

    pub(crate) fn way_of(&self, hop: Hop) -> Way {
        Way {
            transport: hop.transport,
            advertised: self.address_in(hop.network, hop.transport),
        }
    }

    /// Where browsers reach us: for a message to one that is away.
    fn any_websocket(&self) -> Option<SocketAddr> {
        let listeners = self.plan.networks.iter().flat_map(|one| &one.listeners);
        let mut listeners = listeners.filter(|listener| listener.transport.is_websocket());
        listeners.next().map(|listener| listener.advertised)
    }

    pub(crate) fn outer_address(&self, flow: Flow) -> Way {
        let arrival = self.state.connections.get(&flow);
        let transport = arrival.map_or(Transport::Wss, |arrival| arrival.transport);
        let advertised = arrival
            .and_then(|arrival| {
                self.plan
                    .advertised(arrival.network, arrival.transport, Some(arrival.local))
            })
            .or_else(|| self.any_websocket())
            .unwrap_or(UNPLANNED);
        Way {
            transport,
            advertised,
        }
    }
}

/// Which way a request goes from one leg of a call to another. Inward it goes only from a browser to a server of its own: between
/// peers, and to a carrier, nobody's credentials and nobody's challenges cross.
pub(crate) fn way_between(
    plan: &Plan,
    tracked: &Tracked,
    from: LegId,
    to: LegId,
) -> sbc_policy::Way {
    let is_registrar = |peer| {
        plan.peer(peer)
            .is_some_and(|peer| peer.role == Role::Registrar)
    };
    match (tracked.party(from), tracked.party(to)) {
        (Some(Party::Browser { .. }), Some(Party::Peer(peer))) if is_registrar(*peer) => {
            sbc_policy::Way::Inward
        }
        _ => sbc_policy::Way::Outward,
    }
}

/// Told where the plan has no listener at all. A message with it is useless, but names nobody.
const UNPLANNED: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 5060);

/// How a request travels, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) transport: Transport,
    pub(crate) advertised: SocketAddr,
}

/// Whether an extension may be required of us.
pub(crate) fn supports(token: &str) -> bool {
    SUPPORTED
        .iter()
        .any(|supported| supported.eq_ignore_ascii_case(token))
}

/// A transport in a URI (RFC 3261 §19.1.1, RFC 7118 §5.2.3).
fn name(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
        Transport::Ws | Transport::Wss => "ws",
    }
}
