//! May he, and may it: every request outside the transaction layer comes through here.

use crate::Border;
use crate::dress::supports;
use crate::state::Party;
use crate::turn::{Asker, Turn};
use sbc_policy::{PeerId, Source, Trust};
use sip_message::{HeaderName, Headers, Method, Request, Scheme};

impl Border {
    pub(crate) fn admit(&mut self, turn: &mut Turn<'_>, asker: Asker, request: Request) {
        let is_in_dialog = request.headers.to_tag().is_some();
        match self.source(&asker.arrival) {
            Source::Browser if request.method == Method::Register => {
                self.register(turn, asker, request);
            }
            Source::Browser if is_in_dialog => self.in_dialog(turn, asker, request),
            Source::Browser => match self.proved(asker, &request) {
                Some(address_of_record) => {
                    self.browser_asks(turn, asker, request, address_of_record);
                }
                None => self.forbid(turn, asker, &request),
            },
            Source::Peer(_) | Source::Stranger(Trust::Inside) if is_in_dialog => {
                self.in_dialog(turn, asker, request);
            }
            Source::Peer(peer) => self.peer_asks(turn, asker, peer, request),
            Source::Stranger(_) => self.forbid(turn, asker, &request),
        }
    }

    /// The address-of-record in From, if this connection's browser has proved to be it.
    fn proved(&self, asker: Asker, request: &Request) -> Option<String> {
        let from = request.headers.from().ok()?;
        let address_of_record = sbc_registrar::address_of_record(&from.uri);
        self.state
            .bindings
            .has_proved(asker.arrival.flow, &address_of_record)
            .then_some(address_of_record)
    }

    fn browser_asks(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: Request,
        address_of_record: String,
    ) {
        if !self.is_understood(turn, asker, &request) {
            return;
        }
        match request.method {
            Method::Invite if !self.may_call(&address_of_record) => {
                self.refuse(turn, asker, &request, 503, "too many calls of one user");
            }
            Method::Invite => {
                let Some(request) = self.browser_replaces(turn, asker, request, &address_of_record)
                else {
                    return;
                };
                self.browser_invites(turn, asker, request, &address_of_record);
            }
            Method::Message | Method::Publish => {
                self.browser_writes(turn, asker, request, &address_of_record);
            }
            Method::Subscribe => self.browser_subscribes(turn, asker, request, &address_of_record),
            Method::Options => self.options(turn, asker, &request),
            _ => self.refuse(turn, asker, &request, 405, "method not allowed"),
        }
    }

    pub(crate) fn peer_asks(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        peer: PeerId,
        request: Request,
    ) {
        if !self.is_understood(turn, asker, &request) {
            return;
        }
        match request.method {
            Method::Invite if request.headers.has(&HeaderName::Replaces) => {
                self.replaces(turn, asker, request, &Party::Peer(peer));
            }
            Method::Invite if self.is_busy(&request) => {
                self.refuse(turn, asker, &request, 486, "too many calls of one user");
            }
            Method::Invite => self.peer_invites(turn, asker, peer, request),
            Method::Message | Method::Notify => self.peer_writes(turn, asker, peer, request),
            Method::Subscribe => self.peer_subscribes(turn, asker, peer, request),
            Method::Options => self.peer_probes(turn, asker, &request),
            _ => self.refuse(turn, asker, &request, 405, "method not allowed"),
        }
    }

    /// Whether the browser's user that a peer calls has as many calls as it may.
    pub(crate) fn is_busy(&self, request: &Request) -> bool {
        let bindings = &self.state.bindings;
        let called = Self::tokens_of(request).find_map(|token| bindings.called(&token));
        called.is_some_and(|called| !self.may_call(called.address_of_record))
    }

    /// RFC 3261 §8.2.1, §8.2.2.1, §8.2.2.3, §16.3: method, scheme, extensions, hops.
    fn is_understood(&mut self, turn: &mut Turn<'_>, asker: Asker, request: &Request) -> bool {
        if matches!(request.method, Method::Other(_)) {
            self.refuse(turn, asker, request, 501, "unknown method");
            return false;
        }
        if matches!(request.uri.scheme, Scheme::Other(_)) {
            self.refuse(turn, asker, request, 416, "unknown URI scheme");
            return false;
        }
        if !self.is_unextended(turn, asker, request) {
            return false;
        }
        if request.method != Method::Options {
            match request.headers.max_forwards() {
                Ok(Some(0)) => {
                    self.refuse(turn, asker, request, 483, "too many hops");
                    return false;
                }
                Err(_) => {
                    self.refuse(turn, asker, request, 400, "unreadable Max-Forwards");
                    return false;
                }
                Ok(_) => {}
            }
            if self.state.is_stopping {
                self.refuse(turn, asker, request, 503, "shutting down");
                return false;
            }
        }
        true
    }

    /// What is required must be something we do (RFC 3261 §8.2.2.3); the rest is named in the 420.
    pub(crate) fn is_unextended(
        &mut self,
        turn: &mut Turn<'_>,
        asker: Asker,
        request: &Request,
    ) -> bool {
        let mut unsupported = Headers::new();
        for name in [HeaderName::Require, HeaderName::ProxyRequire] {
            for tokens in request.headers.get_all(&name) {
                for token in tokens.split(',').map(str::trim) {
                    if !token.is_empty() && !supports(token) {
                        unsupported.push(HeaderName::Unsupported, token);
                    }
                }
            }
        }
        if unsupported.is_empty() {
            return true;
        }
        self.refuse_with(turn, asker, request, 420, "extension required", unsupported);
        false
    }

    /// One hop less, for what is passed on.
    pub(crate) fn counted_down(request: &Request) -> u8 {
        /// RFC 3261 §8.1.1.6, for who sent none.
        const MAX_FORWARDS: u8 = 70;
        match request.headers.max_forwards() {
            Ok(Some(left)) => left.saturating_sub(1),
            _ => MAX_FORWARDS,
        }
    }
}
