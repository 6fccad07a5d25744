//! Negotiation: offers and answers in, offers, answers and plans out (RFC 3264). Pure; runs in the signalling thread.

mod negotiator;
mod networks;
pub use negotiator::Negotiator;
pub use networks::{MediaNetwork, MediaPlan, RtpRange, WebRtcAddress};
