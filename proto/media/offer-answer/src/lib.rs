//! Negotiation: offers and answers in, offers, answers and plans out (RFC 3264). Pure; runs in the signalling thread.
//!
//! [`Negotiator`] implements [`control_command::Door`]. A description is read into what it says of media (`told`),
//! what may cross is chosen (`codec`), and the other leg's description is built anew from the model
//! (`wording`): nothing is copied through a filter. What an offer changes is kept beside the standing agreement
//! until it is answered, so that taking it back needs no undoing (`session`). Every accepted step ends in a
//! complete plan for the session's media worker (`plan`).

mod agreed;
mod answer;
mod association;
mod codec;
mod delete;
mod keys;
mod layout;
mod legs;
mod negotiator;
mod networks;
mod offer;
mod payload_type;
mod plan;
mod ports;
mod propose;
mod release;
mod session;
mod settle;
mod snapshot;
mod told;
mod translate;
mod trickle;
mod wishes;
mod withdraw;
mod wording;

pub use negotiator::Negotiator;
pub use networks::{IceMode, MediaNetwork, MediaPlan, RtpRange, WebRtcAddress};
