//! What is kept of a session. Three lives are told apart:
//!
//! - an [`Identity`] lasts as long as its leg: what the far end was told once stays true (P27, P40);
//! - the [`Standing`] agreement is what the last finished exchange left, and changes only with the next finished one;
//! - an [`Outstanding`] offer carries its changes itself, so refusing it means forgetting it (RFC 3264 §8, RFC 6141).
//!
//! An offer is outstanding towards each leg that it was worded for (its [`Fork`]s). The first final answer lets the exchange
//! stand. What we offer on our own behalf is kept in the same way: `from` is then the leg with which the other is to talk.

use crate::IceMode;
use crate::agreed::Agreed;
use crate::association::Half;
use crate::codec::{Codec, Passed};
use crate::keys::Keys;
use crate::layout::Layout;
use crate::payload_type::PayloadTypes;
use crate::ports::Lease;
use control_command::{Direction, Dress, LegId, RemoteRtp, RemoteWebRtc, SessionPlan};
use proto_base::{NetworkId, Random};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// One call's media.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) worker: u16,
    pub(crate) identities: BTreeMap<LegId, Box<Identity>>,
    pub(crate) standing: Standing,
    pub(crate) outstanding: Option<Box<Outstanding>>,
    /// The last finished exchange's answer, for those who give it again.
    pub(crate) finished: Option<Finished>,
    /// What the worker was told last; `None` while it knows nothing of the session.
    pub(crate) applied: Option<SessionPlan>,
    /// Legs that were released. None comes again under the same number, lest what is late for the one be taken for the other's.
    pub(crate) released: BTreeSet<LegId>,
    /// Legs that the worker was told to let go, until it has said that it did.
    pub(crate) leaving: BTreeMap<LegId, Leaving>,
}

/// A leg on its way out of the worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leaving {
    /// Plans told that let it go, and not yet confirmed.
    pub(crate) plans: u32,
    /// To be given back then, if the leg is released.
    pub(crate) lease: Option<Lease>,
}

/// What has been agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) legs: BTreeMap<LegId, Box<Leg>>,
    /// Who talks with whom; each leg with one other at most.
    pub(crate) pairs: Vec<(LegId, LegId)>,
}

/// What holds now, agreed or not.
pub(crate) struct Effective<'a> {
    pub(crate) legs: BTreeMap<LegId, &'a Leg>,
    pub(crate) pairs: Vec<(LegId, LegId)>,
}

/// One leg as agreed, or as proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) network: NetworkId,
    pub(crate) dress: Dress,
    pub(crate) signalled_from: Option<IpAddr>,
    pub(crate) layout: Layout,
    pub(crate) local: Local,
    pub(crate) ice: LegIce,
    pub(crate) remote: Option<Remote>,
    pub(crate) keys: Keys,
    /// What is spoken on it.
    pub(crate) agreed: Vec<Agreed>,
    /// The codecs of the far end's last own description, by its numbers.
    pub(crate) capable: Vec<Codec>,
    /// Milliseconds of sound in each packet that its far end would like.
    pub(crate) ptime: Option<u8>,
    /// Ours, not the far end's.
    pub(crate) direction: Direction,
    /// What the far end wants by itself, whatever the other end leaves open of it: less than both ways is a hold.
    pub(crate) wish: Direction,
}

/// Our part in a leg's ICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LegIce {
    /// What our descriptions say. The first one binds.
    pub(crate) told: IceMode,
    /// What we do. More than we said where both are lite: somebody has to find out whether the pair works.
    pub(crate) plays: IceMode,
    /// The role that we begin with.
    pub(crate) controlling: bool,
}

impl LegIce {
    /// We offer, and so control (RFC 8445 §6.1.1).
    pub(crate) const fn offering(mode: IceMode) -> Self {
        Self {
            told: mode,
            plays: mode,
            controlling: true,
        }
    }

    /// The far end's first description.
    pub(crate) fn hear(&mut self, half: Half, lite: bool) {
        self.controlling = lite || half == Half::Answer;
        if lite {
            self.plays = IceMode::Full;
            if half == Half::Offer {
                self.told = IceMode::Full;
            }
        }
    }
}

