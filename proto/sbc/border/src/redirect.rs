//! A callee says where else it might be reached (3xx). Where that is, policy decides: as a call of the one who said so, for it is
//! he who sends it on, and what he may not call himself nobody reaches through him.

use crate::Border;
use crate::destinations::{Common, go_on};
use crate::route::destination;
use crate::state::{CALLER, Party};
use crate::turn::Turn;
use control_command::LegId;
use sbc_call::{Group, Redirect};
use sbc_policy::{Advance, Inquiry, Origin, PeerId, Redirects, Whither, diverted};
use sip_message::{HeaderName, Headers, Host, NameAddr, Request, StatusCode, Uri};

/// What History-Info says for it: RFC 7044 §10.2 wants the response, and the Contacts come of any 3xx.
const MOVED: StatusCode = StatusCode::of(302);

impl Border {
    /// What becomes of a 3xx in a new call.
    pub(crate) fn redirect(&self) -> Redirect {
        match self.plan.redirects {
            Redirects::Hide | Redirects::Pass => Redirect::Pass,
            Redirects::Follow { max } => Redirect::Follow { max },
        }
    }

    /// A leg was answered with a 3xx, and policy follows.
    pub(crate) fn redirected(
        &mut self,
        turn: &mut Turn<'_>,
        call: u64,
        leg: LegId,
        contacts: &[NameAddr],
    ) {
        let mut groups = Vec::new();
        for contact in contacts {
            groups.extend(self.redirected_to(call, leg, &contact.uri));
        }
        self.with_call(turn, call, |call, context| {
            call.add_destinations(context, leg, groups);
        });
    }

    fn redirected_to(&mut self, call: u64, leg: LegId, uri: &Uri) -> Option<Group> {
        let tracked = self.state.calls.get(&call)?;
        let asked = tracked.asked.as_deref()?;
        let left = asked.uri.clone();
        let from_party = tracked.party(leg)?.clone();
        let caller = match tracked.party(CALLER)? {
            Party::Browser { .. } => tracked.call.flow(CALLER),
            Party::Peer(_) => None,
        };
        let mut request = Request {
            uri: Uri::sip_host(uri.user.as_deref(), uri.host.clone()),
            ..asked.clone()
        };
        self.believe(call, &mut request.headers);
        let mut common = Common {
            max_forwards: Self::counted_down(&request),
            contact: self.new_id(),
            caller,
            reaches: request.uri.address_of_record(),
            attempt: None,
        };
        let (decided, advance) = match &from_party {
            Party::Peer(peer) if self.is_at(*peer, &uri.host) => {
                (vec![self.at_peer(*peer, &request)?], Advance::default())
            }
            Party::Peer(peer) => {
                let decision = self.decide(Origin::Peer(*peer), &request)?;
                // What holds without routes is meant for calls that come in, not for where a carrier sends them.
                decision.route.as_ref()?;
                let groups = decision.outcome.ok()?;
                (groups.into_iter().flatten().collect(), decision.advance)
            }
            Party::Browser {
                address_of_record, ..
            } => {
                let proved = [address_of_record.clone()];
                let origin = Origin::Browser {
                    address_of_record,
                    proved: &proved,
                };
                let decision = self.decide(origin, &request)?;
                let groups = decision.outcome.ok()?;
                (groups.into_iter().flatten().collect(), decision.advance)
            }
        };
        let mut called = Vec::new();
        for mut to in decided {
            self.tell_past(&mut to.headers, &to.whither, &left, uri);
            called.extend(self.called(to, &mut common));
        }
        let called = self.keep_called_to_limits(called).ok()?;
        let members = &mut self.state.calls.get_mut(&call)?.members;
        let destinations = called
            .into_iter()
            .filter_map(|called| destination(called, members))
            .collect();
        let mut group = Group::of(destinations);
        go_on(&mut group, &advance);
        Some(group)
    }

    /// What the caller said of himself is judged by his own standing, before it goes on in another's name. And he may prove who
    /// he is to his own server, not to wherever he is sent.
    fn believe(&self, call: u64, headers: &mut Headers) {
        headers.remove(&HeaderName::Authorization);
        headers.remove(&HeaderName::ProxyAuthorization);
        headers.remove(&HeaderName::PPreferredIdentity);
        let tracked = self.state.calls.get(&call);
        let caller = tracked.and_then(|tracked| tracked.party(CALLER));
        if let Some(Party::Peer(peer)) = caller
            && self.plan.peer(*peer).is_some_and(|peer| peer.rules.trusted)
        {
            return;
        }
        for name in [
            HeaderName::PAssertedIdentity,
            HeaderName::Diversion,
            HeaderName::HistoryInfo,
        ] {
            headers.remove(&name);
        }
        if let Some(Party::Browser {
            address_of_record, ..
        }) = caller
        {
            let identity = format!("<sip:{address_of_record}>");
            headers.push(HeaderName::PAssertedIdentity, identity);
        }
    }

    /// Members of the trust domain are told where a call has been.
    fn tell_past(&self, headers: &mut Headers, whither: &Whither, from: &Uri, to: &Uri) {
        let Whither::Peer(peer) = whither else {
            return;
        };
        if self.plan.peer(*peer).is_some_and(|peer| peer.rules.trusted) {
            diverted(headers, from, to, MOVED);
        }
    }

    /// Whether a URI names a peer itself.
    fn is_at(&self, peer: PeerId, host: &Host) -> bool {
        let Some(planned) = self.plan.peer(peer) else {
            return false;
        };
        let domain = planned.domain.as_deref();
        let named = domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&host.to_string()));
        let at = |ip| self.addresses_of(peer).any(|address| address.ip() == ip);
        named || host.ip().is_some_and(at)
    }

    /// Once more to the same peer, for another of its users.
    fn at_peer(&self, peer: PeerId, request: &Request) -> Option<sbc_policy::Destination> {
        let from = request.headers.from().ok()?;
        let to = request.headers.to().ok()?;
        let inquiry = Inquiry {
            origin: Origin::Peer(peer),
            method: &request.method,
            uri: &request.uri,
            from: &from,
            to: &to,
            headers: &request.headers,
        };
        self.plan.to_peer(&inquiry, peer)
    }

    /// The Contacts of a 3xx as the other side may see them, where policy passes it: the users, at its own server.
    pub(crate) fn passed_contacts(
        &mut self,
        call: u64,
        contacts: &[NameAddr],
    ) -> Option<Vec<NameAddr>> {
        if self.plan.redirects != Redirects::Pass {
            return None;
        }
        let host = match self.state.calls.get(&call)?.party(CALLER)?.clone() {
            Party::Browser {
                address_of_record, ..
            } => {
                let home: Uri = format!("sip:{address_of_record}").parse().ok()?;
                home.host
            }
            Party::Peer(peer) => self.host_of(peer),
        };
        let users = contacts.iter().filter_map(|contact| {
            let user = contact.uri.user.as_deref()?;
            let mut told = NameAddr::new(Uri::sip_host(Some(user), host.clone()));
            if let Some(q) = contact.params.value("q") {
                told.params.set("q", Some(q));
            }
            Some(told)
        });
        Some(users.take(MAX_PASSED).collect())
    }
}

/// Contacts of one 3xx that are passed on.
const MAX_PASSED: usize = 8;
