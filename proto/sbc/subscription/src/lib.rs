//! A subscription across the border (RFC 6665): one end subscribes to what the other knows, and each has a dialog of its own with us.
//!
//! A [`Subscription`] pairs the leg of the subscriber with the leg of the notifier, as a call pairs two legs: Call-ID, tags,
//! CSeq and Contact differ, Event and state are one. It takes requests and responses as values, already judged by the
//! one that composes it, and says what to do in [`Action`]s. It keeps no state of the package: each NOTIFY is passed on and
//! answered with the subscriber's own answer, so nothing is said that an end did not say.
//!
//! ```text
//!          SUBSCRIBE         2xx, or a NOTIFY before it        terminated, 0 s granted, 481, expiry, lost
//!   start ──────────▶ Asking ─────────────────────────▶ Active ─────────────────────────────────────▶ Ended
//!                        └── refusal, nobody there ───────────────────────────────────────────────────▲
//! ```
//!
//! The SUBSCRIBE may fork; the first notifier heard is the one, others are told 481 (RFC 6665 §5.4.9). An ended subscription
//! stays until its last request is answered; then [`Subscription::is_over`].

mod action;
mod context;
mod end;
mod grace;
mod leg;
mod notify;
mod refresh;
mod request;
mod resent;
mod respond;
mod response;
mod start;
mod state;
mod subscription;
mod timeout;

pub use action::{Action, AskId, Asked, Crossing, Failure, RequestId};
pub use context::Context;
pub use leg::Side;
pub use start::{Invitation, Refused, Setup};
pub use state::event_package;
pub use subscription::{Subscription, SubscriptionId};

#[cfg(test)]
mod tests;