/// Our end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Local {
    WebRtc(Credentials),
    Rtp(Lease),
}

/// ICE credentials (RFC 8839 §5.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
}

/// The far end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Remote {
    WebRtc {
        transport: RemoteWebRtc,
        /// RFC 8842 §4
        tls_id: Option<String>,
    },
    Rtp(RemoteRtp),
}

/// What a leg is and stays, whatever is negotiated on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) ssrc: u32,
    pub(crate) cname: String,
    /// The track's name in `a=msid`.
    pub(crate) track: String,
    /// In `o=`.
    pub(crate) session_id: u64,
    /// Where the leg begins; an ICE restart changes the leg's, not these.
    pub(crate) local: Local,
    /// What was told cannot be unsaid, so a withdrawn offer leaves its numbers here.
    pub(crate) payload_types: PayloadTypes,
    /// What the far end was told last.
    pub(crate) told: Option<Worded>,
}

/// A description given out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Worded {
    pub(crate) version: u64,
    pub(crate) sdp: Body,
}

/// An offer that has not been answered for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outstanding {
    pub(crate) whose: Whose,
    /// Who offered, or with whom a leg is to talk that we make an offer.
    pub(crate) from: LegId,
    /// That leg as it will be.
    pub(crate) offerer: Leg,
    /// What is offered, by its payload types.
    pub(crate) codecs: Vec<Codec>,
    /// In which direction, seen from it.
    pub(crate) direction: Direction,
    /// To whom. None are left when all have been released whose early media the offerer has heard: it keeps what it was told,
    /// and the same offer may go to others.
    pub(crate) forks: BTreeMap<LegId, Box<Fork>>,
    /// What `from` was told of it.
    pub(crate) told: Option<Spoken>,
    /// The leg whose early media is heard: the first that answered.
    pub(crate) heard: Option<LegId>,
}

/// Who made an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Whose {
    /// `from`, with this body.
    Theirs(Body),
    /// We did. `from` has an agreement already and is told nothing.
    Ours,
    /// We did, and what comes of it makes the offer for `from`.
    Late {
        /// Who gave the final answer.
        winner: Option<LegId>,
        /// `from` has answered its offer.
        answered: bool,
    },
}

/// A leg to which an offer is outstanding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fork {
    /// As proposed, or as a provisional answer made it.
    pub(crate) leg: Leg,
    pub(crate) passed: Vec<Passed>,
    /// After a provisional answer.
    pub(crate) early: bool,
}

/// What the offerer was told; what it may speak by it stands in its leg.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Spoken {
    pub(crate) sdp: Body,
    pub(crate) direction: Direction,
    /// If it is an offer: what it holds.
    pub(crate) passed: Vec<Passed>,
}

/// The end of an exchange.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) answerer: LegId,
    /// Who was told this of it.
    pub(crate) hearer: LegId,
    pub(crate) sdp: Body,
    pub(crate) direction: Direction,
}

/// A description as text, one for all that refer to it. It holds an ICE password, so it is not for logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct Body(pub(crate) Arc<str>);

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Body> for String {
    fn from(body: Body) -> Self {
        body.0.as_ref().to_owned()
    }
}

impl Body {
    pub(crate) fn of(octets: &[u8]) -> Self {
        match std::str::from_utf8(octets) {
            Ok(text) => Self(text.into()),
            Err(_) => Self(String::from_utf8_lossy(octets).into()),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Body({} octets)", self.0.len())
    }
}

impl Session {
    pub(crate) fn new(worker: u16) -> Self {
        Self {
            worker,
            identities: BTreeMap::new(),
            standing: Standing::default(),
            outstanding: None,
            finished: None,
            applied: None,
            released: BTreeSet::new(),
            leaving: BTreeMap::new(),
        }
    }

