//! Whole calls in virtual time. The stories are in `tests/`.
