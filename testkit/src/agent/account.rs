use proto_base::{Flow, NetworkId, Random, Transport};
use sip_auth::Client;
use sip_message::{Request, Response};
use std::net::SocketAddr;

/// Who a user agent is.
#[derive(Clone, Debug)]
pub struct Account {
    /// User part of the address-of-record.
    pub user: String,
    /// What the digest is made with.
    pub password: String,
    /// Host part of the address-of-record.
    pub domain: String,
}

impl Account {
    /// The address-of-record as a URI.
    pub fn uri(&self) -> String {
        format!("sip:{}@{}", self.user, self.domain)
    }

    /// The request again, with credentials for the challenge of a 401 or 407; `None` if there is nothing to answer.
    pub(super) fn authorize(
        &self,
        request: &Request,
        response: &Response,
        random: &mut Random,
    ) -> Option<Request> {
        let mut again = request.clone();
        Client::new(&self.user, &self.password)
            .answer(response, &mut again, random)
            .ok()?;
        Some(again)
    }
}

/// Where a user agent lives.
#[derive(Clone, Debug)]
pub enum Habitat {
    /// In a page: everything goes over its WebSocket.
    Page {
        /// The connection, by the number that the border knows it by.
        flow: Flow,
        /// The host name that nobody can resolve (RFC 7118 §5.2).
        host: String,
        /// The secure kind.
        secure: bool,
    },
    /// On a desk: datagrams to the exchange first, then to wherever routes and contacts say.
    Desk {
        /// Its own address.
        at: SocketAddr,
        /// Its outbound proxy.
        exchange: SocketAddr,
    },
}

impl Habitat {
    /// The flow of requests outside a dialog.
    pub fn flow(&self) -> Flow {
        match self {
            Habitat::Page { flow, .. } => *flow,
            Habitat::Desk { exchange, .. } => Flow::Datagram(NetworkId(0), *exchange),
        }
    }

    /// How its SIP is carried.
    pub fn transport(&self) -> Transport {
        match self {
            Habitat::Page { secure: true, .. } => Transport::Wss,
            Habitat::Page { .. } => Transport::Ws,
            Habitat::Desk { .. } => Transport::Udp,
        }
    }

    /// The host and port of its Via.
    pub(super) fn sent_by(&self) -> String {
        match self {
            Habitat::Page { host, .. } => host.clone(),
            Habitat::Desk { at, .. } => at.to_string(),
        }
    }

    /// Its Contact's URI.
    pub(super) fn contact(&self, user: &str) -> String {
        match self {
            Habitat::Page { host, .. } => format!("sip:{user}@{host};transport=ws"),
            Habitat::Desk { at, .. } => format!("sip:{user}@{at}"),
        }
    }

    /// A Via for a new request.
    pub(super) fn via(&self, random: &mut Random) -> String {
        let rport = if matches!(self, Habitat::Desk { .. }) {
            ";rport"
        } else {
            ""
        };
        format!(
            "SIP/2.0/{} {};branch=z9hG4bK{}{rport}",
            self.transport().via_token(),
            self.sent_by(),
            random.token(16)
        )
    }
}
