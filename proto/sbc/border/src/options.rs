//! OPTIONS (RFC 3261 §11): answered here, for nobody else needs to know.

use crate::Border;
use crate::turn::{Asker, Turn};
use sip_message::{Request, StatusCode};

impl Border {
    pub(crate) fn options(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) {
        let response = self.own_response(request, StatusCode::OK);
        self.respond(turn, asker.ask, response);
    }

    /// A peer asks after us, or, with a token, after a browser: servers qualify their contacts this way.
    pub(crate) fn peer_probes(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) {
        let bindings = &self.state.bindings;
        let called = Self::tokens_of(request).find_map(|token| bindings.called(&token));
        let code = match called {
            None if request.uri.user.is_none() => 200,
            None => 404,
            Some(called) if called.reachable.is_empty() => 480,
            Some(_) => 200,
        };
        let response = self.own_response(request, StatusCode::of(code));
        self.respond(turn, asker.ask, response);
    }
}
