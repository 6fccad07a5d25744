//! How browsers are registered with an existing registrar, and how sleeping ones are woken.

use std::time::Duration;

/// How much of what browsers register goes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Throttle {
    /// Every REGISTER, with the browser's own expiry.
    #[default]
    Mirror,
    /// One Contact for each browser, that lives longer than the browser's own; refreshes between are answered here.
    Contact,
    /// One Contact for each user, whatever number of browsers stands behind it. A call to it rings them all.
    AddressOfRecord,
}

/// How a registrar's browsers are registered with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registering {
    /// How much goes up.
    pub throttle: Throttle,
    /// Seconds asked for upward when throttling. Should be several times what browsers ask for.
    pub outgoing_expires: u32,
    /// A browser that asks for fewer seconds gets 423.
    pub min_expires: u32,
    /// A browser gets no more seconds than these.
    pub max_expires: u32,
    /// Per cent, at most, by which granted times are shortened by chance: against a storm of REGISTERs one expiry after a
    /// restart.
    pub deviation: u8,
    /// The browser's own Contact goes up behind a Path of ours (RFC 3327), in place of a Contact of ours. The registrar must know
    /// Path. Not with [`Throttle::AddressOfRecord`].
    pub path: bool,
    /// Methods and feature tags (RFC 3840) of the browser's Contact go up.
    pub features: bool,
    /// `Flow-Timer` in the browser's 200 (RFC 5626 §10), seconds; `None` as long as our own pings keep connections open.
    pub flow_timer: Option<u32>,
}

impl Default for Registering {
    fn default() -> Self {
        Self {
            throttle: Throttle::Mirror,
            outgoing_expires: 3600,
            // What asks more often is broken, and a flood.
            min_expires: 10,
            // A week: a token must not live for ever.
            max_expires: 7 * 24 * 3600,
            deviation: 0,
            path: false,
            features: false,
            flow_timer: None,
        }
    }
}

/// How sleeping browsers and apps are woken (RFC 8599).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPlan {
    /// `pn-provider`s that the wake hook serves; compared without case.
    pub providers: Vec<String>,
    /// How long a call waits for who was woken.
    pub wait: Duration,
    /// The registrar sees the push parameters of Contacts that go up by Path.
    pub shown_upward: bool,
}

impl PushPlan {
    /// Whether this service is served.
    pub fn serves(&self, provider: &str) -> bool {
        let mut providers = self.providers.iter();
        providers.any(|ours| ours.eq_ignore_ascii_case(provider))
    }
}
