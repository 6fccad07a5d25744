//! Events of the border as log lines and counters.
