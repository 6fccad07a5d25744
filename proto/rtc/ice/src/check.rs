//! The checking side: a controlling agent's request, for tests, and what is made of the response.

use crate::{Builder, Class, Credentials, Message, TransactionId};
use std::net::SocketAddr;

/// A connectivity check to be sent (RFC 8445 §7.2.2), by a controlling agent.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its transaction.
    pub transaction: TransactionId,
    /// PRIORITY: that of a peer-reflexive candidate learned from it.
    pub priority: u32,
    /// The tie-breaker of ICE-CONTROLLING.
    pub tie_breaker: u64,
    /// Whether it nominates the pair.
    pub nominate: bool,
}

/// What the far end said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// The pair is valid; so we look from there.
    Valid(SocketAddr),
    /// Refused, with this code.
    Refused(u16),
}

impl Check {
    /// The datagram.
    pub fn to_bytes(&self, local: &Credentials, remote: &Credentials) -> Vec<u8> {
        let mut request = Builder::new(Class::Request, self.transaction)
            .username(&format!("{}:{}", remote.ufrag, local.ufrag))
            .controlling(self.tie_breaker)
            .priority(self.priority);
        if self.nominate {
            request = request.use_candidate();
        }
        request.finish(&remote.pwd)
    }
}

/// Reads a response made with the password that the check was made with. Nothing is believed without it.
pub fn response(message: &Message<'_>, password: &str) -> Option<(TransactionId, Response)> {
    if !message.is_binding() || !message.has_fingerprint() || !message.is_authentic(password) {
        return None;
    }
    let said = match message.class() {
        Class::Success => Response::Valid(message.mapped_address()?),
        Class::Error => Response::Refused(message.error_code()?),
        Class::Request | Class::Indication => return None,
    };
    Some((message.transaction(), said))
}
