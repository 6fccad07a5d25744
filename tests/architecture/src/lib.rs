//! The fence: which crate may see which.
