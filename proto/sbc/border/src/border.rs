use crate::{Input, Output, Reason};
use control_command::Door;
use proto_base::{Random, Time};
use sbc_policy::Plan;
/// The SBC.
#[derive(Debug)]
pub struct Border {}
impl Border {
    pub fn new(_plan: Plan, _random: Random) -> Self {
        todo!()
    }
    /// One input; then drain `poll_output`.
    pub fn handle(&mut self, _now: Time, _input: Input, _door: &mut dyn Door) {
        todo!()
    }
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<(Time, Reason)> {
        todo!()
    }
    /// No call, dialog, transaction or timer is left (bindings may be).
    pub fn is_idle(&self) -> bool {
        todo!()
    }
    pub fn bindings(&self) -> usize {
        todo!()
    }
    pub fn calls(&self) -> usize {
        todo!()
    }
    /// Everything (bindings, calls, dialogs, transactions, deadlines) as a versioned value (CBOR behind a version number).
    pub fn snapshot(&self) -> Vec<u8> {
        todo!()
    }
    /// The other way; flows must be the same.
    pub fn restore(_plan: Plan, _snapshot: &[u8]) -> Result<Self, String> {
        todo!()
    }
}
