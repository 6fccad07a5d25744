use crate::{Consult, Verdict, Wake};
use proto_base::{Flow, NetworkId, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What the world tells the border.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection (TCP, TLS, WS, WSS) was accepted, or one we asked for is up. With it, over TLS, the domains that the far end's
    /// certificate proves (RFC 5922 §7.1), as far as somebody believed vouches for it.
    Opened(Arrival, Vec<String>),
    /// One whole SIP message (a datagram, a WebSocket frame, a framed piece of a stream).
    Received(Arrival, Vec<u8>),
    /// The same, but it is [new work](crate::is_new_work) and has waited so long that it is better refused.
    Overdue(Arrival, Vec<u8>),
    /// A connection is gone, or could not be opened.
    Closed(Flow),
    /// A datagram could not be delivered (ICMP), or a connection to this target could not be made.
    Unreachable(Target),
    /// Media tells.
    Media(control_command::Event),
    /// A wake request ([`Wake::wake`]) came to nothing: its hook refused or did not answer.
    Unwoken(u64),
    /// What DNS said to an [`Output::Lookup`].
    Found(sip_locate::Question, sip_locate::Answer),
    /// What a hook says to [`Consult::id`].
    Decided(u64, Verdict),
    /// The deadline told by `poll_timeout` has come. Harmless if early.
    Timeout,
    /// The operator wants us to stop: refuse new work, end every call on both sides. When idle, `Tell::Drained`.
    Shutdown,
}
/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// On what.
    pub flow: Flow,
    /// In which network.
    pub network: NetworkId,
    /// How it was carried.
    pub transport: Transport,
    /// The address it came to, as bound.
    pub local: SocketAddr,
    /// The address it came from.
    pub remote: SocketAddr,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// On this flow and no other.
    Flow(Flow),
    /// To this address; the shell reuses or opens a connection for stream transports.
    Address {
        /// From this network.
        network: NetworkId,
        /// By this transport.
        transport: Transport,
        /// There.
        address: SocketAddr,
    },
}

/// What the border wants of the world.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send this message there.
    Send(Target, Vec<u8>),
    /// Ask DNS this, and bring the answer as [`Input::Found`]: always one, if only that there is none.
    Lookup(sip_locate::Question),
    /// From now on whoever is dialled over TLS at this address must prove this domain (RFC 5922 §7.4), by which it was found.
    Expect(NetworkId, SocketAddr, String),
    /// Close this connection (a peer that broke the rules, or at the end of a shutdown).
    Close(Flow),
    /// Ask somebody else where a call goes; it waits for [`Input::Decided`], for a time.
    Consult(Consult),
    /// Wake a browser or app that has no connection; a call waits for it to register.
    Wake(Wake),
    /// For log, metrics and records.
    Tell(Tell),
}

/// Why a deadline is there: for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// RFC 3261 §17.
    Transaction,
    /// An ACK is awaited.
    Dialog,
    /// A binding ends.
    Registration,
    /// It rings, or the server is silent, or an ended call's last transactions are waited for.
    Call,
    /// A sign of life within a call is due, ours or theirs.
    Session,
    /// A connection is gone in mid-call.
    Grace,
    /// A subscription ends.
    Subscription,
    /// Names are to be looked up again.
    Names,
    /// Our registration with a trunk is to be renewed, or it is to be probed.
    Trunk,
}

/// What an operator cares about, or a metric counts. Declared once; log, metric and test feed from it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tell {
    /// A browser is bound: newly, or on another flow than before. Mere refreshes are not told.
    Registered {
        /// `user@host`.
        address_of_record: String,
        /// Its connection.
        flow: Flow,
        /// From where.
        remote: SocketAddr,
        /// Seconds granted.
        expires: u32,
    },
    /// The registrar refused, for another reason than to ask for credentials; or it is silent (503).
    RegistrationRefused {
        /// `user@host`, as claimed.
        address_of_record: String,
        /// What the browser was told.
        status: u16,
        /// From where.
        remote: SocketAddr,
    },
    /// A browser can no longer be called: `removed` by itself, `expired`, `connection closed`.
    Unregistered {
        /// `user@host`.
        address_of_record: String,
        /// Why.
        why: &'static str,
    },
    /// The callee's side has taken a call on.
    CallStarted {
        /// Its number.
        call: u64,
        /// Who calls.
        from: String,
        /// Who is called.
        to: String,
    },
    /// It was picked up.
    CallAnswered {
        /// Its number.
        call: u64,
        /// Milliseconds after it began.
        after_ms: u64,
    },
    /// It is over. Told once for each call.
    CallEnded(CallRecord),
    /// Refused before it was a call.
    Refused {
        /// With this status.
        status: u16,
        /// Who asked.
        remote: SocketAddr,
        /// Why.
        why: &'static str,
    },
    /// No SIP.
    Malformed {
        /// From where.
        remote: SocketAddr,
        /// What is wrong with it.
        why: String,
    },
    /// A server or trunk does not answer. Told once until it does again.
    ServerDown {
        /// As the operator calls it.
        server: String,
        /// How that was noticed.
        why: &'static str,
    },
    /// It answers again.
    ServerUp {
        /// As the operator calls it.
        server: String,
    },
    /// A trunk has our contact: it can call us.
    TrunkRegistered {
        /// As the operator calls it.
        trunk: String,
        /// Seconds granted.
        expires: u32,
    },
    /// It has not any more, or never had. Told once until it works again.
    TrunkLost {
        /// As the operator calls it.
        trunk: String,
        /// What it answered; 408 if it did not.
        status: u16,
    },
    /// After [`Input::Shutdown`]: every call is ended and every goodbye answered.
    Drained,
}

/// One ended call.
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Its number, and its media session's.
    pub call: u64,
    /// Who called.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// Whether it was picked up.
    pub answered: bool,
    /// Milliseconds from answer to end.
    pub duration_ms: u64,
    /// Who or what ended it: `caller`, `callee`, `refused 486`, `no answer`, `connection lost`, `media failed: …`,
    /// `server unreachable`, `no acknowledgement`, `shutdown`, ...
    pub ended_by: String,
    /// What media agreed on last, leg by leg.
    pub codecs: Vec<String>,
}
