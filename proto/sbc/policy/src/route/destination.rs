//! From one side's words to another's: numbers, names and headers as a destination is told them.

use super::decide::{Trace, refusal};
use super::{Destination, Inquiry, Origin, Refusal, Route, Whither};
use crate::identity::{
    Privacy, anonymous, asserted_identities, carried_diversion, preferred_identity,
};
use crate::{
    CallerId, NumberForm, Peer, PeerId, Plan, Rewrite, Role, Rules, Way, carried_by_request,
    dialled, is_e164,
};
use sip_message::{HeaderName, Headers, Host, NameAddr, Params, Scheme, Uri};

/// A call as it came, its numbers read once.
pub(super) struct Call<'a> {
    /// Of the side it came from.
    rules: &'a Rules,
    pub(super) called: Number,
    calling: Number,
    /// Who calls, as far as we believe it: a browser's own proof, or what a member of the trust domain asserts.
    identities: Vec<NameAddr>,
    privacy: Privacy,
}

/// A number as it came, and as routes see it.
pub(super) struct Number {
    /// After the incoming rules of its side.
    dialled: String,
    /// As E.164, where it is such a number.
    pub(super) normal: String,
    /// Whether a rule has changed it.
    changed: bool,
}

impl Number {
    fn read(plan: &Plan, rules: &Rewrite, written: &str) -> Self {
        let (dialled, changed) = match rules.apply(written) {
            Some(told) => (told.number, told.rule.is_some()),
            None => (written.to_owned(), false),
        };
        let normal = match &plan.dialling {
            Some(dialling) => dialling.to_e164(&dialled),
            None => dialled.clone(),
        };
        Self {
            dialled,
            normal,
            changed,
        }
    }
}

impl<'a> Call<'a> {
    pub(super) fn read(plan: &'a Plan, inquiry: &Inquiry<'_>, trace: &mut Trace) -> Self {
        let rules = plan.rules_of(inquiry.origin);
        let identities = match inquiry.origin {
            Origin::Browser {
                address_of_record,
                proved,
            } => {
                let own = preferred_identity(inquiry.headers, proved).unwrap_or(address_of_record);
                let uri = format!("sip:{own}").parse().ok();
                let identity = uri.map(|uri| NameAddr {
                    display: inquiry.from.display.clone(),
                    uri,
                    params: Params::default(),
                });
                identity.into_iter().collect()
            }
            Origin::Peer(_) if rules.trusted => asserted_identities(inquiry.headers),
            Origin::Peer(_) => Vec::new(),
        };
        let caller = identities.first().unwrap_or(inquiry.from);
        let called = Number::read(plan, &rules.incoming.called, &dialled(inquiry.uri));
        let calling = Number::read(plan, &rules.incoming.calling, &dialled(&caller.uri));
        for (what, written, number) in [
            ("called", dialled(inquiry.uri), &called),
            ("calling", dialled(&caller.uri), &calling),
        ] {
            trace.note(true, || {
                let why = if written == number.normal {
                    written.clone()
                } else if number.changed {
                    format!(
                        "{written} becomes {} by the rules of where it comes from",
                        number.normal
                    )
                } else {
                    format!("{written} is {}", number.normal)
                };
                (what.to_owned(), why)
            });
        }
        Self {
            rules,
            called,
            calling,
            identities,
            privacy: Privacy::of(inquiry.headers),
        }
    }

    /// As the peer is told it; a refusal if it cannot be told so.
    pub(super) fn to_peer(
        &self,
        plan: &Plan,
        inquiry: &Inquiry<'_>,
        route: Option<&Route>,
        peer: &Peer,
        trace: &mut Trace,
    ) -> Result<Destination, Refusal> {
        let rules = &peer.rules;
        let by_route = |number: &Number, rewrite: Option<&Rewrite>| {
            told(plan, rules.form, number, rewrite)
                .ok_or_else(|| refusal(484, "the route's rules leave nothing of the number"))
        };
        let numbers = route.map(|route| &route.numbers);
        let called = by_route(&self.called, numbers.map(|numbers| &numbers.called))?;
        if peer.role == Role::Trunk && called.normal.starts_with('+') && !is_e164(&called.normal) {
            // `+00…` slips past rules about countries and is dialled as another number by who drops the `+`.
            return Err(refusal(484, "a number with + that is none"));
        }
        let calling = by_route(&self.calling, numbers.map(|numbers| &numbers.calling))?;
        let caller_id: &CallerId = route
            .and_then(|route| route.caller_id.as_ref())
            .unwrap_or(&rules.caller_id);
        let shown = caller_id
            .shown_for(&calling.normal)
            .ok_or_else(|| refusal(403, "this caller may not be shown there"))?;
        let is_replaced = shown != calling.normal;
        let calling = if is_replaced {
            in_form(plan, rules.form, shown)
        } else {
            calling.told
        };
        let out = |rewrite: &Rewrite, number: &str| {
            rewrite
                .apply(number)
                .map(|told| told.number)
                .ok_or_else(|| refusal(484, "the peer's rules leave nothing of the number"))
        };
        let called_user = out(&rules.outgoing.called, &called.told)?;
        let calling_user = out(&rules.outgoing.calling, &calling)?;
        trace.note(true, || {
            (
                format!("peer {}", peer.name),
                format!("called {called_user}, calling {calling_user}"),
            )
        });
        Ok(self.worded(
            plan,
            inquiry,
            peer,
            Users {
                called: called_user,
                calling: calling_user,
                is_replaced,
            },
        ))
    }

