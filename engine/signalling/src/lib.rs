//! The thread that drives sbc-border.
