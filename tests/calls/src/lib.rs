//! Whole calls in virtual time.
