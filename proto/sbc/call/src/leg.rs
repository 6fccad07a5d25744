use crate::terms::Terms;
use crate::{Asked, Party};
use control_command::LegEnd;
use proto_base::Flow;
use serde::{Deserialize, Serialize};
use sip_dialog::{Accepted, Dialog, DialogState};
use sip_message::{Response, Text};

/// Which end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Who called.
    Caller,
    /// Who is called.
    Callee,
}

impl Side {
    /// The other end.
    pub const fn other(self) -> Self {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Side::Caller => "caller",
            Side::Callee => "callee",
        }
    }
}

/// One end of a call and what we share with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    /// What media knows of it.
    pub(crate) end: LegEnd,
    /// Where it was last heard.
    pub(crate) flow: Flow,
    /// Its connection is gone and it has not come back.
    pub(crate) lost: bool,
    /// Our Contact towards it.
    pub(crate) contact: Text,
    /// The caller's from the start, early; the callee's once one fork has answered.
    pub(crate) dialog: Option<Dialog>,
    /// What it can, and how long it is believed to be there.
    pub(crate) terms: Terms,
    /// BYE was sent or came: no more of us on this leg.
    pub(crate) over: bool,
    /// Our 2xx to its INVITE, until the ACK.
    pub(crate) unacknowledged: Option<Box<Unacknowledged>>,
}

/// A 2xx that waits for its ACK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unacknowledged {
    pub(crate) asked: Asked,
    pub(crate) response: Response,
    pub(crate) accepted: Accepted,
    /// The call ended meanwhile: BYE as soon as the ACK is here, and not before (RFC 3261 §15).
    pub(crate) then_bye: bool,
}

impl Leg {
    pub(crate) fn new(party: Party, dialog: Option<Dialog>) -> Self {
        Self {
            end: party.end,
            flow: party.flow,
            lost: false,
            contact: Text::of(&party.contact),
            dialog,
            terms: Terms::new(party.manners),
            over: false,
            unacknowledged: None,
        }
    }

    pub(crate) fn confirmed(&mut self) -> Option<&mut Dialog> {
        self.dialog
            .as_mut()
            .filter(|dialog| dialog.state() == DialogState::Confirmed)
    }
}
