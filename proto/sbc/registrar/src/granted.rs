//! The registrar's 2xx: the only thing that binds, moves or removes.

use crate::registration::TOKEN_LENGTH;
use crate::terms::{DEFAULT_EXPIRES, Mode, shaved};
use crate::{Binding, Bindings, Gruu, Key, Pending, Push, Wish};
use proto_base::{Flow, Random, Time};
use sip_message::{HeaderName, NameAddr, Response};
use std::time::Duration;

/// A registrar that grants longer is not believed: a token must not live in our table for ever. A week.
const MAX_EXPIRES: u32 = 7 * 24 * 3600;
/// Devices of one address-of-record. Pages that draw a new instance at each load leave bindings behind until they expire;
/// of those without a flow the one that ends first makes way.
const MAX_DEVICES: usize = 64;

/// What a 2xx changed, and what the browser is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Contact values for the browser's 200: its own, as written, with the seconds granted.
    pub contacts: Vec<String>,
    /// The registrar treats this binding by RFC 5626, and the browser is to know (`Require: outbound`).
    pub outbound: bool,
    /// What changed.
    pub change: Change,
}

/// What a 2xx changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// A browser is bound to its flow.
    Bound {
        /// The binding's own.
        token: String,
        /// Seconds.
        expires: u32,
        /// The same flow had it before: only the time is new.
        refreshed: bool,
    },
    /// These bindings are gone.
    Unbound(Vec<Binding>),
}

impl Bindings {
    /// The registrar granted a REGISTER. `is_open` says whether its flow still stands: if not, the binding is known (the registrar
    /// has our token) but leads nowhere.
    ///
    /// `response` must be a 2xx; anything else changes nothing.
    pub fn granted(
        &mut self,
        now: Time,
        pending: &Pending,
        is_open: bool,
        response: &Response,
        random: &mut Random,
    ) -> Granted {
        if !response.status.is_success() {
            return Granted {
                contacts: Vec::new(),
                outbound: false,
                change: Change::Nothing,
            };
        }
        let outbound = pending.path && response.headers.has_token(&HeaderName::Require, "outbound");
        let seconds = seconds(pending, response);
        let change = match &pending.claim.wish {
            Wish::Query => Change::Nothing,
            Wish::UnbindAll => self.unbind_all(&pending.claim.key.address_of_record),
            Wish::Unbind { .. } => {
                let left = if pending.only_proof {
                    seconds.unwrap_or(0)
                } else {
                    0
                };
                self.held(pending.sent, &pending.scope, &pending.registration, left);
                self.unbind(pending)
            }
            Wish::Bind { raw, contact, .. } => match seconds {
                Some(seconds) if seconds > 0 => {
                    let own = Own {
                        raw,
                        contact,
                        outbound,
                        gruu: gruu(pending, response),
                    };
                    self.bind(now, pending, is_open, own, seconds, random)
                }
                // The registrar lists what it holds, and ours is not among it.
                _ => {
                    self.held(pending.sent, &pending.scope, &pending.registration, 0);
                    self.unbind(pending)
                }
            },
        };
        self.end_attempt(pending.flow, &pending.scope);
        self.tidy(&pending.scope);
        // What a query is told is what the registrar says, not what we remember.
        let vouched = (pending.claim.wish == Wish::Query).then_some(response);
        let address_of_record = &pending.claim.key.address_of_record;
        Granted {
            contacts: self.contacts(now, pending.flow, address_of_record, vouched),
            outbound,
            change,
        }
    }

    /// The registrar said nothing. What was to be forgotten may be forgotten: nothing is absorbed until it is granted anew.
    pub fn unanswered(&mut self, pending: &Pending) {
        let scopes: Vec<Key> = match &pending.claim.wish {
            Wish::Unbind { .. } if !pending.only_proof => vec![pending.scope.clone()],
            Wish::UnbindAll => {
                let all = self.scopes(&pending.claim.key.address_of_record);
                all.cloned().collect()
            }
            _ => Vec::new(),
        };
        for scope in scopes {
            if let Some(registration) = self.registrations.get_mut(&scope) {
                registration.leaving = Some(registration.cseq);
            }
        }
        self.refused(pending, false);
    }

    /// The registrar refused: what was tried is given up, unless its sender tries again with credentials.
    pub fn refused(&mut self, pending: &Pending, is_challenge: bool) {
        if !is_challenge {
            self.end_attempt(pending.flow, &pending.scope);
            self.tidy(&pending.scope);
        }
    }

