use crate::MediaPlan;
use crate::ports::{Lease, Ports};
use crate::session::Session;
use crate::told;
use control_command::{
    Answer, Answered, CodecWishes, Description, Door, Dress, LegId, Offer, Offered, Proposal,
    Refusal, SessionId, Summary, WorkerCommand,
};
use proto_base::{Random, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Every session's negotiated state, and the port pool. Implements the door.
#[derive(Debug)]
pub struct Negotiator {
    pub(crate) plan: MediaPlan,
    pub(crate) state: State,
    /// Of the offer that is being taken.
    pub(crate) wishes: CodecWishes,
}

/// All of it that is written down; the plan is the configuration's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) random: Random,
    pub(crate) ports: Ports,
    pub(crate) sessions: BTreeMap<SessionId, Box<Session>>,
    /// Deleted, but the worker may still hold the ports.
    pub(crate) closing: BTreeMap<SessionId, Vec<Lease>>,
    /// Two for each use of the door at most.
    pub(crate) commands: VecDeque<(u16, WorkerCommand)>,
}

impl Negotiator {
    /// No session, and every port free.
    pub fn new(plan: MediaPlan, random: Random) -> Self {
        Self {
            plan,
            wishes: CodecWishes::default(),
            state: State {
                random,
                ports: Ports::default(),
                sessions: BTreeMap::new(),
                closing: BTreeMap::new(),
                commands: VecDeque::new(),
            },
        }
    }

    /// What the workers must be told: `(worker, command)`. Drain after every use of the door.
    pub fn poll_command(&mut self) -> Option<(u16, WorkerCommand)> {
        self.state.commands.pop_front()
    }

    /// The worker has ended the session: its ports are free again. (Until then they are not given out.)
    pub fn ended(&mut self, session: SessionId) {
        for lease in self.state.closing.remove(&session).into_iter().flatten() {
            self.state.ports.release(lease);
        }
        // Ended before we said so. A plan may have been on its way that opened it anew, so it is closed all the same, before any
        // later plan can be told; a worker that knows nothing of it says nothing.
        if let Some(state) = self.state.sessions.get_mut(&session)
            && state.applied.take().is_some()
        {
            let command = (state.worker, WorkerCommand::Close(session));
            self.state.commands.push_back(command);
        }
    }

    /// No session, no port in use.
    pub fn is_idle(&self) -> bool {
        let state = &self.state;
        state.sessions.is_empty() && state.closing.is_empty() && state.ports.is_idle()
    }

    /// A session's worker, by its id.
    pub(crate) fn worker(&self, session: SessionId) -> u16 {
        let workers = u64::from(self.plan.workers.max(1));
        let worker = session.0.checked_rem(workers).unwrap_or_default();
        u16::try_from(worker).unwrap_or_default()
    }

    /// Tells the worker what holds now, if that is new to it.
    pub(crate) fn apply(&mut self, id: SessionId) {
        let Some(session) = self.state.sessions.get_mut(&id) else {
            return;
        };
        let plan = session.plan(id, &self.plan);
        let known = match &session.applied {
            Some(applied) => *applied == plan,
            None => plan.legs.is_empty(),
        };
        if !known {
            let before = session.applied.replace(plan.clone());
            let before = before.into_iter().flat_map(|before| before.legs);
            let gone = before
                .map(|leg| leg.leg)
                .filter(|leg| !plan.legs.iter().any(|it| it.leg == *leg));
            session.note_leaving(gone);
            let command = (session.worker, WorkerCommand::Apply(plan));
            self.state.commands.push_back(command);
        }
    }
}

impl Door for Negotiator {
    fn offer(&mut self, _now: Time, offer: Offer) -> Result<Offered, Refusal> {
        self.take_offer(&offer)
    }

    fn offer_chosen(
        &mut self,
        _now: Time,
        offer: Offer,
        codecs: &CodecWishes,
    ) -> Result<Offered, Refusal> {
        self.wishes.clone_from(codecs);
        let offered = self.take_offer(&offer);
        self.wishes = CodecWishes::default();
        offered
    }

    fn answer(&mut self, _now: Time, answer: Answer) -> Result<Answered, Refusal> {
        self.take_answer(&answer)
    }

    fn propose(&mut self, _now: Time, proposal: Proposal) -> Result<Description, Refusal> {
        self.make_proposal(&proposal)
    }

    fn trickle(
        &mut self,
        _now: Time,
        session: SessionId,
        leg: LegId,
        fragment: &[u8],
    ) -> Result<(), Refusal> {
        self.add_candidates(session, leg, fragment)
    }

    fn withdraw(&mut self, _now: Time, session: SessionId) {
        self.take_back(session);
    }

    fn release(&mut self, _now: Time, session: SessionId, leg: LegId) {
        self.let_go(session, leg);
    }

    fn delete(&mut self, _now: Time, session: SessionId) -> Option<Summary> {
        self.end(session)
    }

    fn dress(&self, sdp: &[u8]) -> Result<Dress, Refusal> {
        told::dress(sdp)
    }

    fn told(&self, session: SessionId, leg: LegId) -> Option<Vec<u8>> {
        let session = self.state.sessions.get(&session)?;
        session.last_told(leg).map(|body| body.to_bytes())
    }

    fn count(&mut self, _now: Time, id: SessionId) -> bool {
        let session = self.state.sessions.get(&id);
        let Some(session) = session.filter(|it| it.applied.is_some()) else {
            return false;
        };
        let command = (session.worker, WorkerCommand::Count(id));
        self.state.commands.push_back(command);
        true
    }
}
