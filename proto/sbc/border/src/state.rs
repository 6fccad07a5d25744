use crate::Arrival;
use crate::budget::{Guesses, Trials};
use crate::client::Client;
use crate::consult::Consults;
use crate::locate::Names;
use crate::mtu::NoStreams;
use crate::places::Places;
use crate::retry::Retries;
use crate::subscriptions::Subscriptions;
use crate::wake::Sleepers;
use control_command::LegId;
use proto_base::{Flow, Random, Time};
use sbc_call::{AskId, Call, RequestId};
use sbc_policy::{PeerId, SessionIds};
use sbc_registrar::Bindings;
use sbc_trunk::Trunk;
use serde::{Deserialize, Serialize};
use sip_message::Request;
use sip_transaction::{ClientKey, ServerKey, Transactions};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// All that the border knows, in a form that can be written down. The plan is not in it: it comes from the configuration.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) random: Random,
    pub(crate) transactions: Transactions,
    pub(crate) bindings: Bindings,
    /// Open connections, and where they come from. The shell bounds them.
    pub(crate) connections: BTreeMap<Flow, Arrival>,
    /// Of them, those over TLS whose far end proved to be this peer.
    pub(crate) proved: BTreeMap<Flow, PeerId>,
    pub(crate) places: Places,
    /// Where long requests found nobody who takes TCP.
    pub(crate) no_streams: NoStreams,
    pub(crate) names: Names,
    /// Addresses that peers' names were resolved to.
    pub(crate) resolved: Vec<(PeerId, SocketAddr)>,
    /// Malformed messages of connections that sent any.
    pub(crate) strikes: BTreeMap<Flow, u32>,
    /// REGISTERs of connections that sent any.
    pub(crate) trials: BTreeMap<Flow, Trials>,
    /// Wrong passwords, by the address they came from.
    pub(crate) sources: BTreeMap<IpAddr, Guesses>,

    pub(crate) calls: BTreeMap<u64, Box<Tracked>>,
    pub(crate) next_call: u64,
    /// Call-ID and our tag → the leg.
    pub(crate) legs: BTreeMap<(String, String), (u64, LegId)>,
    /// Which legs a connection carries.
    pub(crate) on_flow: BTreeSet<(Flow, u64, LegId)>,
    /// Which legs a browser's binding has, by its token.
    pub(crate) of_token: BTreeSet<(String, u64, LegId)>,
    pub(crate) live_calls: usize,
    pub(crate) call_deadlines: BTreeSet<(Time, u64)>,

    pub(crate) subscriptions: Subscriptions,

    /// Server transactions that live.
    pub(crate) asks: BTreeMap<AskId, Ask>,
    pub(crate) ask_of: BTreeMap<ServerKey, AskId>,
    /// INVITEs whose transactions live: Call-ID, From tag and CSeq number. The same by another path is refused.
    pub(crate) invites: BTreeMap<InviteName, AskId>,
    pub(crate) next_ask: u64,
    /// Client transactions whose response somebody waits for.
    pub(crate) clients: BTreeMap<ClientKey, Client>,
    pub(crate) client_of: BTreeMap<(u64, RequestId), ClientKey>,
    /// When the server must have said something.
    pub(crate) patience: BTreeSet<(Time, ClientKey)>,
    pub(crate) retries: Retries,
    pub(crate) sleepers: Sleepers,
    pub(crate) consults: Consults,

    /// Our side of peers that we are a customer of.
    pub(crate) trunks: BTreeMap<PeerId, Trunk>,
    /// Addresses where nobody answered, and until when others go first.
    pub(crate) shunned: BTreeMap<(PeerId, SocketAddr), Time>,
    /// Live calls that have a leg there.
    pub(crate) calls_with: BTreeMap<PeerId, usize>,
    /// Peers that were silent when last asked.
    pub(crate) down: BTreeSet<PeerId>,
    pub(crate) is_stopping: bool,
    pub(crate) told_drained: bool,
}

/// What makes two INVITEs the same (RFC 3261 §8.2.2.2): Call-ID, From tag, CSeq number.
pub(crate) type InviteName = (String, String, u32);

/// A server transaction and whom it concerns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) key: ServerKey,
    pub(crate) flow: Flow,
    /// For CANCEL.
    pub(crate) call: Option<u64>,
    /// As it stands among the INVITEs.
    pub(crate) invite: Option<Box<InviteName>>,
}

