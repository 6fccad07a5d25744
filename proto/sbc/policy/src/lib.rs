//! What the border may do and where things go: networks, servers, limits, and what crosses from one side to the other.

mod body;
mod carry;
mod peer;
mod plan;
mod refusal;
mod source;

pub use body::{body_may_cross, is_session_description};
pub use carry::{Way, carried_by_request, carried_by_response, filtered_reason};
pub use peer::{Account, Peer, PeerId, Role, Secret};
pub use plan::{Listener, Network, Plan, Trust};
pub use refusal::relayed_status;
pub use source::Source;
