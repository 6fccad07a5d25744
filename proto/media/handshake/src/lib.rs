//! ICE and DTLS of one leg, ending in SRTP keys.
