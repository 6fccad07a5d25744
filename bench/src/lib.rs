//! Instruction counts: the gate against slow regressions.
//!
//! A [`loads::Load`] is a piece of work done many times. [`count`] has callgrind count the instructions of one repetition,
//! [`time`] takes the time of one, [`limits`] says how many instructions it may cost. See README.md.

pub mod count;
pub mod limits;
pub mod loads;
pub mod time;
