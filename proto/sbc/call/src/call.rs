use crate::branch::Branch;
use crate::calling::Calling;
use crate::leg::Leg;
use crate::prack::Ringing;
use crate::refer::Transfer;
use crate::reinvite::Exchange;
use crate::replaces::Replacement;
use crate::{Asked, RequestId, Side};
use control_command::{LegId, SessionId};
use proto_base::{Flow, Time};
use serde::{Deserialize, Serialize};
use sip_dialog::Dialog;
use sip_message::StatusCode;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// A call's number, and its media session's. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u64);

/// Two legs, one fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub(crate) id: CallId,
    pub(crate) state: State,
    pub(crate) began: Time,
    pub(crate) caller: Leg,
    /// The first destination's until one has answered, and then that one's.
    pub(crate) callee: Leg,
    /// The caller's INVITE, until its final response.
    pub(crate) invite: Option<Box<Asked>>,
    /// Our INVITEs, and the early dialogs they made.
    pub(crate) calling: Calling,
    /// What the caller hears before its INVITE has its final response.
    pub(crate) ringing: Ringing,
    /// An offer inside the call that has no answer yet.
    pub(crate) exchange: Option<Exchange>,
    /// When a leg is brought in line with the other, and which.
    pub(crate) mending: Option<(Time, Side)>,
    /// Times that this was put off.
    pub(crate) mends: u8,
    /// Requests we sent whose transactions still live.
    pub(crate) sent: BTreeMap<RequestId, Sent>,
    pub(crate) next_request: u32,
    /// Ringing ends here.
    pub(crate) ring_until: Option<Time>,
    pub(crate) grace: Duration,
    /// A leg's connection is gone; without it coming back, the call ends here.
    pub(crate) grace_until: Option<Time>,
    pub(crate) told_started: bool,
    /// The server asked who says goodbye, and the browser was told so: it will say it again.
    pub(crate) bye_challenged: bool,
    /// Somebody is about to take a leg's place.
    pub(crate) replacement: Option<Box<Replacement>>,
    /// A REFER that is carried out.
    pub(crate) transfer: Option<Box<Transfer>>,
    /// So many were taken on.
    pub(crate) transfers: u8,
    /// REFERs handed on: who referred, its CSeq there, and ours.
    pub(crate) passed_refers: Vec<(Side, u32, u32)>,
    /// Legs that were transferred away, until the call is over.
    pub(crate) departed: Vec<Leg>,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// Our INVITE is out.
    Calling,
    /// A provisional response other than 100 came.
    Ringing,
    /// A 2xx came, and went on to the caller.
    Answered { at: Time },
    /// Torn down; only transactions are waited for, not beyond `until`.
    Ended { until: Time },
}

/// A request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) leg: LegId,
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    /// Its final response is here; only the transaction's last wait is left.
    pub(crate) answered: bool,
}

/// What it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A branch's INVITE, which may make the call.
    Invite,
    /// A re-INVITE with this CSeq number.
    Reinvite { number: u32 },
    /// A PRACK.
    Prack,
    /// An UPDATE with an offer.
    Update,
    /// An UPDATE that only says that we are here.
    Refresh,
    /// Goodbye.
    Bye {
        /// The browser's own, while the server may yet challenge it.
        asked: Option<Box<Asked>>,
    },
    /// What the referrer is told.
    Notify,
    /// A REFER to the transferee, of our own.
    HandOn,
    /// A request of the other leg, passed on.
    Relay { asked: Option<Box<Asked>> },
}

/// Why no final response came to a request of ours, and what the other leg is to be told for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status for the other leg.
    pub status: StatusCode,
    /// Seconds for its Retry-After.
    pub retry_after: Option<u32>,
    /// For the record.
    pub why: &'static str,
}

impl Call {
    /// Its number.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// Its media session.
    pub fn session(&self) -> SessionId {
        SessionId(self.id.0)
    }

    /// Not torn down yet.
    pub fn is_live(&self) -> bool {
        !matches!(self.state, State::Ended { .. })
    }

    /// Torn down, and nothing left to be sent or awaited but the last waits of transactions.
    pub fn is_settled(&self) -> bool {
        !self.is_live()
            && self.invite.is_none()
            && self.caller.unacknowledged.is_none()
            && self.callee.unacknowledged.is_none()
            && !self.bye_challenged
            && self.sent.values().all(|sent| sent.answered)
    }

    /// Nothing refers to it any more: forget it.
    pub fn is_over(&self, now: Time) -> bool {
        match self.state {
            State::Ended { until } => now >= until || (self.is_settled() && self.sent.is_empty()),
            _ => false,
        }
    }

    /// Whether a request of ours is worth bringing to a leg that was away: anything inside a dialog while the call stands, and
    /// goodbye in any case.
    pub fn must_reach(&self, request: RequestId) -> bool {
        match self.sent.get(&request) {
            Some(Sent {
                kind: Kind::Bye { .. },
                answered,
                ..
            }) => !answered,
            Some(Sent {
                kind: Kind::Invite, ..
            })
            | None => false,
            // Answered or not: a 2xx that is repeated comes from the new place as well.
            Some(_) => self.is_live(),
        }
    }

