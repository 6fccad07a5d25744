//! The fence: which crate may see which. The checks are in `tests/`.
