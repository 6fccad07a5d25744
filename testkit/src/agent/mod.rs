//! A SIP user agent for stories: a browser's (as SIP.js and JsSIP behave) or a telephone's. It is written apart from
//! `sip-dialog`, so that a misreading there is not repeated here, and it complains when the border breaks a rule that
//! real phones insist on.

mod account;
mod answer;
mod call;
mod dialog;
mod place;
mod receive;
mod refer;
mod register;
mod reliable;
mod renew;
mod update;
mod watch;

pub use account::{Account, Habitat};
pub use call::{Call, CallState};

use crate::sound::Media;
use proto_base::{Flow, Random, Time, Transport};
use register::Registration;
use sip_message::Request;
use sip_transaction::{ClientKey, Transactions};
use std::collections::BTreeMap;

/// What a user agent went through, in order: the words of the stories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The registrar said 200 and our own contact was in it.
    Registered,
    /// It said something else.
    RegistrationRefused(u16),
    /// The contact is gone.
    Unregistered,
    /// Someone calls: the user part of the From.
    Incoming(String),
    /// A provisional response above 100.
    Progress(u16),
    /// The call stands.
    Established,
    /// Our INVITE was refused.
    Refused(u16),
    /// The caller gave up before we answered.
    Cancelled,
    /// The other end renegotiated; whether we are held now.
    Renegotiated {
        /// The other end does not receive.
        held: bool,
    },
    /// Our re-INVITE was answered with this status.
    Renewed(u16),
    /// Our ringing was acknowledged.
    RingingHeard,
    /// The other end said that it is still here, and nothing else.
    Refreshed,
    /// The other end hung up.
    HungUp,
    /// The call is over, whoever ended it.
    Ended,
    /// Our connection is gone.
    Disconnected,
    /// An OPTIONS, INFO or MESSAGE was answered with this status.
    Answered(u16),
    /// An INFO or MESSAGE arrived with this body.
    Told(String),
    /// A NOTIFY said how our REFER fares.
    Notified(u16),
    /// Another call took the place of ours.
    Replaced,
    /// What we want to know was granted.
    Subscribed,
    /// Our SUBSCRIBE was refused with this status.
    SubscriptionRefused(u16),
    /// Somebody wants to know of us.
    Watched,
    /// What we wanted to know, as it was told.
    News(String),
    /// Nothing more is told.
    SubscriptionOver,
}

/// Why a transaction of ours is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Register,
    Unregister,
    Invite,
    Reinvite,
    Update,
    Prack,
    Bye,
    Subscribe,
    Notify,
    Other,
}

/// What a user agent can beyond the plain call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Abilities {
    /// It calls without an offer, and answers ours in the ACK or PRACK.
    pub late: bool,
    /// It knows 100rel: has early media acknowledged, and acknowledges it.
    pub reliable: bool,
    /// It knows UPDATE.
    pub update: bool,
    /// It makes an offer of its own in the PRACK to early media (RFC 3262 §5).
    pub offers_in_prack: bool,
    /// It has session timers of so many seconds.
    pub session_expires: Option<u32>,
    /// It bears none that is shorter (RFC 4028 §9).
    pub min_se: Option<u32>,
    /// It refuses each new offer within a call.
    pub refuses_renewals: bool,
}

/// One user agent with at most one call.
#[derive(Debug)]
pub struct UserAgent {
    /// Who it is.
    pub account: Account,
    /// Where it lives.
    pub habitat: Habitat,
    /// Its voice and ear.
    pub media: Media,
    /// What it can.
    pub abilities: Abilities,
    /// Whether it answers by itself.
    pub answers_at_once: bool,
    /// What it went through.
    pub seen: Vec<Seen>,
    /// What the border did that a real phone would choke on.
    pub complaints: Vec<String>,
    random: Random,
    transactions: Transactions,
    purposes: BTreeMap<ClientKey, (Purpose, Request)>,
    registration: Registration,
    call: Option<Call>,
    watches: Vec<watch::Watch>,
    sends: Vec<(Flow, Vec<u8>)>,
}

impl UserAgent {
    /// An agent that has done nothing yet.
    pub fn new(account: Account, habitat: Habitat, media: Media, seed: u64) -> Self {
        let mut random = Random::from_number(seed);
        let registration = Registration::new(&account, &habitat, &mut random);
        Self {
            account,
            habitat,
            media,
            abilities: Abilities::default(),
            answers_at_once: false,
            seen: Vec::new(),
            complaints: Vec::new(),
            random,
            transactions: Transactions::new(),
            purposes: BTreeMap::new(),
            registration,
            call: None,
            watches: Vec::new(),
            sends: Vec::new(),
        }
    }

    /// The call, if there is one.
    pub fn call(&self) -> Option<&Call> {
        self.call.as_ref()
    }

    /// Whether it saw this.
    pub fn saw(&self, what: &Seen) -> bool {
        self.seen.contains(what)
    }

    /// How often it saw this.
    pub fn times(&self, what: &Seen) -> usize {
        self.seen.iter().filter(|seen| *seen == what).count()
    }

    /// Messages to put on the wire now.
    pub fn take_sends(&mut self) -> Vec<(Flow, Vec<u8>)> {
        while let Some(transmit) = self.transactions.poll_transmit() {
            self.sends.push((transmit.flow, transmit.bytes));
        }
        std::mem::take(&mut self.sends)
    }

    /// The next moment at which it wants [`UserAgent::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Time> {
        let resend = self.call.as_ref().and_then(Call::deadline);
        let watches = self.watches.iter().filter_map(watch::Watch::deadline).min();
        [self.transactions.poll_timeout(), resend, watches]
            .into_iter()
            .flatten()
            .min()
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.transactions.handle_timeout(now);
        self.resend_answer(now);
        self.rings_again(now);
        self.watches_due(now);
        self.drain(now);
    }

    /// Its connection is gone (a browser's tab, a broken WebSocket).
    pub fn disconnected(&mut self, now: Time) {
        let flow = self.habitat.flow();
        self.transactions.flow_closed(now, flow);
        self.seen.push(Seen::Disconnected);
        self.call = None;
        self.media.stop();
        self.forgets_watches();
        self.purposes.clear();
        self.drain(now);
    }

    /// Nothing under way: no call, no subscription and no transaction.
    pub fn is_idle(&self) -> bool {
        self.call.is_none() && self.watches.is_empty() && self.transactions.is_idle()
    }

    fn transport(&self) -> Transport {
        self.habitat.transport()
    }

    fn send_request(&mut self, now: Time, flow: Flow, purpose: Purpose, request: Request) {
        let transport = self.transport();
        let key = self
            .transactions
            .request(now, flow, transport, request.clone());
        self.purposes.insert(key, (purpose, request));
    }

    fn complain(&mut self, what: impl Into<String>) {
        self.complaints
            .push(format!("{}: {}", self.account.user, what.into()));
    }

    fn end_call(&mut self) {
        if self.call.take().is_some() {
            self.media.stop();
            self.seen.push(Seen::Ended);
        }
    }
}
