//! What is done to a request before any transaction, and the answers that leave none behind.

use crate::ServerKey;
use crate::path::Path;
use proto_base::Flow;
use sip_message::{HeaderName, Request, Response, StatusCode};
use std::net::SocketAddr;

/// How long a caller should stay away when the table is full, in seconds: long enough for transactions in their last
/// wait (32 s) to thin out, short enough not to be noticed as an outage.
const RETRY_AFTER: u32 = 10;
/// RFC 3261 §19.1.2.
const DEFAULT_PORT: u16 = 5060;

/// Notes in a datagram's top Via where it really came from (RFC 3261 §18.2.1, RFC 3581 §4), and says where its responses
/// go: back to the source if it asked so with `rport`, else to the port it named itself, always at the source's address.
/// Over connections the Via is left untouched and the flow is the way back.
pub(crate) fn note_source(path: Path, request: &mut Request) -> Path {
    let Flow::Datagram(network, source) = path.flow else {
        return path;
    };
    let Ok(mut via) = request.headers.via() else {
        return path;
    };
    let asked = via.params.has("rport");
    let port = via.port.unwrap_or(DEFAULT_PORT);
    let named = Path {
        flow: Flow::Datagram(network, SocketAddr::new(source.ip(), port)),
        ..path
    };
    let is_there = via.host.ip() == Some(source.ip());
    if !asked && is_there && !via.params.has("received") {
        return named;
    }
    if asked {
        via.params.set("rport", Some(&source.port().to_string()));
    }
    if asked || !is_there {
        via.params.set("received", Some(&source.ip().to_string()));
    } else {
        // A sender cannot vouch for where it was received.
        via.params.remove("received");
    }
    request.headers.remove_first(&HeaderName::Via);
    request.headers.push_front(HeaderName::Via, &via);
    if asked { path } else { named }
}

/// A response with a To tag (RFC 3261 §8.2.6.2), `tag` if one was already used for this request.
pub(crate) fn answer(
    key: &ServerKey,
    request: &Request,
    status: StatusCode,
    tag: Option<&str>,
) -> Response {
    let mut response = request.response(status);
    if response.headers.to_tag().is_none()
        && let Ok(to) = response.headers.to()
    {
        let to = match tag {
            Some(tag) => to.with_tag(tag),
            None => to.with_tag(&key.stateless_tag()),
        };
        response.headers.set(HeaderName::To, to);
    }
    response
}

/// 503 with Retry-After.
pub(crate) fn full(key: &ServerKey, request: &Request) -> Response {
    let mut response = answer(key, request, StatusCode::of(503), None);
    response.headers.set(HeaderName::RetryAfter, RETRY_AFTER);
    response
}
