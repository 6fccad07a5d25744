//! The proxy: RFC 3261 §16, stateful, to one target each.

use crate::board::{Board, address_of};
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Method, NameAddr, Request, Response, StatusCode, Uri};
use sip_transaction::{ClientKey, ServerKey};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// RFC 3261 §16.6 step 3.
const MAX_FORWARDS: u8 = 70;

/// Which client transaction serves which server transaction. Bounded by the transactions themselves.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Forwards {
    by_client: BTreeMap<ClientKey, Origin>,
    by_server: BTreeMap<ServerKey, ClientKey>,
}

/// Whom a forwarded request came from.
#[derive(Debug, Serialize, Deserialize)]
struct Origin {
    key: ServerKey,
    /// Without its body; to answer it when nobody else does.
    request: Request,
}

/// Where a request goes from here.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    /// To pass on the way, put in front of the request's own.
    pub(crate) routes: Vec<NameAddr>,
    /// The way if neither route nor URI names an address.
    pub(crate) otherwise: Option<SocketAddr>,
}

impl Target {
    /// Where the request itself says.
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            uri: request.uri.clone(),
            routes: Vec::new(),
            otherwise: None,
        }
    }
}

impl Forwards {
    /// Sends a request on to `target`; its responses find the way back.
    pub(crate) fn forward(
        &mut self,
        now: Time,
        board: &mut Board,
        key: ServerKey,
        request: &Request,
        target: Target,
    ) {
        match prepare(board, request, target) {
            Err(status) => board.refuse(now, &key, request, status),
            Ok((onward, to)) => {
                let client = board.request(now, to, onward);
                self.by_server.insert(key.clone(), client.clone());
                let mut request = request.clone();
                request.body.clear();
                self.by_client.insert(client, Origin { key, request });
            }
        }
    }

    /// Sends an ACK to a 2xx on; it has no transaction.
    pub(crate) fn forward_ack(&mut self, board: &mut Board, ack: &Request, target: Target) {
        if let Ok((onward, to)) = prepare(board, ack, target) {
            board.send(to, &onward);
        }
    }

    /// §16.7: without our Via, back to where the request came from.
    pub(crate) fn response(
        &mut self,
        now: Time,
        board: &mut Board,
        client: &ClientKey,
        mut response: Response,
    ) {
        let Some(origin) = self.by_client.get(client) else {
            return;
        };
        // A 100 is for this hop only.
        if response.status == StatusCode::TRYING {
            return;
        }
        response.headers.remove_first(&HeaderName::Via);
        board.transactions.respond(now, &origin.key, response);
    }

    /// §16.9: as if the target had said so.
    pub(crate) fn failed(
        &mut self,
        now: Time,
        board: &mut Board,
        client: &ClientKey,
        timed_out: bool,
    ) {
        if let Some(Origin { key, request }) = self.by_client.get(client) {
            let status = if timed_out { 408 } else { 503 };
            board.refuse(now, key, request, status);
        }
    }

    /// §16.10.
    pub(crate) fn cancel(&mut self, now: Time, board: &mut Board, invite: &ServerKey) {
        if let Some(client) = self.by_server.get(invite) {
            board.transactions.cancel(now, client, None);
        }
    }

    /// Nobody waits for the answer any more.
    pub(crate) fn server_ended(&mut self, now: Time, board: &mut Board, key: &ServerKey) {
        if let Some(client) = self.by_server.remove(key) {
            board.transactions.cancel(now, &client, None);
        }
    }

    pub(crate) fn client_ended(&mut self, key: &ClientKey) {
        self.by_client.remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_client.is_empty() && self.by_server.is_empty()
    }
}

/// §16.6: the copy that is sent on, and where to; or the status to refuse with.
fn prepare(
    board: &mut Board,
    request: &Request,
    target: Target,
) -> Result<(Request, SocketAddr), u16> {
    let mut onward = request.clone();
    let left = match request.headers.max_forwards() {
        Ok(Some(left)) => left.checked_sub(1).ok_or(483_u16)?,
        Ok(None) => MAX_FORWARDS,
        Err(_) => return Err(400),
    };
    onward.headers.set(HeaderName::MaxForwards, left);
    onward.uri = target.uri;
    for route in target.routes.iter().rev() {
        onward.headers.push_front(HeaderName::Route, route);
    }
    let begins_dialog = request.method == Method::Invite;
    if board.settings.record_route && begins_dialog {
        let own = format!("<sip:{};lr>", board.settings.address);
        onward.headers.push_front(HeaderName::RecordRoute, own);
    }
    let routes = onward.headers.routes().map_err(|_| 400_u16)?;
    let next = routes.first().map_or(&onward.uri, |route| &route.uri);
    let to = address_of(next).or(target.otherwise).ok_or(480_u16)?;
    board.add_via(&mut onward);
    Ok((onward, to))
}
