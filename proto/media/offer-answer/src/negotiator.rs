use crate::MediaPlan;
use control_command::{
    Answer, Description, Door, Offer, Refusal, SessionId, Summary, WorkerCommand,
};
use proto_base::{Random, Time};
/// Every session's negotiated state, and the port pool. Implements the door.
#[derive(Debug)]
pub struct Negotiator {}
impl Negotiator {
    pub fn new(_plan: MediaPlan, _random: Random) -> Self {
        todo!()
    }
    /// What the workers must be told: `(worker, command)`. Drain after every use of the door.
    pub fn poll_command(&mut self) -> Option<(u16, WorkerCommand)> {
        todo!()
    }
    /// The worker has ended the session: its ports are free again. (Until then they are not given out.)
    pub fn ended(&mut self, _session: SessionId) {
        todo!()
    }
    /// No session, no port in use.
    pub fn is_idle(&self) -> bool {
        todo!()
    }
    pub fn snapshot(&self) -> Vec<u8> {
        todo!()
    }
    pub fn restore(_plan: MediaPlan, _snapshot: &[u8]) -> Result<Self, String> {
        todo!()
    }
}
impl Door for Negotiator {
    fn offer(&mut self, _: Time, _: Offer) -> Result<Description, Refusal> {
        todo!()
    }
    fn answer(&mut self, _: Time, _: Answer) -> Result<Description, Refusal> {
        todo!()
    }
    fn withdraw(&mut self, _: Time, _: SessionId) {
        todo!()
    }
    fn delete(&mut self, _: Time, _: SessionId) -> Option<Summary> {
        todo!()
    }
}
