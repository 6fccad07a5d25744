//! Where the far end is now (RFC 3261 §12.2.1.2, §12.2.2) and whom we hand our requests to (§12.2.1.1).

use crate::Dialog;
use sip_message::{Headers, Uri};

impl Dialog {
    /// A target refresh: re-INVITE, UPDATE, or the 2xx to one of ours. Without a readable Contact all stays.
    pub fn refresh(&mut self, headers: &Headers) {
        if let Ok(contacts) = headers.contacts()
            && let Some(contact) = contacts.into_iter().next()
        {
            self.remote_target = contact.uri.detached();
        }
    }

    /// The next hop of our requests: the first proxy on the route, or the far end itself.
    pub fn next_hop(&self) -> &Uri {
        self.route_set
            .first()
            .map_or(&self.remote_target, |route| &route.uri)
    }
}
