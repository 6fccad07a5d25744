use crate::branch::{self, Branch, Standing};
use crate::early::{Agreed, Fork};
use crate::outcome::Outcome;
use crate::{Codes, Destination, Group, Redirect, RequestId};
use control_command::LegId;
use proto_base::Time;
use serde::{Deserialize, Serialize};
use sip_message::{Headers, Uri};
use std::collections::VecDeque;

/// INVITEs of one call in its life: the browsers of one person, the ways of one carrier, and where they send us. Each holds a leg of
/// media while it may answer.
const MAX_BRANCHES: usize = 32;

/// The search for someone who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calling {
    /// Those whose transactions still live, in the order in which they began.
    pub(crate) branches: Vec<Branch>,
    /// The caller's offer, for whoever is called later.
    pub(crate) offer: Vec<u8>,
    /// Groups that have not had their turn.
    pub(crate) waiting: VecDeque<Group>,
    /// The end of the present group's time.
    pub(crate) group_until: Option<Time>,
    pub(crate) advance_on: Vec<Codes>,
    /// The best that the present group came to.
    pub(crate) group_best: Option<Outcome>,
    /// The best that all came to.
    pub(crate) best: Option<Outcome>,
    /// Whose description the caller hears before the answer: branch and fork. The first that sends one, until it is out.
    pub(crate) heard: Option<Fork>,
    /// An early answer closed what the INVITE began.
    pub(crate) agreed: Option<Box<Agreed>>,
    /// INVITEs begun so far.
    pub(crate) begun: usize,
    /// Who has rung, as [`Destination::reaches`] says.
    pub(crate) reached: Vec<String>,
    /// Request-URIs so far, so that no 3xx leads in a circle.
    pub(crate) tried: Vec<Uri>,
    pub(crate) redirect: Redirect,
    /// Contacts followed so far.
    pub(crate) followed: u8,
}

impl Calling {
    pub(crate) fn new(offer: Vec<u8>, groups: Vec<Group>, redirect: Redirect) -> Self {
        Self {
            branches: Vec::new(),
            offer,
            waiting: groups.into(),
            group_until: None,
            advance_on: Vec::new(),
            group_best: None,
            best: None,
            heard: None,
            agreed: None,
            begun: 0,
            reached: Vec::new(),
            tried: Vec::new(),
            redirect,
            followed: 0,
        }
    }

    pub(crate) fn branch(&self, leg: LegId) -> Option<&Branch> {
        self.branches
            .iter()
            .find(|branch| branch.leg.end.leg == leg)
    }

    pub(crate) fn branch_mut(&mut self, leg: LegId) -> Option<&mut Branch> {
        self.branches
            .iter_mut()
            .find(|branch| branch.leg.end.leg == leg)
    }

    pub(crate) fn branch_of(&self, request: RequestId) -> Option<&Branch> {
        self.branches
            .iter()
            .find(|branch| branch.request == request)
    }

    /// The early dialog that a request of theirs speaks of.
    pub(crate) fn fork_of(&mut self, headers: &Headers) -> Option<&mut branch::Fork> {
        self.branches
            .iter_mut()
            .find_map(|branch| branch.fork_of(headers))
    }

    /// The branch of that early dialog.
    pub(crate) fn leg_of(&mut self, headers: &Headers) -> Option<LegId> {
        self.branches.iter_mut().find_map(|branch| {
            branch.fork_of(headers)?;
            Some(branch.leg.end.leg)
        })
    }

    /// Whether anybody may still answer, or lead to somebody.
    pub(crate) fn is_open(&self) -> bool {
        self.branches
            .iter()
            .any(|branch| branch.standing != Standing::Out)
    }

    /// Whether this one may be called: there is room, and nobody has rung whom it reaches.
    pub(crate) fn may_call(&self, destination: &Destination) -> bool {
        let has_rung = destination
            .reaches
            .as_ref()
            .is_some_and(|reaches| self.reached.contains(reaches));
        !has_rung && self.begun < MAX_BRANCHES
    }

    pub(crate) fn has_next(&self) -> bool {
        self.waiting
            .iter()
            .flat_map(|group| &group.destinations)
            .any(|destination| self.may_call(destination))
    }

    /// Timer C of the branch that has been quiet for longest.
    pub(crate) fn quiet_until(&self) -> Option<Time> {
        let asked = self.branches.iter();
        asked
            .filter(|branch| branch.standing == Standing::Asked)
            .map(|branch| branch.quiet_until)
            .min()
    }

    pub(crate) fn was_tried(&self, uri: &Uri) -> bool {
        self.tried.iter().any(|tried| tried.is_equivalent(uri))
    }

    /// The search is over; what only it needs is let go.
    pub(crate) fn close(&mut self) {
        self.offer = Vec::new();
        self.waiting = VecDeque::new();
        self.group_until = None;
        self.advance_on = Vec::new();
        self.group_best = None;
        self.best = None;
        self.heard = None;
        self.agreed = None;
        self.reached = Vec::new();
        self.tried = Vec::new();
        for branch in &mut self.branches {
            branch.standing = Standing::Out;
            branch.forget_ringing();
        }
    }
}
