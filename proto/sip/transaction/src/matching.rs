//! Which message belongs to which transaction: RFC 3261 §17.1.3 and §17.2.3.

use crate::path::Path;
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, Method, Request, Response, Text};
use std::fmt::Write;

/// Begins every branch that is unique by itself (RFC 3261 §8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

/// RFC 3261 §17.1.3: the branch we made and the method. Serializable, ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientKey(pub(crate) Text);

/// RFC 3261 §17.2.3 (with the flow's network, so that two networks never share a transaction).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServerKey(pub(crate) Text);

impl ClientKey {
    pub(crate) fn new(branch: &str, method: &Method) -> Self {
        let method = method.as_str();
        let length = method.len().saturating_add(branch.len()).saturating_add(1);
        let mut key = String::with_capacity(length);
        key.push_str(method);
        key.push(' ');
        key.push_str(branch);
        Self(key.into())
    }

    /// Of a request that we send.
    pub(crate) fn of_request(request: &Request) -> Self {
        let via = request.headers.top_via();
        let branch = via.and_then(|via| via.branch());
        Self::new(branch.unwrap_or_default(), &request.method)
    }

    /// Of a response that came: the branch of its top Via and the method of its CSeq.
    pub(crate) fn of_response(response: &Response) -> Option<Self> {
        let via = response.headers.top_via()?;
        let method = response.headers.cseq().ok()?.method;
        Some(Self::new(via.branch()?, &method))
    }
}

impl ServerKey {
    /// Of a request that came, as if its method were `method`: ACK and CANCEL look for the INVITE.
    pub(crate) fn new(path: Path, headers: &Headers, method: &Method) -> Option<Self> {
        /// Scope, `sent-by`, method and branch of most.
        const USUAL: usize = 96;
        let via = headers.top_via()?;
        let mut key = String::with_capacity(USUAL);
        let (kind, number) = match path.flow {
            Flow::Datagram(network, _) => ("network ", Some(u64::from(network.0))),
            // A browser has one connection, and nobody else speaks on it. A server may use several for one transaction.
            Flow::Connection(number) if path.transport.is_websocket() => {
                ("connection ", Some(number))
            }
            Flow::Connection(_) => (path.transport.via_token(), None),
        };
        key.push_str(kind);
        if let Some(number) = number {
            key.push_str(&number.to_string());
        }
        key.push(' ');
        via.push_sent_by(&mut key);
        let branch = via.branch().unwrap_or_default();
        for part in [method.as_str(), branch] {
            key.push(' ');
            key.push_str(part);
        }
        if !branch.starts_with(MAGIC_COOKIE) {
            // RFC 2543 peers: the branch alone is not unique. The To tag is left out, since the ACK carries one that the
            // INVITE had not.
            let call_id = headers.call_id().ok()?;
            let tag = headers.from_tag().unwrap_or_default();
            let number = headers.cseq().ok()?.number;
            // Writing to a String does not fail.
            let _ = write!(key, " {number} {tag} {call_id}");
        }
        Some(Self(key.into()))
    }

    /// A tag for the To of a response that no dialog answers for: the same for the same request, as RFC 3261 §8.2.7 wants of
    /// whoever answers without state. FNV-1a; it guards nothing, it only has to be stable.
    pub(crate) fn stateless_tag(&self) -> String {
        let hash = self
            .0
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        format!("{hash:016x}")
    }
}
