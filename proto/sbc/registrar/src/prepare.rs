//! Before the registrar has spoken, and where it need not.

use crate::registration::Registration;
use crate::terms::{MARGIN, Mode, shaved};
use crate::{Bindings, Change, Claim, Granted, Key, Terms, Wish};
use proto_base::{Flow, Random, Time};
use serde::{Deserialize, Serialize};
use sip_message::NameAddr;
use std::time::Duration;

/// What becomes of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It goes up.
    Upward(Box<Pending>),
    /// The registrar has vouched for it already: 200, and nothing goes up.
    Absorbed(Granted),
}

/// A REGISTER under way, to be handed back with its response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was asked for.
    pub claim: Claim,
    /// By whom.
    pub flow: Flow,
    /// When it went up: what the registrar grants counts from then, at the earliest.
    pub(crate) sent: Time,
    pub(crate) scope: Key,
    pub(crate) registration: Registration,
    pub(crate) mode: Mode,
    /// By Path, with the browser's own Contact.
    pub(crate) path: bool,
    pub(crate) features: bool,
    pub(crate) show_push: bool,
    /// Seconds to ask for; `None`: as the browser wrote it.
    pub(crate) asked_upward: Option<u32>,
    /// Seconds for the browser, at most; `None`: as many as the registrar grants.
    pub(crate) promised: Option<u32>,
    /// Per cent to take off them.
    pub(crate) shave: u8,
    /// The browser unbinds itself while others stand behind the same Contact: what goes up keeps it, and the registrar's 2xx only
    /// proves who asks.
    pub(crate) only_proof: bool,
}

/// Why a REGISTER does not even go up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprepared {
    /// The flow holds as many bindings as it may: 403.
    Full,
    /// Less than so many seconds are not granted: 423 (RFC 3261 §10.3 step 7).
    TooBrief(u32),
}

impl Bindings {
    /// Finds or makes the registration with which a claim goes up, unless it may be answered here: a refresh on the very flow that
    /// its 2xx went to, while the registrar's binding outlives what is promised.
    pub fn prepare(
        &mut self,
        now: Time,
        flow: Flow,
        claim: Claim,
        terms: &Terms,
        random: &mut Random,
    ) -> Result<Prepared, Unprepared> {
        if let Wish::Bind { expires, .. } = &claim.wish {
            if expires.is_some_and(|asked| asked < terms.min_expires) {
                return Err(Unprepared::TooBrief(terms.min_expires));
            }
            let is_held = self.by_flow.contains(&(flow, claim.key.clone()));
            if !is_held && self.keys_of(flow).count() >= terms.most {
                return Err(Unprepared::Full);
            }
        }
        let scope = terms.scope(&claim.key);
        if let Some(granted) = self.absorb(now, flow, &claim, &scope, terms, random) {
            return Ok(Prepared::Absorbed(granted));
        }
        let unbinds = matches!(claim.wish, Wish::Unbind { .. });
        let only_proof =
            unbinds && terms.mode != Mode::Mirror && self.is_shared(flow, &claim.key, &scope);
        if !only_proof {
            self.note_leaving(flow, &claim, &scope);
        }
        let registration = self.next_registration(now, flow, &scope, terms.most, random);
        let (asked_upward, promised) = match (&claim.wish, terms.mode) {
            (Wish::Bind { expires, .. }, Mode::Contact | Mode::AddressOfRecord) => (
                Some(terms.asked_upward(*expires)),
                Some(terms.promised(*expires)),
            ),
            (Wish::Unbind { .. }, _) if only_proof => (Some(terms.asked_upward(None)), None),
            _ => (None, None),
        };
        Ok(Prepared::Upward(Box::new(Pending {
            claim,
            flow,
            sent: now,
            scope,
            registration,
            mode: terms.mode,
            path: terms.has_path(),
            features: terms.features,
            show_push: terms.show_push,
            asked_upward,
            promised: promised.or(Some(terms.max_expires.max(terms.min_expires))),
            shave: terms.shave(random),
            only_proof,
        })))
    }

