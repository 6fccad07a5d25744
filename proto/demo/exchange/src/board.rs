use crate::{Output, Settings};
use proto_base::{Flow, NetworkId, Random, Time, Transport};
use serde::{Deserialize, Serialize};
use sip_message::{HeaderName, Host, Request, Response, StatusCode, Uri};
use sip_transaction::{ClientKey, ServerKey, Transactions};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// What the exchange understands, for Allow (RFC 3261 §20.5).
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, REGISTER";
/// RFC 3261 §19.1.2.
const DEFAULT_PORT: u16 = 5060;
/// Letters and digits of a tag or branch: 142 bits, which nobody guesses.
const TOKEN: usize = 24;

/// What every part of the exchange works with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Board {
    pub(crate) settings: Settings,
    pub(crate) random: Random,
    pub(crate) transactions: Transactions,
    pub(crate) outputs: VecDeque<Output>,
}

impl Board {
    pub(crate) fn new(settings: Settings, random: Random) -> Self {
        Self {
            settings,
            random,
            transactions: Transactions::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Whether a URI is about this exchange: its domain or its own address.
    pub(crate) fn is_ours(&self, uri: &Uri) -> bool {
        let own = self.settings.address;
        match &uri.host {
            Host::Name(name) => name.eq_ignore_ascii_case(&self.settings.domain),
            host => {
                let domain = host.to_string() == self.settings.domain;
                let port = uri
                    .port
                    .unwrap_or(if domain { own.port() } else { DEFAULT_PORT });
                (domain || host.ip() == Some(own.ip())) && port == own.port()
            }
        }
    }

    pub(crate) fn token(&mut self) -> String {
        self.random.token(TOKEN)
    }

    /// Puts our Via on top, with a branch never used before.
    pub(crate) fn add_via(&mut self, request: &mut Request) {
        let address = self.settings.address;
        let branch = self.token();
        let via = format!("SIP/2.0/UDP {address};branch=z9hG4bK{branch};rport");
        request.headers.push_front(HeaderName::Via, via);
    }

    /// Sends a request in a transaction of its own.
    pub(crate) fn request(&mut self, now: Time, to: SocketAddr, request: Request) -> ClientKey {
        self.transactions
            .request(now, flow(to), Transport::Udp, request)
    }

    /// Sends without a transaction: an ACK to a 2xx.
    pub(crate) fn send(&mut self, to: SocketAddr, request: &Request) {
        let bytes = request.to_bytes();
        self.outputs.push_back(Output::Send { to, bytes });
    }

    /// A response with nothing but what every response has (RFC 3261 §8.2.6).
    pub(crate) fn refuse(&mut self, now: Time, key: &ServerKey, request: &Request, status: u16) {
        let response = request.response(StatusCode::of(status));
        self.respond(now, key, response);
    }

    /// Answers, with a To tag if none is there yet.
    pub(crate) fn respond(&mut self, now: Time, key: &ServerKey, mut response: Response) {
        if let Ok(to) = response.headers.to()
            && to.tag().is_none()
            && response.status != StatusCode::TRYING
        {
            let tag = self.token();
            response.headers.set(HeaderName::To, to.with_tag(&tag));
        }
        self.transactions.respond(now, key, response);
    }
}

/// There is one network and one socket.
pub(crate) fn flow(at: SocketAddr) -> Flow {
    Flow::Datagram(NetworkId(0), at)
}

/// Where a URI's host listens; nothing is looked up in DNS.
pub(crate) fn address_of(uri: &Uri) -> Option<SocketAddr> {
    let port = uri.port.unwrap_or(DEFAULT_PORT);
    Some(SocketAddr::new(uri.host.ip()?, port))
}
