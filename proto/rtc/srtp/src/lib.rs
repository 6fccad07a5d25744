//! SRTP and SRTCP contexts (RFC 3711, RFC 7714).
