//! Who calls, and who has the call been to: identity by trust domain (RFC 3325), privacy (RFC 3323), diversion (RFC 5806,
//! RFC 7044), and the name of the whole session (RFC 7989).

mod asserted;
mod diversion;
mod privacy;
mod session_id;

pub use asserted::{asserted_identities, preferred_identity};
pub use diversion::{Cause, carried_diversion, diverted};
pub use privacy::{Privacy, anonymous};
pub use session_id::{SessionId, SessionIds, Uuid};