    fn bind(
        &mut self,
        now: Time,
        pending: &Pending,
        is_open: bool,
        own: Own<'_>,
        seconds: u32,
        random: &mut Random,
    ) -> Change {
        let key = &pending.claim.key;
        let cseq = pending.registration.cseq;
        let known = self.by_key.get(key);
        let refreshed = known.is_some_and(|bound| bound.flow == Some(pending.flow));
        let is_old =
            known.is_some_and(|bound| bound.scope == pending.scope && bound.granted_cseq > cseq);
        let registration = self.registrations.get(&pending.scope);
        let is_undone = registration.is_some_and(|known| {
            known.call_id == pending.registration.call_id
                && known.granted_cseq > cseq
                && known.until.is_none()
        });
        if is_old || is_undone {
            return Change::Nothing;
        }
        let token = match known {
            Some(bound) if bound.scope == pending.scope => bound.token.clone(),
            // What stands at the registrar leads to all who share it; each has a name of its own besides.
            _ if pending.mode == Mode::AddressOfRecord => random.token(TOKEN_LENGTH),
            _ if self.by_token.contains_key(pending.token()) => random.token(TOKEN_LENGTH),
            _ => pending.token().to_owned(),
        };
        if known.is_none() {
            self.make_room(&key.address_of_record);
        }
        self.held(pending.sent, &pending.scope, &pending.registration, seconds);
        let promised = pending.promised.unwrap_or(seconds).min(seconds);
        let expires = shaved(promised, pending.shave);
        let binding = Binding {
            token: token.clone(),
            address_of_record: key.address_of_record.clone(),
            device: key.device.clone(),
            contact: own.raw.to_owned(),
            uri: own.contact.uri.clone(),
            flow: is_open.then_some(pending.flow),
            expires: now + Duration::from_secs(u64::from(expires)),
            since: now,
            preference: preference(own.contact),
            push: Push::of(own.contact),
            gruu: own.gruu,
            outbound: own.outbound,
            scope: pending.scope.clone(),
            granted_cseq: cseq,
        };
        self.insert(key.clone(), binding);
        Change::Bound {
            token,
            expires,
            refreshed,
        }
    }

    fn unbind(&mut self, pending: &Pending) -> Change {
        let key = &pending.claim.key;
        let newer = self.by_key.get(key).is_some_and(|bound| {
            bound.scope == pending.scope && bound.granted_cseq > pending.registration.cseq
        });
        if newer {
            return Change::Nothing;
        }
        self.gone(self.by_key.contains_key(key).then(|| key.clone()))
    }

    fn unbind_all(&mut self, address_of_record: &str) -> Change {
        let keys: Vec<Key> = self.devices(address_of_record).cloned().collect();
        let scopes: Vec<Key> = self.scopes(address_of_record).cloned().collect();
        for scope in scopes {
            // What was sent before it and is answered after it is no proof of what stands now.
            if let Some(registration) = self.registrations.get_mut(&scope) {
                registration.leaving = Some(registration.cseq);
            }
        }
        let gone = self.gone(keys);
        if let Change::Unbound(bindings) = &gone {
            for binding in bindings {
                if let Some(registration) = self.registrations.get_mut(&binding.scope)
                    && let Some(until) = registration.until.take()
                {
                    self.by_until.remove(&(until, binding.scope.clone()));
                }
                self.tidy(&binding.scope);
            }
        }
        gone
    }

    fn gone(&mut self, keys: impl IntoIterator<Item = Key>) -> Change {
        let gone: Vec<Binding> = keys
            .into_iter()
            .filter_map(|key| self.remove(&key))
            .collect();
        if gone.is_empty() {
            Change::Nothing
        } else {
            Change::Unbound(gone)
        }
    }

    /// What this flow's browser holds of the address-of-record, and nobody else's; of that only what `vouched` lists.
    pub(crate) fn contacts(
        &self,
        now: Time,
        flow: Flow,
        address_of_record: &str,
        vouched: Option<&Response>,
    ) -> Vec<String> {
        let listed = vouched.map(|response| response.headers.contacts().unwrap_or_default());
        let is_listed = |binding: &Binding| {
            let Some(listed) = &listed else {
                return true;
            };
            let token = self.registrations.get(&binding.scope);
            let token = token.map(|registration| registration.token.as_str());
            listed.iter().any(|contact| {
                (contact.uri.user.is_some() && contact.uri.user.as_deref() == token)
                    || is_own(&contact.uri, &binding.uri)
            })
        };
        self.devices(address_of_record)
            .filter_map(|key| self.by_key.get(key))
            .filter(|binding| binding.flow == Some(flow) && is_listed(binding))
            .map(|binding| {
                let left = binding.expires.since(now).as_secs();
                binding.told(left)
            })
            .collect()
    }

    fn make_room(&mut self, address_of_record: &str) {
        self.forget_idle(address_of_record);
        if self.devices(address_of_record).count() < MAX_DEVICES {
            return;
        }
        let stale = self
            .devices(address_of_record)
            .filter_map(|key| self.by_key.get(key).map(|binding| (key, binding)))
            .filter(|(_, binding)| binding.flow.is_none())
            .min_by_key(|(_, binding)| binding.expires)
            .map(|(key, _)| key.clone());
        if let Some(binding) = stale.and_then(|key| self.remove(&key)) {
            self.forget_idle(address_of_record);
            self.tidy(&binding.scope);
        }
    }

