use crate::binding::{Binding, Key};
use crate::registration::Registration;
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// All bindings, found by token, by key and by flow, and our registrations with the registrar, granted or only tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    pub(crate) by_key: BTreeMap<Key, Binding>,
    pub(crate) by_token: BTreeMap<String, Key>,
    /// The bindings that have a flow.
    pub(crate) by_flow: BTreeSet<(Flow, Key)>,
    pub(crate) by_expiry: BTreeSet<(Time, Key)>,
    /// What the registrar called them, canonical.
    pub(crate) by_gruu: BTreeMap<String, Key>,

    /// By what shares one Contact at the registrar.
    pub(crate) registrations: BTreeMap<Key, Registration>,
    pub(crate) scope_of: BTreeMap<String, Key>,
    pub(crate) by_until: BTreeSet<(Time, Key)>,
    /// What a flow tries and has not been granted, and when it last did.
    pub(crate) attempts: BTreeMap<Flow, BTreeMap<Key, Time>>,
    pub(crate) attempting: BTreeSet<(Key, Flow)>,
}

impl Bindings {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there are, with and without a flow.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The connection is gone: its bindings lead nowhere until the browser comes back, and what it tried is forgotten.
    /// Gives the addresses-of-record that became unreachable.
    pub fn flow_closed(&mut self, flow: Flow) -> Vec<String> {
        self.end_attempts(flow);
        let keys: Vec<Key> = self.keys_of(flow).cloned().collect();
        let mut unreachable = Vec::new();
        for key in keys {
            if let Some(binding) = self.by_key.get_mut(&key) {
                binding.flow = None;
                unreachable.push(binding.address_of_record.clone());
            }
            self.by_flow.remove(&(flow, key));
        }
        unreachable
    }

    /// When the next binding, or registration without one, ends.
    pub fn deadline(&self) -> Option<Time> {
        let binding = self.by_expiry.first().map(|(time, _)| *time);
        let registration = self.by_until.first().map(|(time, _)| *time);
        [binding, registration].into_iter().flatten().min()
    }

    /// Forgets what ended by now, and gives it.
    pub fn expire(&mut self, now: Time) -> Vec<Binding> {
        let mut ended = Vec::new();
        while let Some((time, key)) = self.by_expiry.first().cloned() {
            if time > now {
                break;
            }
            self.by_expiry.pop_first();
            ended.extend(self.remove(&key));
        }
        self.expire_registrations(now);
        for binding in &ended {
            self.tidy(&binding.scope);
        }
        ended
    }

    pub(crate) fn insert(&mut self, key: Key, binding: Binding) {
        self.remove(&key);
        self.by_token.insert(binding.token.clone(), key.clone());
        self.by_expiry.insert((binding.expires, key.clone()));
        if let Some(flow) = binding.flow {
            self.by_flow.insert((flow, key.clone()));
        }
        for gruu in binding.gruu.canonical() {
            self.by_gruu.insert(gruu, key.clone());
        }
        self.by_key.insert(key, binding);
    }

    pub(crate) fn remove(&mut self, key: &Key) -> Option<Binding> {
        let binding = self.by_key.remove(key)?;
        self.by_token.remove(&binding.token);
        self.by_expiry.remove(&(binding.expires, key.clone()));
        if let Some(flow) = binding.flow {
            self.by_flow.remove(&(flow, key.clone()));
        }
        for gruu in binding.gruu.canonical() {
            if self.by_gruu.get(&gruu) == Some(key) {
                self.by_gruu.remove(&gruu);
            }
        }
        Some(binding)
    }

    /// Its time is new, and nothing else.
    pub(crate) fn prolong(&mut self, key: &Key, now: Time, expires: Time) {
        if let Some(binding) = self.by_key.get_mut(key) {
            self.by_expiry.remove(&(binding.expires, key.clone()));
            self.by_expiry.insert((expires, key.clone()));
            binding.expires = expires;
            binding.since = now;
        }
    }
}
