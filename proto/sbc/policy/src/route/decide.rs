use super::destination::Call;
use super::order::ordered;
use super::{
    Advance, Choice, Decision, Destination, Effect, Inquiry, Origin, Refusal, Route, Step, Whose,
};
use crate::{MAX_NUMBER, Numbers, PeerId, Plan, Role, Rules};
use proto_base::Random;
use sip_message::StatusCode;

/// What is written down on the way, if anybody wants to know.
pub(super) struct Trace(Option<Vec<Step>>);

impl Trace {
    pub(super) fn off() -> Self {
        Self(None)
    }

    pub(super) fn note(&mut self, matched: bool, words: impl FnOnce() -> (String, String)) {
        if let Some(steps) = &mut self.0 {
            let (what, why) = words();
            steps.push(Step { what, matched, why });
        }
    }
}

impl Plan {
    /// Where a request goes. `random` draws among peers of one priority.
    pub fn route(&self, inquiry: &Inquiry<'_>, random: &mut Random) -> Decision {
        self.decide(inquiry, random, Trace(None))
    }

    /// The same, with every step written down.
    pub fn explain(&self, inquiry: &Inquiry<'_>, random: &mut Random) -> Decision {
        self.decide(inquiry, random, Trace(Some(Vec::new())))
    }

    /// To these peers, one after another, whatever the routes say: somebody else has decided.
    pub fn route_to(
        &self,
        inquiry: &Inquiry<'_>,
        peers: &[PeerId],
        random: &mut Random,
    ) -> Decision {
        let mut trace = Trace::off();
        let call = Call::read(self, inquiry, &mut trace);
        let choices = peers.iter().zip(0..).map(|(peer, priority)| Choice {
            peer: *peer,
            priority,
            weight: 1,
        });
        let route = Route {
            name: "hook".to_owned(),
            from: Vec::new(),
            called: Vec::new(),
            domains: Vec::new(),
            numbers: Numbers::default(),
            caller_id: None,
            effect: Effect::Peers(choices.collect()),
            advance: Advance::default(),
        };
        Decision {
            outcome: self.follow(&route, inquiry, &call, random, &mut trace),
            advance: route.advance,
            route: Some(route.name),
            trace: Vec::new(),
        }
    }

    /// Who is called, as routes compare it.
    pub fn called(&self, inquiry: &Inquiry<'_>) -> String {
        Call::read(self, inquiry, &mut Trace::off()).called.normal
    }

    fn decide(&self, inquiry: &Inquiry<'_>, random: &mut Random, mut trace: Trace) -> Decision {
        let call = Call::read(self, inquiry, &mut trace);
        let route = self
            .routes
            .iter()
            .find(|route| self.matches(route, inquiry, &call, &mut trace));
        let outcome = match route {
            Some(route) => self.follow(route, inquiry, &call, random, &mut trace),
            None => self.default_route(inquiry, &call, &mut trace),
        };
        Decision {
            outcome,
            advance: route.map(|route| route.advance.clone()).unwrap_or_default(),
            route: route.map(|route| route.name.clone()),
            trace: trace.0.unwrap_or_default(),
        }
    }

    fn matches(
        &self,
        route: &Route,
        inquiry: &Inquiry<'_>,
        call: &Call<'_>,
        trace: &mut Trace,
    ) -> bool {
        let verdict = self.mismatch(route, inquiry, call);
        trace.note(verdict.is_none(), || {
            let why = verdict.clone().unwrap_or_else(|| {
                let number = &call.called.normal;
                let first = route.called.iter().find(|called| called.matches(number));
                match first {
                    Some(called) => format!("{number} is one of {called}"),
                    None => "every number".to_owned(),
                }
            });
            (format!("route {}", route.name), why)
        });
        verdict.is_none()
    }

    /// Why a route is not for this call.
    fn mismatch(&self, route: &Route, inquiry: &Inquiry<'_>, call: &Call<'_>) -> Option<String> {
        let is_from = match inquiry.origin {
            Origin::Browser { .. } => {
                route.from.is_empty() || route.from.contains(&Whose::Browsers)
            }
            Origin::Peer(peer) => {
                let by_default = route.from.is_empty() && self.is_registrar(peer);
                by_default || route.from.contains(&Whose::Peer(peer))
            }
        };
        if !is_from {
            return Some(match inquiry.origin {
                Origin::Browser { .. } => "not for calls from browsers".to_owned(),
                Origin::Peer(peer) if route.from.is_empty() => {
                    format!(
                        "a trunk's calls take it only if it names {}",
                        self.name_of(peer)
                    )
                }
                Origin::Peer(peer) => format!("not for calls from {}", self.name_of(peer)),
            });
        }
        let number = &call.called.normal;
        if number.len() > MAX_NUMBER {
            return Some("what was dialled is too long for a number".to_owned());
        }
        if !route.called.is_empty() && !route.called.iter().any(|called| called.matches(number)) {
            return Some(format!("{number} is none of its numbers"));
        }
        let host = inquiry.uri.host.to_string();
        let is_domain = |domain: &String| domain.eq_ignore_ascii_case(&host);
        if !route.domains.is_empty() && !route.domains.iter().any(is_domain) {
            return Some(format!("{host} is none of its domains"));
        }
        None
    }

