//! The registrar's 2xx: the only thing that binds, moves or removes.

use crate::{Binding, Bindings, Device, Key, Pending, Wish};
use proto_base::Time;
use sip_message::{NameAddr, Response};
use std::time::Duration;

/// Where neither the registrar nor the browser names a time (RFC 3261 §10.2.1.1 leaves it to the registrar).
const DEFAULT_EXPIRES: u32 = 3600;
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
    ) -> Granted {
        if !response.status.is_success() {
            return Granted {
                contacts: Vec::new(),
                change: Change::Nothing,
            };
        }
        let change = match &pending.claim.wish {
            Wish::Query => Change::Nothing,
            Wish::UnbindAll => self.unbind_all(&pending.claim.key.address_of_record),
            Wish::Unbind { .. } => self.unbind(pending),
            Wish::Bind {
                raw,
                contact,
                expires,
            } => match seconds(pending, response, *expires) {
                Some(seconds) if seconds > 0 => {
                    self.bind(now, pending, is_open, (raw, contact), seconds)
                }
                // The registrar lists what it holds, and ours is not among it.
                _ => self.unbind(pending),
            },
        };
        Granted {
            contacts: self.contacts(now, pending),
            change,
        }
    }

    fn bind(
        &mut self,
        now: Time,
        pending: &Pending,
        is_open: bool,
        (raw, contact): (&str, &NameAddr),
        seconds: u32,
    ) -> Change {
        let key = &pending.claim.key;
        let mut registration = pending.registration.clone();
        let mut refreshed = false;
        if let Some(bound) = self.by_key.get(key) {
            let same = bound.registration.call_id == registration.call_id;
            if same && bound.granted_cseq > registration.cseq {
                return Change::Nothing;
            }
            if same {
                registration.cseq = registration.cseq.max(bound.registration.cseq);
            }
            refreshed = bound.flow == Some(pending.flow);
        } else {
            self.make_room(&key.address_of_record);
        }
        if let Some(attempts) = self.attempts.get_mut(&pending.flow) {
            attempts.remove(key);
            if attempts.is_empty() {
                self.attempts.remove(&pending.flow);
            }
        }
        let binding = Binding {
            token: registration.token.clone(),
            address_of_record: key.address_of_record.clone(),
            contact: raw.to_owned(),
            uri: contact.uri.clone(),
            flow: is_open.then_some(pending.flow),
            expires: now + Duration::from_secs(u64::from(seconds)),
            granted_cseq: pending.registration.cseq,
            registration,
        };
        self.insert(key.clone(), binding);
        Change::Bound {
            expires: seconds,
            refreshed,
        }
    }

    fn unbind(&mut self, pending: &Pending) -> Change {
        let key = &pending.claim.key;
        let newer = self.by_key.get(key).is_some_and(|bound| {
            bound.registration.call_id == pending.registration.call_id
                && bound.granted_cseq > pending.registration.cseq
        });
        if newer {
            return Change::Nothing;
        }
        self.gone(self.by_key.contains_key(key).then(|| key.clone()))
    }

    fn unbind_all(&mut self, address_of_record: &str) -> Change {
        let keys: Vec<Key> = self.devices(address_of_record).cloned().collect();
        self.gone(keys)
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

    /// What this flow's browser holds of the address-of-record, and nobody else's.
    fn contacts(&self, now: Time, pending: &Pending) -> Vec<String> {
        self.devices(&pending.claim.key.address_of_record)
            .filter_map(|key| self.by_key.get(key))
            .filter(|binding| binding.flow == Some(pending.flow))
            .map(|binding| {
                let left = binding.expires.since(now).as_secs();
                with_expires(&binding.contact, left)
            })
            .collect()
    }

    fn devices(&self, address_of_record: &str) -> impl Iterator<Item = &Key> {
        let lowest = Key {
            address_of_record: address_of_record.to_owned(),
            device: Device::Instance {
                instance: String::new(),
                reg_id: String::new(),
            },
        };
        let wanted = address_of_record.to_owned();
        self.by_key
            .range(lowest..)
            .map(|(key, _)| key)
            .take_while(move |key| key.address_of_record == wanted)
    }

    fn make_room(&mut self, address_of_record: &str) {
        if self.devices(address_of_record).count() < MAX_DEVICES {
            return;
        }
        let stale = self
            .devices(address_of_record)
            .filter_map(|key| self.by_key.get(key).map(|binding| (key, binding)))
            .filter(|(_, binding)| binding.flow.is_none())
            .min_by_key(|(_, binding)| binding.expires)
            .map(|(key, _)| key.clone());
        if let Some(key) = stale {
            self.remove(&key);
        }
    }
}

/// What the registrar granted to our token; `None` if it lists Contacts and ours is not among them.
fn seconds(pending: &Pending, response: &Response, asked: Option<u32>) -> Option<u32> {
    let contacts = response.headers.contacts().unwrap_or_default();
    let of_message = response.headers.expires().ok().flatten();
    let granted = if contacts.is_empty() {
        // RFC 3261 §10.3 step 8 demands the list; registrars exist that answer with Expires alone.
        of_message
    } else {
        let ours = contacts
            .iter()
            .find(|contact| contact.uri.user.as_deref() == Some(pending.token()))?;
        ours.params
            .value("expires")
            .and_then(|seconds| seconds.parse().ok())
            .or(of_message)
    };
    Some(
        granted
            .or(asked)
            .unwrap_or(DEFAULT_EXPIRES)
            .min(MAX_EXPIRES),
    )
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