    fn worded(&self, plan: &Plan, inquiry: &Inquiry<'_>, peer: &Peer, users: Users) -> Destination {
        let is_home = is_home(plan, inquiry.origin, peer);
        let host = host_of(peer).unwrap_or_else(|| inquiry.uri.host.clone());
        let own_host = own_host(plan, peer).unwrap_or_else(|| inquiry.from.uri.host.clone());
        let is_as_dialled = users.called == dialled(inquiry.uri);
        let (uri, to) = if is_home && is_as_dialled {
            // The user's own server: it knows its domains and its parameters better than we do.
            (
                inquiry.uri.clone(),
                NameAddr {
                    params: Params::default(),
                    ..inquiry.to.clone()
                },
            )
        } else {
            let user = escaped(&users.called);
            let uri = Uri::sip_host((!user.is_empty()).then_some(user.as_str()), host);
            (uri.clone(), NameAddr::new(uri))
        };
        let is_anonymous = is_anonymous(&inquiry.from.uri);
        let from = if peer.role == Role::Trunk && self.privacy.hides_caller() {
            anonymous()
        } else if is_anonymous && !is_home {
            // Nobody calls; whose machine it was is not for the other side.
            let is_nobody = inquiry.from.uri.user.is_none();
            NameAddr {
                display: inquiry.from.display.clone().filter(|_| !is_nobody),
                uri: match is_nobody {
                    true => Uri::sip_host(None, own_host.clone()),
                    false => anonymous().uri,
                },
                params: Params::default(),
            }
        } else if is_home {
            NameAddr {
                display: inquiry.from.display.clone(),
                uri: Uri::sip_host(
                    inquiry.from.uri.user.as_deref(),
                    inquiry.from.uri.host.clone(),
                ),
                params: Params::default(),
            }
        } else {
            let user = escaped(&users.calling);
            NameAddr {
                display: inquiry.from.display.clone().filter(|_| !users.is_replaced),
                uri: Uri::sip_host(
                    (!user.is_empty()).then_some(user.as_str()),
                    own_host.clone(),
                ),
                params: Params::default(),
            }
        };
        let mut headers = self.carried(inquiry, &peer.rules, is_home);
        if peer.rules.trusted {
            for identity in self.asserted(is_home, &users, &own_host) {
                headers.push(HeaderName::PAssertedIdentity, identity);
            }
            if let Some(privacy) = self.privacy.written() {
                headers.push(HeaderName::Privacy, privacy);
            }
        }
        Destination {
            whither: Whither::Peer(peer.id),
            uri,
            from,
            to,
            headers,
        }
    }

    /// The identities told to a member of the trust domain (RFC 3325 §5).
    fn asserted(&self, is_home: bool, users: &Users, own_host: &Host) -> Vec<NameAddr> {
        let mut told = Vec::new();
        for (place, identity) in self.identities.iter().enumerate() {
            if is_home {
                told.push(identity.clone());
            } else if place == 0 {
                let user = escaped(&users.calling);
                told.push(NameAddr {
                    display: identity.display.clone().filter(|_| !users.is_replaced),
                    uri: Uri::sip_host(Some(&user), own_host.clone()),
                    params: Params::default(),
                });
            } else if identity.uri.scheme == Scheme::Tel && !users.is_replaced {
                told.push(identity.clone());
            }
        }
        told
    }

    /// What crosses to a side with these rules.
    fn carried(&self, inquiry: &Inquiry<'_>, rules: &Rules, is_home: bool) -> Headers {
        // Credentials pass from a browser to its own server and nowhere else.
        let way = if is_home { Way::Inward } else { Way::Outward };
        let mut headers = carried_by_request(way, inquiry.method, inquiry.headers);
        headers.remove(&HeaderName::Privacy);
        let past = carried_diversion(inquiry.headers, self.rules.trusted, rules.trusted);
        for header in past.iter() {
            headers.push_copy(header);
        }
        let mut allowed = Headers::new();
        rules
            .headers
            .carry(&self.rules.headers, inquiry.headers, &mut allowed);
        for header in allowed.iter() {
            // Subject and Priority always cross; a rule that sets one has the last word.
            headers.remove(&header.name);
        }
        for header in allowed.iter() {
            headers.push_copy(header);
        }
        headers
    }
}

