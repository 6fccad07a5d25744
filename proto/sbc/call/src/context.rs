use crate::Action;
use control_command::Door;
use proto_base::{Random, Time};

/// What a call is lent while it handles something: the time, chance, media, and where its actions go.
pub struct Context<'a> {
    /// The moment.
    pub now: Time,
    /// Tags and Call-IDs.
    pub random: &'a mut Random,
    /// Media.
    pub door: &'a mut dyn Door,
    /// What is to be done, in order.
    pub actions: &'a mut Vec<Action>,
}