/// A call, and what only the border knows of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tracked {
    pub(crate) call: Call,
    /// Whoever has or had a leg of it, the caller first.
    pub(crate) members: Vec<Member>,
    /// The caller's INVITE without its body, while a 3xx may have to be followed.
    pub(crate) asked: Option<Box<Request>>,
    /// How long a peer may be silent to its INVITE, if its route says so.
    pub(crate) silence: Option<Duration>,
    /// What its ends call the session (RFC 7989).
    pub(crate) session_ids: SessionIds,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) deadline: Option<Time>,
    pub(crate) counted: bool,
}

/// The caller's leg. Every destination gets the next number.
pub(crate) const CALLER: LegId = LegId(0);

/// A leg of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) leg: LegId,
    pub(crate) party: Party,
    /// Its Call-ID and our tag, as they stand in the index.
    pub(crate) name: Option<(String, String)>,
    /// A browser's connection, as it stands in the index.
    pub(crate) flow: Option<Flow>,
    /// Whether it stands in the count of calls with its peer.
    pub(crate) counted: bool,
}

/// Who is at the end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Party {
    /// A SIP server or trunk, and whatever is behind it.
    Peer(PeerId),
    /// A browser, by its binding.
    Browser {
        address_of_record: String,
        token: String,
    },
}

impl Member {
    pub(crate) fn new(leg: LegId, party: Party) -> Self {
        Self {
            leg,
            party,
            name: None,
            flow: None,
            counted: false,
        }
    }

    /// Its binding's token, if it is a browser.
    pub(crate) fn token(&self) -> Option<&str> {
        match &self.party {
            Party::Browser { token, .. } => Some(token),
            Party::Peer(_) => None,
        }
    }
}

impl Tracked {
    pub(crate) fn party(&self, leg: LegId) -> Option<&Party> {
        let mut members = self.members.iter();
        members
            .find(|member| member.leg == leg)
            .map(|member| &member.party)
    }
}

impl Tracked {
    /// The leg that this one talks with: the caller's, or that of whoever answers or may yet.
    pub(crate) fn opposite(&self, leg: LegId) -> LegId {
        let mut others = self.members.iter().rev().map(|member| member.leg);
        if leg == CALLER {
            others
                .find(|other| *other != CALLER && self.call.flow(*other).is_some())
                .unwrap_or(CALLER)
        } else {
            CALLER
        }
    }
}

impl State {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            random,
            transactions: Transactions::new(),
            bindings: Bindings::new(),
            connections: BTreeMap::new(),
            proved: BTreeMap::new(),
            places: Places::default(),
            no_streams: NoStreams::default(),
            names: Names::default(),
            resolved: Vec::new(),
            strikes: BTreeMap::new(),
            trials: BTreeMap::new(),
            sources: BTreeMap::new(),
            calls: BTreeMap::new(),
            next_call: 1,
            legs: BTreeMap::new(),
            on_flow: BTreeSet::new(),
            of_token: BTreeSet::new(),
            live_calls: 0,
            call_deadlines: BTreeSet::new(),
            subscriptions: Subscriptions::default(),
            asks: BTreeMap::new(),
            ask_of: BTreeMap::new(),
            invites: BTreeMap::new(),
            next_ask: 0,
            clients: BTreeMap::new(),
            client_of: BTreeMap::new(),
            patience: BTreeSet::new(),
            retries: Retries::default(),
            sleepers: Sleepers::default(),
            consults: Consults::default(),
            trunks: BTreeMap::new(),
            shunned: BTreeMap::new(),
            calls_with: BTreeMap::new(),
            down: BTreeSet::new(),
            is_stopping: false,
            told_drained: false,
        }
    }

    /// Datagrams have no connection that could be gone.
    pub(crate) fn is_open(&self, flow: Flow) -> bool {
        match flow {
            Flow::Connection(_) => self.connections.contains_key(&flow),
            Flow::Datagram(..) => true,
        }
    }

    /// Where a browser is now: the newest flow of its binding, or of its instance.
    pub(crate) fn flow_of(&self, token: &str) -> Option<Flow> {
        self.bindings.flow_of(token)
    }
}
