//! Asks somebody else over HTTP: where a call goes, and to wake a sleeping browser.
//!
//! A question is one POST with a JSON object, its answer another. How long is waited, how many are asked at once and how much is read of
//! an answer have their bounds; whatever goes wrong is no answer, and the border knows what holds then.

mod ask;
mod hook;
mod settings;
mod words;

pub use hook::{Hook, HookAnswers, HookOutlet, Question, StartError};
pub use settings::{Endpoint, HookSettings};