    fn follow(
        &self,
        route: &Route,
        inquiry: &Inquiry<'_>,
        call: &Call<'_>,
        random: &mut Random,
        trace: &mut Trace,
    ) -> Result<Vec<Vec<Destination>>, Refusal> {
        match &route.effect {
            Effect::Refuse { status, reason } => {
                let status = StatusCode::of(*status);
                Err(Refusal {
                    status,
                    reason: reason.clone().unwrap_or_else(|| status.reason().to_owned()),
                })
            }
            Effect::Users(users) => {
                let mut group = Vec::new();
                for user in users {
                    let address_of_record = user.replace('*', &call.called.normal);
                    match self.to_user(inquiry, &address_of_record) {
                        Some(destination) => group.push(destination),
                        None => trace.note(false, || {
                            (
                                format!("user {address_of_record}"),
                                "is no address".to_owned(),
                            )
                        }),
                    }
                }
                if group.is_empty() {
                    return Err(refusal(404, "no such user"));
                }
                Ok(vec![group])
            }
            Effect::Peers(choices) => {
                let mut groups = Vec::new();
                let mut last = refusal(404, "no destination");
                for choice in ordered(choices, random) {
                    let Some(peer) = self.peer(choice.peer) else {
                        continue;
                    };
                    match call.to_peer(self, inquiry, Some(route), peer, trace) {
                        Ok(destination) => groups.push(vec![destination]),
                        Err(refused) => {
                            trace.note(false, || {
                                (format!("peer {}", peer.name), refused.reason.clone())
                            });
                            last = refused;
                        }
                    }
                }
                if groups.is_empty() {
                    return Err(last);
                }
                Ok(groups)
            }
        }
    }

    /// What holds where no route speaks: a browser calls through the registrar of its own domain, a trunk reaches the registrar, and
    /// a registrar reaches browsers by their tokens, which are looked up before any route.
    fn default_route(
        &self,
        inquiry: &Inquiry<'_>,
        call: &Call<'_>,
        trace: &mut Trace,
    ) -> Result<Vec<Vec<Destination>>, Refusal> {
        let (peer, why) = match inquiry.origin {
            Origin::Browser {
                address_of_record, ..
            } => {
                let domain = address_of_record
                    .rsplit_once('@')
                    .map_or(address_of_record, |(_, domain)| domain);
                (
                    self.registrar_for(domain)
                        .ok_or_else(|| refusal(404, "no server for the domain")),
                    "a browser's calls go to the server of its own domain",
                )
            }
            Origin::Peer(peer) if self.is_registrar(peer) => (
                Err(refusal(404, "no such user")),
                "a server reaches browsers by the contacts it was told, and others by routes alone",
            ),
            Origin::Peer(_) => {
                let host = inquiry.uri.host.to_string();
                let named = self.registrars().find(|peer| {
                    peer.domain
                        .as_deref()
                        .is_some_and(|ours| ours.eq_ignore_ascii_case(&host))
                });
                (
                    named
                        .or_else(|| self.registrars().next())
                        .ok_or_else(|| refusal(404, "no server")),
                    "a trunk's calls go to the server",
                )
            }
        };
        trace.note(peer.is_ok(), || ("default".to_owned(), why.to_owned()));
        let destination = call.to_peer(self, inquiry, None, peer?, trace)?;
        Ok(vec![vec![destination]])
    }

    pub(super) fn rules_of(&self, origin: Origin<'_>) -> &Rules {
        match origin {
            Origin::Browser { .. } => &self.browsers,
            Origin::Peer(peer) => self.peer(peer).map_or(&self.browsers, |peer| &peer.rules),
        }
    }

    fn is_registrar(&self, peer: PeerId) -> bool {
        self.peer(peer)
            .is_some_and(|peer| peer.role == Role::Registrar)
    }

    fn name_of(&self, peer: PeerId) -> String {
        self.peer(peer)
            .map_or_else(|| "an unknown peer".to_owned(), |peer| peer.name.clone())
    }
}

pub(super) fn refusal(status: u16, reason: &str) -> Refusal {
    Refusal {
        status: StatusCode::of(status),
        reason: reason.to_owned(),
    }
}
