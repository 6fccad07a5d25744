//! The town's exchange: `demo-exchange` with a few users.

use crate::town::{DOMAIN, EXCHANGE};
use demo_exchange::{Exchange, Settings};
use proto_base::Random;

/// An exchange at its place in the town, for alice, bob, and the desks.
pub(crate) fn exchange(seed: u64, record_route: bool) -> Exchange {
    Exchange::new(settings(record_route), Random::from_number(seed ^ 0xe4c4))
}

/// One that asks nobody who calls, as many a PBX that trusts its border.
pub(crate) fn trusting(seed: u64) -> Exchange {
    let settings = Settings {
        authenticate_calls: false,
        ..settings(false)
    };
    Exchange::new(settings, Random::from_number(seed ^ 0xe4c4))
}

fn settings(record_route: bool) -> Settings {
    let mut settings = Settings::new(DOMAIN, EXCHANGE);
    for user in ["alice", "bob", "desk", "desk2"] {
        settings = settings.with_user(user, &crate::town::password(user));
    }
    settings.record_route = record_route;
    settings
}