    /// What holds now: a provisional answer counts until it is taken back, and a leg that was offered something is there, because
    /// from then on its far end may send.
    pub(crate) fn effective(&self) -> Effective<'_> {
        let standing = &self.standing;
        let legs = standing.legs.iter().map(|(id, leg)| (*id, &**leg));
        let mut effective = Effective {
            legs: legs.collect(),
            pairs: standing.pairs.clone(),
        };
        let Some(outstanding) = &self.outstanding else {
            return effective;
        };
        for (id, fork) in &outstanding.forks {
            if fork.early || !effective.legs.contains_key(id) {
                effective.legs.insert(*id, &fork.leg);
            }
        }
        let from = outstanding.from;
        if outstanding.told.is_some() {
            effective.legs.insert(from, &outstanding.offerer);
        }
        if let Some(heard) = outstanding.heard {
            join(&mut effective.pairs, from, heard);
        }
        effective
    }

    /// Every port pair that the session has.
    pub(crate) fn leases(&self) -> impl Iterator<Item = Lease> {
        let held = self
            .identities
            .values()
            .filter_map(|identity| identity.lease());
        let leaving = self.leaving.values().filter_map(|leaving| leaving.lease);
        held.chain(leaving)
    }

    /// A leg in every state in which it is kept.
    pub(crate) fn states_of(&mut self, id: LegId) -> impl Iterator<Item = &mut Leg> {
        let standing = self.standing.legs.get_mut(&id).map(Box::as_mut);
        let (offerer, fork) = match &mut self.outstanding {
            Some(outstanding) => (
                Some(&mut outstanding.offerer).filter(|_| outstanding.from == id),
                outstanding.forks.get_mut(&id).map(|fork| &mut fork.leg),
            ),
            None => (None, None),
        };
        standing.into_iter().chain(offerer).chain(fork)
    }

    /// What a leg was told last.
    pub(crate) fn last_told(&self, id: LegId) -> Option<Body> {
        let told = self.identities.get(&id)?.told.as_ref()?;
        Some(told.sdp.clone())
    }
}

impl Standing {
    /// These two talk with each other now, and with nobody else.
    pub(crate) fn join(&mut self, one: LegId, other: LegId) {
        join(&mut self.pairs, one, other);
    }

    /// This one talks with nobody.
    pub(crate) fn part(&mut self, leg: LegId) {
        part(&mut self.pairs, leg);
    }

    pub(crate) fn are_joined(&self, one: LegId, other: LegId) -> bool {
        self.pairs.contains(&(one, other)) || self.pairs.contains(&(other, one))
    }
}

fn join(pairs: &mut Vec<(LegId, LegId)>, one: LegId, other: LegId) {
    part(pairs, one);
    part(pairs, other);
    pairs.push((one, other));
}

fn part(pairs: &mut Vec<(LegId, LegId)>, leg: LegId) {
    pairs.retain(|(one, other)| *one != leg && *other != leg);
}

impl Outstanding {
    /// Whether it may go to one more leg.
    pub(crate) fn may_fork(&self, to: LegId) -> bool {
        let open = !matches!(
            self.whose,
            Whose::Late {
                winner: Some(_),
                ..
            }
        );
        open && to != self.from && !self.forks.contains_key(&to)
    }
}

impl Credentials {
    /// The first four characters name the worker, so that any worker knows whose check it has received.
    pub(crate) fn new(worker: u16, random: &mut Random) -> Self {
        /// 47 bits beside the worker; RFC 8445 §5.3 asks for 24 in all.
        const UFRAG: usize = 8;
        /// 142 bits; RFC 8445 §5.3 asks for 128.
        const PWD: usize = 24;
        Self {
            ufrag: format!("{worker:04x}{}", random.token(UFRAG)),
            pwd: random.token(PWD),
        }
    }
}

/// The password is not for logs.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// A telephone's port pair.
    pub(crate) fn lease(&self) -> Option<Lease> {
        match self.local {
            Local::Rtp(lease) => Some(lease),
            Local::WebRtc(_) => None,
        }
    }

    pub(crate) fn new(local: Local, random: &mut Random) -> Self {
        /// RFC 7022 §4.2: at least 96 bits.
        const CNAME: usize = 20;
        Self {
            ssrc: random.u32().max(1),
            cname: random.token(CNAME),
            track: random.token(CNAME),
            // RFC 8866 §5.2 sets no limit, but telephones are known that read 31 bits.
            session_id: u64::from(random.u32() >> 1),
            local,
            payload_types: PayloadTypes::default(),
            told: None,
        }
    }
}
