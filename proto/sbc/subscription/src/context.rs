use crate::Action;
use proto_base::{Random, Time};

/// What a subscription is lent while it handles something: the time, chance, and where its actions go.
pub struct Context<'a> {
    /// The moment.
    pub now: Time,
    /// Tags.
    pub random: &'a mut Random,
    /// What is to be done, in order.
    pub actions: &'a mut Vec<Action>,
}
