use crate::{Input, Output, Settings};
use proto_base::{Random, Time};

/// The exchange.
#[derive(Debug)]
pub struct Exchange {}

impl Exchange {
    /// With nobody registered.
    pub fn new(_settings: Settings, _random: Random) -> Self {
        todo!()
    }

    /// One input; then drain [`poll_output`](Self::poll_output).
    pub fn handle(&mut self, _now: Time, _input: Input) {
        todo!()
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        todo!()
    }

    /// When [`Input::Timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }

    /// No transaction, no call and no socket is left (registrations may be).
    pub fn is_idle(&self) -> bool {
        todo!()
    }

    /// How many contacts are registered.
    pub fn contacts(&self) -> usize {
        todo!()
    }
}
