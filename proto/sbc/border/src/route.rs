//! Who is to be called, put together before the call begins.

use crate::state::{CALLER, Member, Party};
use control_command::LegId;
use sbc_call::{Destination, Group, Invitation};
use sip_message::Uri;
use std::time::Duration;

/// Most legs that a call may be planned with; whoever joins later gets a number above. Far more than are ever called.
const MAX_MEMBERS: usize = 64;

/// A call to be.
pub(crate) struct Route {
    pub(crate) caller: sbc_call::Party,
    pub(crate) groups: Vec<Group>,
    pub(crate) members: Vec<Member>,
    /// How long a peer may be silent before the next has its turn; `None`: as the plan says for all requests.
    pub(crate) silence: Option<Duration>,
    /// For the record.
    pub(crate) from: String,
    pub(crate) to: String,
}

/// One who may answer.
pub(crate) struct Called {
    /// As the call knows it; its leg gets a number of its own.
    pub(crate) place: sbc_call::Party,
    pub(crate) invitation: Invitation,
    /// As the border knows it.
    pub(crate) party: Party,
    /// See [`Destination::reaches`].
    pub(crate) reaches: Option<String>,
    /// See [`Destination::hop`].
    pub(crate) hop: Option<Uri>,
}

impl Route {
    pub(crate) fn new(mut caller: sbc_call::Party, party: Party) -> Self {
        caller.end.leg = CALLER;
        Self {
            caller,
            groups: Vec::new(),
            silence: None,
            members: vec![Member::new(CALLER, party)],
            from: String::new(),
            to: String::new(),
        }
    }

    /// These ring together, after all groups so far. Its time and what lets the next have its turn may be set on what comes back.
    pub(crate) fn then(&mut self, called: impl IntoIterator<Item = Called>) -> Option<&mut Group> {
        let mut destinations = Vec::new();
        for called in called {
            if let Some(destination) = destination(called, &mut self.members) {
                destinations.push(destination);
            }
        }
        self.groups.push(Group::of(destinations));
        self.groups.last_mut()
    }
}

/// A number for one more leg, that no other of the call has had.
pub(crate) fn seat(members: &mut Vec<Member>, party: Party) -> Option<LegId> {
    let leg = LegId(u8::try_from(members.len()).ok()?);
    if members.len() >= MAX_MEMBERS {
        return None;
    }
    members.push(Member::new(leg, party));
    Some(leg)
}

/// The leg gets one.
pub(crate) fn destination(mut called: Called, members: &mut Vec<Member>) -> Option<Destination> {
    called.place.end.leg = seat(members, called.party)?;
    Some(Destination {
        party: called.place,
        invitation: called.invitation,
        reaches: called.reaches,
        hop: called.hop,
    })
}