    /// Whether the connection of a side that talks is gone.
    pub fn is_lost(&self, side: Side) -> bool {
        self.leg(side).lost
    }

    /// Where a leg was last heard.
    pub fn flow(&self, leg: LegId) -> Option<Flow> {
        self.known_leg(leg).map(|leg| leg.flow)
    }

    /// Which side of the call a leg is on; every branch is the callee's.
    pub fn side(&self, leg: LegId) -> Option<Side> {
        if leg == self.caller.end.leg {
            return Some(Side::Caller);
        }
        self.known_leg(leg).map(|_| Side::Callee)
    }

    /// The leg that talks on this side: of the callee's only once it has answered.
    pub fn talking(&self, side: Side) -> Option<LegId> {
        let leg = self.leg(side);
        leg.dialog.as_ref().map(|_| leg.end.leg)
    }

    /// The leg that this one talks with, or is to talk with; `None` for the caller's before anybody has answered.
    pub fn beside(&self, leg: LegId) -> Option<LegId> {
        let newcomer = self.replacement.as_ref();
        let transfer = self.transfer.as_ref().filter(|_| self.is_target(leg));
        let place = newcomer
            .and_then(|newcomer| newcomer.place_of(leg))
            .or_else(|| transfer.map(|transfer| transfer.side))
            .or_else(|| self.side(leg))?;
        self.talking(place.other())
    }

    /// Whether a leg takes part, or may yet: one that failed for good, or was hung up on, does not.
    pub fn is_held(&self, leg: LegId) -> bool {
        let talking = [&self.caller, &self.callee].into_iter();
        let mut talking = talking.filter(|it| it.end.leg == leg);
        let talks = talking.any(|it| it.dialog.is_some() && !it.over);
        talks || self.calling.branch(leg).is_some_and(|it| !it.is_final)
    }

    /// To which leg a request of ours went.
    pub fn leg_of(&self, request: RequestId) -> Option<LegId> {
        self.sent.get(&request).map(|sent| sent.leg)
    }

    /// Whether this INVITE of ours made a phone ring, that has not answered.
    pub fn has_rung(&self, request: RequestId) -> bool {
        let branch = self.calling.branch_of(request);
        self.is_early() && branch.is_some_and(|branch| branch.has_rung)
    }

    /// The caller's own Call-ID and tag.
    pub fn caller_names(&self) -> Option<(String, String)> {
        let dialog = self.caller.dialog.as_ref()?;
        Some((dialog.call_id().to_owned(), dialog.remote_tag().to_owned()))
    }

    /// What stands between us and the far end of a leg that talks.
    pub fn dialog(&self, leg: LegId) -> Option<&Dialog> {
        self.known_leg(leg)?.dialog.as_ref()
    }

    /// The CSeq number of our INVITE on a branch.
    pub fn invite_cseq(&self, leg: LegId) -> Option<u32> {
        self.calling.branch(leg).map(Branch::cseq)
    }

    /// Whether a leg's dialog says that its far end, or the proxy next to it, is at this address.
    pub fn may_come_from(&self, leg: LegId, address: IpAddr) -> bool {
        let known = self.known_leg(leg).and_then(|leg| leg.dialog.as_ref());
        let ringing = self.calling.branch(leg).into_iter();
        let mut dialogs = ringing.flat_map(Branch::dialogs).chain(known);
        dialogs.any(|dialog| {
            [dialog.remote_target(), dialog.next_hop()]
                .into_iter()
                .any(|uri| uri.host.ip() == Some(address))
        })
    }

    /// What a leg's requests to us carry: its Call-ID and our tag, the same whichever phone answers.
    pub fn names(&self, leg: LegId) -> Option<(String, String)> {
        let talking = [&self.caller, &self.callee].into_iter();
        let dialog = talking
            .chain(&self.departed)
            .filter(|talking| talking.end.leg == leg)
            .find_map(|talking| talking.dialog.as_ref());
        match dialog {
            Some(dialog) => Some((dialog.call_id().to_owned(), dialog.local_tag().to_owned())),
            None => self.calling.branch(leg).map(Branch::names),
        }
    }

    /// A leg by its number: one that talks, or a branch.
    pub(crate) fn known_leg(&self, leg: LegId) -> Option<&Leg> {
        let talking = [&self.caller, &self.callee].into_iter();
        talking
            .chain(&self.departed)
            .filter(|talking| talking.dialog.is_some())
            .chain(self.calling.branches.iter().map(|branch| &branch.leg))
            .find(|known| known.end.leg == leg)
    }

    pub(crate) fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        }
    }

    pub(crate) fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }

    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.state, State::Answered { .. })
    }

    /// Neither answered nor ended.
    pub fn is_early(&self) -> bool {
        matches!(self.state, State::Calling | State::Ringing)
    }

    /// On the leg that talks on this side.
    pub(crate) fn new_request(&mut self, side: Side, kind: Kind) -> RequestId {
        self.new_request_on(self.leg(side).end.leg, kind)
    }

    pub(crate) fn new_request_on(&mut self, leg: LegId, kind: Kind) -> RequestId {
        let side = self.side(leg).unwrap_or(Side::Callee);
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        let answered = false;
        self.sent.insert(
            id,
            Sent {
                leg,
                side,
                kind,
                answered,
            },
        );
        id
    }
}
