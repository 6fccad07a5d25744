use crate::binding::{Binding, Key};
use crate::prepare::Attempt;
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// All bindings, found by token, by key and by flow, and the registrations that are only attempts yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bindings {
    pub(crate) by_key: BTreeMap<Key, Binding>,
    pub(crate) by_token: BTreeMap<String, Key>,
    /// The bindings that have a flow.
    pub(crate) by_flow: BTreeSet<(Flow, Key)>,
    pub(crate) by_expiry: BTreeSet<(Time, Key)>,
    /// What a flow tries and has not been granted.
    pub(crate) attempts: BTreeMap<Flow, BTreeMap<Key, Attempt>>,
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

    /// The binding that a request of the server means: its Request-URI's user is our token.
    pub fn find(&self, token: &str) -> Option<&Binding> {
        self.by_key.get(self.by_token.get(token)?)
    }

    /// Whether this flow's browser has proved to be this address-of-record.
    pub fn has_proved(&self, flow: Flow, address_of_record: &str) -> bool {
        self.of_flow(flow, address_of_record).is_some()
    }

    /// Whether it has proved to be anyone.
    pub fn has_proved_any(&self, flow: Flow) -> bool {
        self.keys_of(flow).next().is_some()
    }

    /// The binding by which a flow has proved an address-of-record.
    pub fn of_flow(&self, flow: Flow, address_of_record: &str) -> Option<&Binding> {
        let key = self
            .keys_of(flow)
            .find(|key| key.address_of_record == address_of_record)?;
        self.by_key.get(key)
    }

    /// The connection is gone: its bindings lead nowhere until the browser comes back, and what it tried is forgotten.
    /// Gives the addresses-of-record that became unreachable.
    pub fn flow_closed(&mut self, flow: Flow) -> Vec<String> {
        self.attempts.remove(&flow);
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

    /// When the next binding ends.
    pub fn deadline(&self) -> Option<Time> {
        self.by_expiry.first().map(|(time, _)| *time)
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
        ended
    }

    pub(crate) fn keys_of(&self, flow: Flow) -> impl Iterator<Item = &Key> {
        let lowest = Key {
            address_of_record: String::new(),
            device: crate::Device::Instance {
                instance: String::new(),
                reg_id: String::new(),
            },
        };
        self.by_flow
            .range((flow, lowest)..)
            .take_while(move |(of, _)| *of == flow)
            .map(|(_, key)| key)
    }

    pub(crate) fn insert(&mut self, key: Key, binding: Binding) {
        self.remove(&key);
        self.by_token.insert(binding.token.clone(), key.clone());
        self.by_expiry.insert((binding.expires, key.clone()));
        if let Some(flow) = binding.flow {
            self.by_flow.insert((flow, key.clone()));
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
        Some(binding)
    }
}
