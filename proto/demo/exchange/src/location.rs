use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::NameAddr;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Contacts of one user: a desk telephone, a mobile, some browser tabs. One more, and the oldest goes.
pub(crate) const CONTACTS_PER_USER: usize = 10;

/// Who is registered where (RFC 3261 §10).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Location {
    /// By user; the newest last, never empty.
    bindings: BTreeMap<String, Vec<Binding>>,
}

/// One contact of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) contact: NameAddr,
    /// Which REGISTER set it last (§10.3 step 7).
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) until: Time,
    /// Where that REGISTER came from: the way to a contact whose host is no address.
    pub(crate) source: SocketAddr,
    /// RFC 3327: the proxies to pass on the way.
    pub(crate) path: Vec<NameAddr>,
}

impl Binding {
    /// The same telephone: the same URI, or the same instance and registration number (RFC 5626 §4.2).
    pub(crate) fn is_of(&self, contact: &NameAddr) -> bool {
        let instance = |of: &NameAddr| {
            let instance = of.params.value("+sip.instance")?.to_owned();
            Some((instance, of.params.value("reg-id").map(str::to_owned)))
        };
        let same_instance = instance(contact).is_some_and(|it| instance(&self.contact) == Some(it));
        same_instance || self.contact.uri.is_equivalent(&contact.uri)
    }
}

impl Location {
    pub(crate) fn of(&self, user: &str) -> &[Binding] {
        self.bindings.get(user).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn newest(&self, user: &str) -> Option<&Binding> {
        self.of(user).last()
    }

    /// Puts a binding in the place of that of the same telephone.
    pub(crate) fn bind(&mut self, user: &str, binding: Binding) {
        self.unbind(user, &binding.contact);
        let all = self.bindings.entry(user.to_owned()).or_default();
        if all.len() >= CONTACTS_PER_USER {
            all.remove(0);
        }
        all.push(binding);
    }

    pub(crate) fn unbind(&mut self, user: &str, contact: &NameAddr) {
        self.keep(user, |binding| !binding.is_of(contact));
    }

    pub(crate) fn unbind_all(&mut self, user: &str) {
        self.bindings.remove(user);
    }

    pub(crate) fn expire(&mut self, now: Time) {
        self.bindings.retain(|_, all| {
            all.retain(|binding| binding.until > now);
            !all.is_empty()
        });
    }

    pub(crate) fn next_expiry(&self) -> Option<Time> {
        self.all().map(|binding| binding.until).min()
    }

    pub(crate) fn count(&self) -> usize {
        self.all().count()
    }

    fn all(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.values().flatten()
    }

    fn keep(&mut self, user: &str, rule: impl FnMut(&Binding) -> bool) {
        if let Some(all) = self.bindings.get_mut(user) {
            all.retain(rule);
            if all.is_empty() {
                self.bindings.remove(user);
            }
        }
    }
}