impl Plan {
    /// A request for one of a peer's own users, whatever the routes say.
    pub fn to_peer(&self, inquiry: &Inquiry<'_>, peer: PeerId) -> Option<Destination> {
        let mut trace = Trace::off();
        let call = Call::read(self, inquiry, &mut trace);
        let destination = call.to_peer(self, inquiry, None, self.peer(peer)?, &mut trace);
        destination.ok()
    }

    /// A request for a registered user, as the user's browser is told it. `None` if that is no address.
    ///
    /// Every host becomes the user's own domain: others may be addresses of an inner network, and calling back goes to the own domain
    /// anyway. Where To shows our token, the user's name stands instead. Who wants to be private is anonymous: browsers are
    /// outside the trust domain (RFC 3325 §7).
    pub fn to_user(&self, inquiry: &Inquiry<'_>, address_of_record: &str) -> Option<Destination> {
        let home: Uri = format!("sip:{address_of_record}").parse().ok()?;
        let call = Call::read(self, inquiry, &mut Trace::off());
        let calling = told(self, self.browsers.form, &call.calling, None)?;
        let from = if call.privacy.hides_caller() || is_anonymous(&inquiry.from.uri) {
            NameAddr {
                uri: Uri::sip_host(Some("anonymous"), home.host.clone()),
                ..anonymous()
            }
        } else {
            let caller = escaped(&calling.told);
            let caller = if caller.is_empty() {
                "anonymous"
            } else {
                &caller
            };
            NameAddr {
                display: inquiry.from.display.clone(),
                uri: Uri::sip_host(Some(caller), home.host.clone()),
                params: Params::default(),
            }
        };
        let callee = match inquiry.to.uri.user.as_deref() {
            Some(user) if Some(user) != inquiry.uri.user.as_deref() => Some(user),
            _ => home.user.as_deref(),
        };
        let to = NameAddr::new(Uri::sip_host(callee, home.host.clone()));
        let headers = call.carried(inquiry, &self.browsers, false);
        Some(Destination {
            whither: Whither::User(address_of_record.to_owned()),
            uri: home,
            from,
            to,
            headers,
        })
    }
}

/// The user parts that a destination is told.
struct Users {
    called: String,
    calling: String,
    /// Another number is shown than the caller's own.
    is_replaced: bool,
}

/// A number after a route's rules.
struct Told {
    normal: String,
    /// In the form of the one it is for.
    told: String,
}

fn told(plan: &Plan, form: NumberForm, number: &Number, route: Option<&Rewrite>) -> Option<Told> {
    let (normal, by_route) = match route {
        Some(rewrite) => {
            let told = rewrite.apply(&number.normal)?;
            (told.number, told.rule.is_some())
        }
        None => (number.normal.clone(), false),
    };
    let told = if form == NumberForm::AsDialled && !by_route && !number.changed {
        number.dialled.clone()
    } else {
        in_form(plan, form, &normal)
    };
    Some(Told { normal, told })
}

fn in_form(plan: &Plan, form: NumberForm, number: &str) -> String {
    match &plan.dialling {
        Some(dialling) => dialling.told(number, form),
        None => number.to_owned(),
    }
}

/// Whether it is a browser's own server.
pub(super) fn is_home(plan: &Plan, origin: Origin<'_>, peer: &Peer) -> bool {
    let Origin::Browser {
        address_of_record, ..
    } = origin
    else {
        return false;
    };
    let domain = address_of_record
        .rsplit_once('@')
        .map_or(address_of_record, |(_, domain)| domain);
    plan.registrar_for(domain)
        .is_some_and(|home| home.id == peer.id)
}

/// How a peer is named in URIs to it: its domain, else its name or address.
fn host_of(peer: &Peer) -> Option<Host> {
    let domain = peer
        .domain
        .as_deref()
        .and_then(|domain| domain.parse().ok());
    domain
        .or_else(|| peer.uri.as_ref().map(|uri| uri.host.clone()))
        .or_else(|| {
            peer.addresses
                .first()
                .map(|address| Host::from(address.ip()))
        })
}

/// How we are named towards a peer: a carrier expects its own domain, where it has one; a server must not take strangers for its
/// own users, so it sees our address.
pub(super) fn own_host(plan: &Plan, peer: &Peer) -> Option<Host> {
    let domain = peer
        .domain
        .as_deref()
        .filter(|_| peer.role == Role::Trunk)
        .and_then(|domain| domain.parse().ok());
    domain.or_else(|| {
        plan.advertised(peer.network, peer.transport, None)
            .map(|address| Host::from(address.ip()))
    })
}

/// RFC 3323 §4.1.1.3.
fn is_anonymous(uri: &Uri) -> bool {
    uri.host
        .to_string()
        .eq_ignore_ascii_case("anonymous.invalid")
        || uri.user.is_none()
}

/// A decoded user part as it is written: what else must be escaped is, when it is printed.
pub(super) fn escaped(user: &str) -> String {
    user.replace('%', "%25")
}
