//! Where a call is to go: destinations side by side in a group, groups one after another (RFC 3261 §16.6: parallel and
//! sequential search).

use crate::Manners;
use control_command::LegEnd;
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, NameAddr, StatusCode, Uri};
use std::time::Duration;

/// One end of the call to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// What media knows of it. Its leg is also the name by which actions say where a message goes: the composer gives every
    /// party that a call ever has one of its own.
    pub end: LegEnd,
    /// Where it is.
    pub flow: Flow,
    /// Our Contact towards it.
    pub contact: NameAddr,
    /// How we deal with it.
    pub manners: Manners,
}

/// The INVITE that goes to a callee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Request-URI.
    pub uri: Uri,
    /// From, without tag.
    pub from: NameAddr,
    /// To, without tag.
    pub to: NameAddr,
    /// Our Call-ID on that leg.
    pub call_id: String,
    /// Our tag on that leg.
    pub from_tag: String,
    /// Above that of an earlier attempt with the same Call-ID.
    pub cseq: u32,
    /// Already counted down.
    pub max_forwards: u8,
    /// What crosses of the caller's INVITE.
    pub headers: Headers,
}

/// One place that may answer the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Who is there.
    pub party: Party,
    /// What goes there.
    pub invitation: Invitation,
    /// Whom it reaches, in the composer's words. Once a destination has rung, no other that reaches the same is tried: two
    /// ways to one telephone are not two rings. `None` is nobody's double.
    pub reaches: Option<String>,
    /// Where the INVITE goes first, if not where the party's requests outside a dialog go.
    pub hop: Option<Uri>,
}

/// Destinations that ring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Side by side.
    pub destinations: Vec<Destination>,
    /// Without an answer for so long, the next group has its turn, if there is one. `None`: as long as the call may ring.
    pub time: Option<Duration>,
    /// The group's best refusal must be one of these for the next to have its turn. That a destination could not be reached,
    /// or said nothing, is always reason enough.
    pub advance_on: Vec<Codes>,
}

/// Status codes from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes(pub u16, pub u16);

impl Codes {
    /// What a way failed with, rather than a person: 408 and all of 5xx.
    pub const FAULTS: [Codes; 2] = [Codes(408, 408), Codes(500, 599)];

    pub(crate) fn holds(self, status: StatusCode) -> bool {
        (self.0..=self.1).contains(&status.code())
    }
}

impl Group {
    /// These together; another group follows only if their way is broken.
    pub fn of(destinations: Vec<Destination>) -> Self {
        Self {
            destinations,
            time: None,
            advance_on: Codes::FAULTS.to_vec(),
        }
    }
}

/// What becomes of a 3xx.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Redirect {
    /// The caller gets it, like any refusal.
    #[default]
    Pass,
    /// The composer is asked for destinations, for so many Contacts in the life of the call, and for no URI twice.
    Follow {
        /// So many.
        max: u8,
    },
}
