//! Our registrations with the registrar: each a Call-ID, a growing CSeq and a token, kept while somebody needs it.

use crate::{Bindings, Key};
use proto_base::{Flow, Random, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// 143 bits: a token cannot be guessed, so an address inside is no way to a browser for who has not seen it.
pub(crate) const TOKEN_LENGTH: usize = 24;
/// Call-IDs and tags need no more than to be unique (RFC 3261 §19.3 asks for 32 bits).
const ID_LENGTH: usize = 20;

/// Our registration with the registrar: its Call-ID and growing CSeq (RFC 3261 §10.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registration {
    /// The user of our Contact, or of our Path.
    pub(crate) token: String,
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    /// Of the last REGISTER sent.
    pub(crate) cseq: u32,
    /// Of the last that was granted: an older one's late 2xx changes nothing.
    pub(crate) granted_cseq: u32,
    /// Until when the registrar holds our Contact; `None` if it does not.
    pub(crate) until: Option<Time>,
    /// Somebody who has proved who he is asked the registrar to forget it, and it may have: nothing is absorbed until the
    /// registrar has granted a REGISTER after this CSeq.
    pub(crate) leaving: Option<u32>,
    /// The registrar answered 439: no more outbound (RFC 5626 §11.6).
    pub(crate) plain: bool,
}

impl Registration {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            token: random.token(TOKEN_LENGTH),
            call_id: random.token(ID_LENGTH),
            from_tag: random.token(ID_LENGTH),
            cseq: 0,
            granted_cseq: 0,
            until: None,
            leaving: None,
            plain: false,
        }
    }
}

impl Bindings {
    /// The registration with which a flow goes up next, its CSeq grown; made if there is none. `most` bounds what a flow may try
    /// at once: the oldest makes way, since a page may try several passwords or users.
    pub(crate) fn next_registration(
        &mut self,
        now: Time,
        flow: Flow,
        scope: &Key,
        most: usize,
        random: &mut Random,
    ) -> Registration {
        let is_bound = self
            .keys_of(flow)
            .filter_map(|key| self.by_key.get(key))
            .any(|binding| binding.scope == *scope);
        if !is_bound {
            self.note_attempt(now, flow, scope, most);
        }
        if !self.registrations.contains_key(scope) {
            let new = Registration::new(random);
            self.scope_of.insert(new.token.clone(), scope.clone());
            self.registrations.insert(scope.clone(), new);
        }
        match self.registrations.get_mut(scope) {
            Some(registration) => {
                registration.cseq = registration.cseq.saturating_add(1);
                registration.clone()
            }
            // It was put there a moment ago.
            None => Registration::new(random),
        }
    }

    fn note_attempt(&mut self, now: Time, flow: Flow, scope: &Key, most: usize) {
        let attempts = self.attempts.entry(flow).or_default();
        let mut gone = None;
        if !attempts.contains_key(scope)
            && attempts.len() >= most.max(1)
            && let Some(oldest) = attempts
                .iter()
                .min_by_key(|(_, last)| **last)
                .map(|(key, _)| key.clone())
        {
            attempts.remove(&oldest);
            gone = Some(oldest);
        }
        attempts.insert(scope.clone(), now);
        self.attempting.insert((scope.clone(), flow));
        if let Some(gone) = gone {
            self.attempting.remove(&(gone.clone(), flow));
            self.tidy(&gone);
        }
    }

    pub(crate) fn end_attempt(&mut self, flow: Flow, scope: &Key) {
        self.attempting.remove(&(scope.clone(), flow));
        if let Some(attempts) = self.attempts.get_mut(&flow) {
            attempts.remove(scope);
            if attempts.is_empty() {
                self.attempts.remove(&flow);
            }
        }
    }

    pub(crate) fn end_attempts(&mut self, flow: Flow) {
        for scope in self.attempts.remove(&flow).unwrap_or_default().into_keys() {
            self.attempting.remove(&(scope.clone(), flow));
            self.tidy(&scope);
        }
    }

    /// Whether another flow tries to get this registration granted.
    pub(crate) fn others_attempt(&self, flow: Flow, scope: &Key) -> bool {
        self.attempting_flows(scope).any(|other| other != flow)
    }

    fn attempting_flows(&self, scope: &Key) -> impl Iterator<Item = Flow> {
        let first = (scope.clone(), Flow::Connection(0));
        let scope = scope.clone();
        self.attempting
            .range(first..)
            .take_while(move |(of, _)| *of == scope)
            .map(|(_, flow)| *flow)
    }

    /// The registrar holds our Contact so long, by the REGISTER of this CSeq that was sent then; zero: no longer.
    pub(crate) fn held(&mut self, sent: Time, scope: &Key, granted: &Registration, seconds: u32) {
        // It may have been given up meanwhile, by a flow that tried too much, and begun anew: what the registrar granted counts.
        let known = self.registrations.get(scope);
        let is_current = known.is_some_and(|known| known.call_id == granted.call_id);
        let registration = self
            .registrations
            .entry(scope.clone())
            .or_insert_with(|| granted.clone());
        if registration.call_id != granted.call_id {
            self.scope_of.remove(&registration.token);
            *registration = Registration {
                until: registration.until,
                ..granted.clone()
            };
        }
        self.scope_of
            .insert(registration.token.clone(), scope.clone());
        registration.cseq = registration.cseq.max(granted.cseq);
        if registration.granted_cseq > granted.cseq {
            return;
        }
        registration.granted_cseq = granted.cseq;
        registration.plain |= granted.plain;
        if let Some(until) = registration.until.take() {
            self.by_until.remove(&(until, scope.clone()));
        }
        if seconds > 0 {
            let until = sent + Duration::from_secs(u64::from(seconds));
            registration.until = Some(until);
            registration.leaving = registration.leaving.filter(|asked| *asked >= granted.cseq);
            if !is_current {
                // What else was asked under this Call-ID since is not known any more.
                registration.leaving = Some(granted.cseq);
            }
            self.by_until.insert((until, scope.clone()));
        }
    }

    /// Forgets a registration that neither stands at the registrar nor is tried, nor has a binding.
    pub(crate) fn tidy(&mut self, scope: &Key) {
        let is_held = self
            .registrations
            .get(scope)
            .is_none_or(|registration| registration.until.is_some());
        if is_held
            || self.attempting_flows(scope).next().is_some()
            || self.in_scope(scope).next().is_some()
        {
            return;
        }
        if let Some(registration) = self.registrations.remove(scope) {
            self.scope_of.remove(&registration.token);
        }
    }

    /// What the registrar no longer holds by now.
    pub(crate) fn expire_registrations(&mut self, now: Time) {
        while let Some((time, scope)) = self.by_until.first().cloned() {
            if time > now {
                break;
            }
            self.by_until.pop_first();
            if let Some(registration) = self.registrations.get_mut(&scope) {
                registration.until = None;
            }
            self.tidy(&scope);
        }
    }

    /// How long a granted registration still stands, in seconds.
    #[cfg(test)]
    pub(crate) fn left_upward(&self, now: Time, scope: &Key) -> Option<u64> {
        let until = self.registrations.get(scope)?.until?;
        Some(until.since(now).as_secs())
    }
}
