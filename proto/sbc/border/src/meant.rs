//! Which browser a request of the server means.

use crate::Border;
use sip_message::{HeaderName, NameAddr, Request};

impl Border {
    /// What may be our token: the user of a Route, where browsers are registered by Path (RFC 3327 §5.3), else the Request-URI's.
    pub(crate) fn tokens_of(request: &Request) -> impl Iterator<Item = String> + '_ {
        let by_route = request
            .headers
            .get_all(&HeaderName::Route)
            .filter_map(|route| route.parse::<NameAddr>().ok())
            .filter_map(|route| route.uri.user)
            .take(MAX_ROUTES);
        by_route.chain(request.uri.user.clone())
    }
}

/// A route of ours is the first or follows the registrar's own few.
const MAX_ROUTES: usize = 4;
