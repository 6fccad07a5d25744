//! Challenges and credentials from anyone: what is read comes out the same when written and read again.

use sip_auth::{Challenge, Credentials};

/// Reads the bytes as both headers.
pub fn sip_auth(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Control characters are dropped when printing; a parsed header never holds any.
    if text.chars().any(char::is_control) {
        return;
    }
    if let Ok(challenge) = text.parse::<Challenge>() {
        assert_eq!(challenge.to_string().parse(), Ok(challenge));
    }
    if let Ok(credentials) = text.parse::<Credentials>() {
        assert_eq!(credentials.to_string().parse(), Ok(credentials));
    }
}
