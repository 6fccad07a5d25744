//! The town's exchange: `demo-exchange` with a few users.

use crate::town::{DOMAIN, EXCHANGE};
use demo_exchange::{Exchange, Settings};
use proto_base::Random;

/// An exchange at its place in the town, for alice, bob, and the desks.
pub(crate) fn exchange(seed: u64, record_route: bool) -> Exchange {
    let mut settings = Settings::new(DOMAIN, EXCHANGE);
    for user in ["alice", "bob", "desk", "desk2"] {
        settings = settings.with_user(user, &crate::town::password(user));
    }
    settings.record_route = record_route;
    Exchange::new(settings, Random::from_number(seed ^ 0xe4c4))
}
