//! Who is meant, who is there, and who may speak for whom.

use crate::{Binding, Bindings, Device, Gruu, Key};
use proto_base::Flow;
use sip_message::Uri;

/// Whom a token means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called<'a> {
    /// `user@host`.
    pub address_of_record: &'a str,
    /// One binding for each instance that has a connection, preferred ones first; of an instance's flows the newest
    /// (RFC 5626 §7: no two flows of one instance at once).
    pub reachable: Vec<&'a Binding>,
    /// Those of instances without a connection that can be woken.
    pub asleep: Vec<&'a Binding>,
}

impl Bindings {
    /// The binding that a request of the server means: its Request-URI's user, or its Route's, is our token. For a token that
    /// stands for several, one that is reachable, if any is.
    pub fn find(&self, token: &str) -> Option<&Binding> {
        if let Some(binding) = self
            .by_token
            .get(token)
            .and_then(|key| self.by_key.get(key))
        {
            if binding.flow.is_some() {
                return Some(binding);
            }
            return self
                .newest(&binding.address_of_record, &binding.device)
                .or(Some(binding));
        }
        let scope = self.scope_of.get(token)?;
        let mut inside: Vec<&Binding> = self.in_scope(scope).collect();
        inside.sort_by_key(|one| std::cmp::Reverse(rank(one)));
        inside.into_iter().next()
    }

    /// All whom a token means; `None` if we never gave it, or the registrar has forgotten it.
    pub fn called(&self, token: &str) -> Option<Called<'_>> {
        let (address_of_record, meant): (&str, Vec<&Binding>) = match self
            .by_token
            .get(token)
            .and_then(|key| self.by_key.get_key_value(key))
        {
            Some((key, binding)) => {
                let siblings = self
                    .bound(&key.address_of_record)
                    .filter(|other| other.is_same_instance(binding));
                (&key.address_of_record, siblings.collect())
            }
            None => {
                let scope = self.scope_of.get(token)?;
                let (scope, _) = self.registrations.get_key_value(scope)?;
                (&scope.address_of_record, self.in_scope(scope).collect())
            }
        };
        Some(Called {
            address_of_record,
            reachable: reachable(meant.iter().copied()),
            asleep: asleep(&meant),
        })
    }

    /// Every instance of an address-of-record that has a connection, preferred ones first.
    pub fn of_address_of_record(&self, address_of_record: &str) -> Vec<&Binding> {
        reachable(self.bound(address_of_record))
    }

    /// The binding that a GRUU means (RFC 5627 §5.1), by the name the registrar gave it.
    pub fn of_gruu(&self, uri: &Uri) -> Option<&Binding> {
        self.by_key.get(self.by_gruu.get(&canonical(uri)?)?)
    }

    /// Where the browser with this token is now: on the flow of its binding, or on another of the same instance.
    pub fn flow_of(&self, token: &str) -> Option<Flow> {
        let binding = self.by_key.get(self.by_token.get(token)?)?;
        let newest = self.newest(&binding.address_of_record, &binding.device);
        newest.or(Some(binding))?.flow
    }

    /// Whether this flow's browser has proved to be this address-of-record.
    pub fn has_proved(&self, flow: Flow, address_of_record: &str) -> bool {
        self.of_flow(flow, address_of_record).is_some()
    }

    /// Everyone this flow's browser has proved to be.
    pub fn proved(&self, flow: Flow) -> impl Iterator<Item = String> {
        self.keys_of(flow).map(|key| key.address_of_record.clone())
    }

    /// Whether it has proved to be anyone.
    pub fn has_proved_any(&self, flow: Flow) -> bool {
        self.keys_of(flow).next().is_some()
    }

    /// Whether this flow has proved to be the browser that this token was given to: the same address-of-record, and the same
    /// instance where both are known. Two tabs of one user do not speak for each other.
    pub fn speaks_for(&self, flow: Flow, address_of_record: &str, token: &str) -> bool {
        let mut here = self
            .keys_of(flow)
            .filter(|key| key.address_of_record == address_of_record);
        let Some(meant) = self
            .by_token
            .get(token)
            .and_then(|key| self.by_key.get(key))
        else {
            // Its binding is gone; who it was is all that is left.
            return here.next().is_some();
        };
        here.any(
            |key| match (meant.device.instance(), key.device.instance()) {
                (Some(meant), Some(here)) => meant == here,
                // Without names for both, whoever has proved the user may take up what nobody holds any more.
                _ => key.device == meant.device || meant.flow.is_none(),
            },
        )
    }

    /// The binding by which a flow has proved an address-of-record.
    pub fn of_flow(&self, flow: Flow, address_of_record: &str) -> Option<&Binding> {
        let key = self
            .keys_of(flow)
            .find(|key| key.address_of_record == address_of_record)?;
        self.by_key.get(key)
    }

    /// Of an instance's flows the newest.
    fn newest(&self, address_of_record: &str, device: &Device) -> Option<&Binding> {
        let instance = device.instance()?;
        self.bound(address_of_record)
            .filter(|other| other.flow.is_some() && other.device.instance() == Some(instance))
            .max_by_key(|other| other.since)
    }

    pub(crate) fn keys_of(&self, flow: Flow) -> impl Iterator<Item = &Key> {
        self.by_flow
            .range((flow, lowest(""))..)
            .take_while(move |(of, _)| *of == flow)
            .map(|(_, key)| key)
    }

    pub(crate) fn devices(&self, address_of_record: &str) -> impl Iterator<Item = &Key> {
        let wanted = address_of_record.to_owned();
        self.by_key
            .range(lowest(address_of_record)..)
            .map(|(key, _)| key)
            .take_while(move |key| key.address_of_record == wanted)
    }

    pub(crate) fn scopes(&self, address_of_record: &str) -> impl Iterator<Item = &Key> {
        let wanted = address_of_record.to_owned();
        self.registrations
            .range(lowest(address_of_record)..)
            .map(|(key, _)| key)
            .take_while(move |key| key.address_of_record == wanted)
    }

    fn bound(&self, address_of_record: &str) -> impl Iterator<Item = &Binding> {
        self.devices(address_of_record)
            .filter_map(|key| self.by_key.get(key))
    }

    pub(crate) fn in_scope(&self, scope: &Key) -> impl Iterator<Item = &Binding> {
        let wanted = scope.clone();
        self.bound(&scope.address_of_record)
            .filter(move |binding| binding.scope == wanted)
    }
}