    /// What the registrar holds for browsers that are gone is remembered for the sake of who comes back, and only of so many.
    fn forget_idle(&mut self, address_of_record: &str) {
        let idle =
            |key: &&Key| self.in_scope(key).next().is_none() && !self.others_attempt(NOBODY, key);
        let mut scopes: Vec<Key> = self
            .scopes(address_of_record)
            .filter(idle)
            .cloned()
            .collect();
        let surplus = scopes.len().saturating_sub(MAX_DEVICES);
        scopes.sort_by_key(|key| self.registrations.get(key).and_then(|held| held.until));
        for scope in scopes.into_iter().take(surplus) {
            if let Some(registration) = self.registrations.get_mut(&scope)
                && let Some(until) = registration.until.take()
            {
                self.by_until.remove(&(until, scope.clone()));
            }
            self.tidy(&scope);
        }
    }
}

/// No flow of anyone.
const NOBODY: Flow = Flow::Connection(u64::MAX);

/// What a browser wrote and got.
struct Own<'a> {
    raw: &'a str,
    contact: &'a NameAddr,
    outbound: bool,
    gruu: Gruu,
}

impl Binding {
    /// Its Contact for a 200 to the browser.
    fn told(&self, seconds: u64) -> String {
        let mut told = with_expires(&self.contact, seconds);
        for (name, value) in [
            ("pub-gruu", &self.gruu.public),
            ("temp-gruu", &self.gruu.temporary),
        ] {
            if let Some(value) = value {
                told.push_str(&format!(";{name}=\"{value}\""));
            }
        }
        told
    }
}

/// What the registrar granted to our token; `None` if it lists Contacts and ours is not among them.
fn seconds(pending: &Pending, response: &Response) -> Option<u32> {
    let contacts = response.headers.contacts().unwrap_or_default();
    let of_message = response.headers.expires().ok().flatten();
    let granted = if contacts.is_empty() {
        // RFC 3261 §10.3 step 8 demands the list; registrars exist that answer with Expires alone.
        of_message
    } else {
        let ours = contacts.iter().find(|contact| is_ours(pending, contact))?;
        ours.params
            .value("expires")
            .and_then(|seconds| seconds.parse().ok())
            .or(of_message)
    };
    let asked = match (&pending.claim.wish, pending.asked_upward) {
        (_, Some(seconds)) => Some(seconds),
        (Wish::Bind { expires, .. }, None) => *expires,
        _ => None,
    };
    Some(
        granted
            .or(asked)
            .unwrap_or(DEFAULT_EXPIRES)
            .min(MAX_EXPIRES),
    )
}

fn is_ours(pending: &Pending, contact: &NameAddr) -> bool {
    let own = match &pending.claim.wish {
        Wish::Bind { contact, .. } | Wish::Unbind { contact, .. } => contact,
        Wish::Query | Wish::UnbindAll => return false,
    };
    if pending.path {
        is_own(&contact.uri, &own.uri)
    } else {
        contact.uri.user.as_deref() == Some(pending.token())
    }
}

/// A browser's own URI, as a registrar may write it: user and host are drawn by chance, and tell enough.
fn is_own(listed: &sip_message::Uri, own: &sip_message::Uri) -> bool {
    own.user.is_some() && listed.user == own.user && listed.host == own.host
}

/// RFC 5627 §5.4: what the registrar calls this binding; only for who can use it.
fn gruu(pending: &Pending, response: &Response) -> Gruu {
    if !pending.claim.supports.gruu || pending.mode == Mode::AddressOfRecord {
        return Gruu::default();
    }
    let contacts = response.headers.contacts().unwrap_or_default();
    let Some(ours) = contacts.iter().find(|contact| is_ours(pending, contact)) else {
        return Gruu::default();
    };
    let of = |name| {
        let value = ours.params.value(name)?;
        // It goes into quotes as it is.
        let is_uri = value.parse::<sip_message::Uri>().is_ok();
        (is_uri && !value.contains(['"', '\\'])).then(|| value.to_owned())
    };
    Gruu {
        public: of("pub-gruu"),
        temporary: of("temp-gruu"),
    }
}

/// `q` in thousandths.
fn preference(contact: &NameAddr) -> u16 {
    /// RFC 3261 §20.10: three digits.
    const WHOLE: u16 = 1000;
    let Some(q) = contact.params.value("q") else {
        return WHOLE;
    };
    let mut parts = q.splitn(2, '.');
    if parts.next().map(str::trim) != Some("0") {
        return WHOLE;
    }
    let digits: String = parts
        .next()
        .unwrap_or_default()
        .chars()
        .chain("000".chars())
        .take(3)
        .collect();
    digits.parse().unwrap_or(WHOLE)
}

/// A Contact as written, with `expires` in the place of the one it had. Written anew only where it had one.
fn with_expires(raw: &str, seconds: u64) -> String {
    match raw.parse::<NameAddr>() {
        Ok(mut contact) if contact.params.has("expires") => {
            contact.params.set("expires", Some(&seconds.to_string()));
            contact.to_string()
        }
        _ => format!("{raw};expires={seconds}"),
    }
}
