use crate::Arrival;
use control_command::Door;
use proto_base::Time;

/// One input being handled: the moment, and media.
pub(crate) struct Turn<'a> {
    pub(crate) now: Time,
    pub(crate) door: &'a mut dyn Door,
}

/// Whose request is in hand, and how to answer it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) ask: sbc_call::AskId,
    pub(crate) arrival: Arrival,
}
