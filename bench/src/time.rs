//! Nanoseconds: what the machine at hand makes of it, with the instructions that callgrind does not know. No gate: it wobbles.

use crate::loads::Load;

/// Rounds, of which the fastest counts.
const ROUNDS: usize = 20;

/// The time of one repetition.
pub fn nanoseconds(load: &Load) -> u64 {
    let round = || (load.run)(load.repetitions, load.repetitions).as_nanos();
    let fastest = (0..ROUNDS).map(|_| round()).min().unwrap_or(0);
    u64::try_from(fastest).unwrap_or(u64::MAX) / u64::from(load.repetitions.max(1))
}
