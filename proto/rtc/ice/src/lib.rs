//! STUN (RFC 8489) and ICE lite (RFC 8445) as values.
