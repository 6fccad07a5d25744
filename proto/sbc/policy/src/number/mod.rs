//! Telephone numbers: what was dialled, E.164, and the rules that rewrite one.

mod dialled;
mod dialling;
mod pattern;
mod rewrite;

pub use dialled::{MAX_NUMBER, dialled};
pub use dialling::{Dialling, NumberForm, is_e164};
pub use pattern::{Match, Pattern};
pub use rewrite::{Change, Rewrite, Rewritten, Rule};

#[cfg(test)]
mod tests;
