//! The packets of one session: latching, relay, RTCP.
