//! What the border may do and where things go: networks, servers, limits, and what crosses from one side to the other.

mod body;
mod carry;
mod header_rules;
mod hook;
mod identity;
mod number;
mod peer;
mod plan;
mod refusal;
mod registering;
mod route;
mod rules;
mod source;

pub use body::{body_may_cross, event_body_may_cross, is_session_description};
pub use carry::{Way, carried_by_request, carried_by_response, filtered_reason};
pub use header_rules::HeaderRules;
pub use hook::{HookPlan, Otherwise};
pub use identity::{
    Cause, Privacy, SessionId, SessionIds, Uuid, anonymous, asserted_identities, carried_diversion,
    diverted, preferred_identity,
};
pub use number::{
    Change, Dialling, MAX_NUMBER, Match, NumberForm, Pattern, Rewrite, Rewritten, Rule, dialled,
    is_e164,
};
pub use peer::{Account, Peer, PeerId, Referral, Role, Secret, Session, Share, Srtp};
pub use plan::{Listener, Network, Plan, Redirects, Trust};
pub use refusal::relayed_status;
pub use registering::{PushPlan, Registering, Throttle};
pub use route::{
    Advance, CallerId, Choice, Decision, Destination, Effect, Inquiry, Origin, Refusal, Route,
    Step, Whither, Whose,
};
pub use rules::{Numbers, Rules};
pub use source::Source;
