//! RTP, RTCP and telephone events (RFC 3550, RFC 4733).
