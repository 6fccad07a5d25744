//! Instruction counts and side-by-side loads.
