//! Digest authentication, both ends (RFC 7616, RFC 8760).
