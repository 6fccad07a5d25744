//! SDP text to values and back (RFC 8866).
