//! The B2BUA: two legs, one fate.
//!
//! A [`Call`] pairs the leg of who called with the leg of who is called. Each has a dialog of its own: Call-ID, tags, CSeq,
//! Contact. It takes requests and responses as values, already judged by the one that composes it, and says what to do
//! in [`Action`]s; it knows neither transactions nor registrations nor policy. Media is asked through
//! [`control_command::Door`], which answers at once, so no state here waits for media.
//!
//! ```text
//!            INVITE        18x          2xx, ACK          BYE, failure, grace over, ...
//!   start ──────────▶ Calling ──▶ Ringing ──▶ Answered ──────────────────▶ Ended
//!                        └── refusal, CANCEL, no answer, lost connection ─────▲
//! ```
//!
//! An ended call stays until its last request is answered and its last 2xx acknowledged; then [`Call::is_over`].
//! However it ends, media is deleted once and the record is told once.

mod accepted;
mod ack;
mod action;
mod answer;
mod branch;
mod bye;
mod call;
mod calling;
mod cancel;
mod context;
mod departed;
mod destination;
mod early;
mod end;
mod grace;
mod hand_on;
mod in_dialog;
mod late;
mod leg;
mod media;
mod notify;
mod outcome;
mod prack;
mod progress;
mod redirect;
mod refer;
mod refresh;
mod refuse;
mod reinvite;
mod relay;
mod replaces;
mod resent;
mod respond;
mod response;
mod search;
mod start;
mod target;
mod terms;
mod timeout;
mod update;

pub use action::{Action, AskId, Asked, Crossing, Record, RequestId, Told};
pub use call::{Call, CallId, Failure};
pub use context::Context;
pub use destination::{Codes, Destination, Group, Invitation, Party, Redirect};
pub use leg::Side;
pub use media::status_of;
pub use sip_dialog::TimerPolicy;
pub use start::{Refused, Setup};
pub use terms::Manners;
pub use timeout::Wait;

#[cfg(test)]
mod tests;
