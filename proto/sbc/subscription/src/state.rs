//! Event and Subscription-State, as far as we read them (RFC 6665 §8.2).

use sip_message::{HeaderName, Headers};

/// What a Subscription-State header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionState {
    /// No NOTIFY follows.
    pub(crate) is_terminated: bool,
    /// Seconds left.
    pub(crate) expires: Option<u32>,
}

impl SubscriptionState {
    /// `None` without the header: it is mandatory in a NOTIFY (RFC 6665 §4.2.2). A state of another name counts as active
    /// (§4.1.3).
    pub(crate) fn read(headers: &Headers) -> Option<Self> {
        let value = headers.get(&HeaderName::SubscriptionState)?;
        let mut parts = value.split(';').map(str::trim);
        let state = parts.next().filter(|state| !state.is_empty())?;
        let expires = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("expires"))
            .and_then(|(_, seconds)| seconds.trim().parse().ok());
        Some(Self {
            is_terminated: state.eq_ignore_ascii_case("terminated"),
            expires,
        })
    }
}

/// The package and template that an Event header names, in lower case, without parameters.
pub fn event_package(headers: &Headers) -> Option<String> {
    let package = package(headers.get(&HeaderName::Event)?);
    (!package.is_empty()).then_some(package)
}

/// Whether two Event headers speak of the same subscription: package and `id` (RFC 6665 §8.2.1).
pub(crate) fn is_same_event(one: &str, other: &str) -> bool {
    package(one) == package(other) && id(one) == id(other)
}

fn package(event: &str) -> String {
    let package = event.split(';').next().unwrap_or_default();
    package.trim().to_ascii_lowercase()
}

fn id(event: &str) -> Option<&str> {
    event
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("id"))
        .map(|(_, id)| id.trim())
}