impl Binding {
    fn is_same_instance(&self, other: &Binding) -> bool {
        match (self.device.instance(), other.device.instance()) {
            (Some(one), Some(two)) => one == two,
            _ => self.token == other.token,
        }
    }
}

fn rank(binding: &Binding) -> (bool, u16, proto_base::Time) {
    (binding.flow.is_some(), binding.preference, binding.since)
}

fn reachable<'a>(all: impl Iterator<Item = &'a Binding>) -> Vec<&'a Binding> {
    let mut found: Vec<&Binding> = Vec::new();
    for binding in all.filter(|binding| binding.flow.is_some()) {
        match found
            .iter_mut()
            .find(|other| other.is_same_instance(binding))
        {
            Some(other) if other.since < binding.since => *other = binding,
            Some(_) => {}
            None => found.push(binding),
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(rank(one)));
    found
}

fn asleep<'a>(all: &[&'a Binding]) -> Vec<&'a Binding> {
    let mut found: Vec<&Binding> = Vec::new();
    for binding in all.iter().filter(|binding| binding.push.is_some()) {
        let is_awake = all
            .iter()
            .any(|other| other.flow.is_some() && other.is_same_instance(binding));
        if !is_awake && !found.iter().any(|other| other.push == binding.push) {
            found.push(binding);
        }
    }
    found
}

/// Below every key of an address-of-record.
fn lowest(address_of_record: &str) -> Key {
    Key {
        address_of_record: address_of_record.to_owned(),
        device: Device::Instance {
            instance: String::new(),
            reg_id: String::new(),
        },
    }
}

impl Gruu {
    pub(crate) fn canonical(&self) -> Vec<String> {
        [&self.public, &self.temporary]
            .into_iter()
            .flatten()
            .filter_map(|gruu| canonical(&gruu.parse().ok()?))
            .collect()
    }
}

/// A GRUU is told by its user, its host and `gr` (RFC 5627 §5.1); by nothing else.
fn canonical(uri: &Uri) -> Option<String> {
    let grid = uri.params.get("gr")?.unwrap_or_default();
    Some(format!("{};gr={grid}", uri.address_of_record()))
}
