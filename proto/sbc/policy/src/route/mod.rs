//! Where a call goes, and as whose: routes in order, the first that matches decides.

mod advance;
mod answerer;
mod caller_id;
mod decide;
mod decision;
mod destination;
mod order;
mod table;

pub use advance::Advance;
pub use caller_id::CallerId;
pub use decision::{Decision, Destination, Inquiry, Origin, Refusal, Step, Whither};
pub(crate) use order::draw;
pub use table::{Choice, Effect, Route, Whose};

#[cfg(test)]
mod tests;