    fn absorb(
        &mut self,
        now: Time,
        flow: Flow,
        claim: &Claim,
        scope: &Key,
        terms: &Terms,
        random: &mut Random,
    ) -> Option<Granted> {
        if terms.mode == Mode::Mirror {
            return None;
        }
        let binding = self.by_key.get(&claim.key)?;
        // The connection is the proof: its 2xx came from the registrar, and nobody else can speak on it.
        if binding.flow != Some(flow) || binding.scope != *scope {
            return None;
        }
        let change = match &claim.wish {
            Wish::Bind {
                contact, expires, ..
            } => {
                let registration = self.registrations.get(scope)?;
                let until = registration.until?;
                let promised = terms.promised(*expires);
                let end = now + Duration::from_secs(u64::from(promised)) + MARGIN;
                if registration.leaving.is_some() || end > until || !same(&binding.contact, contact)
                {
                    return None;
                }
                let expires = shaved(promised, terms.shave(random));
                let token = binding.token.clone();
                let end = now + Duration::from_secs(u64::from(expires));
                self.prolong(&claim.key, now, end);
                Change::Bound {
                    token,
                    expires,
                    refreshed: true,
                }
            }
            Wish::Unbind { .. } if self.is_shared(flow, &claim.key, scope) => {
                Change::Unbound(self.remove(&claim.key).into_iter().collect())
            }
            _ => return None,
        };
        Some(Granted {
            contacts: self.contacts(now, flow, &claim.key.address_of_record, None),
            outbound: false,
            change,
        })
    }

    /// Whether others stand behind the same Contact, or ask to: it must not be taken from them.
    fn is_shared(&self, flow: Flow, key: &Key, scope: &Key) -> bool {
        let mut others = self
            .in_scope(scope)
            .filter(|binding| binding.device != key.device);
        others.next().is_some() || self.others_attempt(flow, scope)
    }

    /// What a proved browser asks the registrar to forget may be forgotten before we hear of it.
    fn note_leaving(&mut self, flow: Flow, claim: &Claim, scope: &Key) {
        let scopes: Vec<Key> = match claim.wish {
            Wish::Unbind { .. } if self.by_flow.contains(&(flow, claim.key.clone())) => {
                vec![scope.clone()]
            }
            Wish::UnbindAll => self
                .keys_of(flow)
                .filter(|key| key.address_of_record == claim.key.address_of_record)
                .filter_map(|key| self.by_key.get(key))
                .map(|binding| binding.scope.clone())
                .collect(),
            _ => return,
        };
        for scope in scopes {
            if let Some(registration) = self.registrations.get_mut(&scope) {
                // The next REGISTER is the one.
                registration.leaving = Some(registration.cseq.saturating_add(1));
            }
        }
    }

    /// The registrar answered 439: the first hop does not speak outbound. The same once more without it (RFC 5626 §11.6);
    /// `None` if it was without already.
    pub fn without_outbound(&mut self, pending: &Pending) -> Option<Pending> {
        if pending.registration.plain {
            return None;
        }
        let mut again = pending.clone();
        again.registration.plain = true;
        again.registration.cseq = again.registration.cseq.saturating_add(1);
        if let Some(known) = self.registrations.get_mut(&pending.scope) {
            known.plain = true;
            known.cseq = known.cseq.max(again.registration.cseq);
            again.registration.cseq = known.cseq;
        }
        Some(again)
    }
}

/// Whether a Contact says what it said before, whatever time it asks for.
fn same(before: &str, now: &NameAddr) -> bool {
    let timeless = |contact: &NameAddr| {
        let mut contact = contact.clone();
        contact.params.remove("expires");
        contact
    };
    before
        .parse::<NameAddr>()
        .is_ok_and(|before| timeless(&before) == timeless(now))
}
