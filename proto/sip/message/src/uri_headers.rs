//! What stands behind the `?` of a URI (RFC 3261 §19.1.1): headers of the request that is to be made from it.

use crate::{Uri, equivalence};
use std::fmt::Write;

impl Uri {
    /// The first header of that name, its escapes resolved. `None` also if they are no UTF-8 or hide control characters.
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers.as_deref()?;
        let value = headers
            .split('&')
            .filter_map(|header| header.split_once('='))
            .find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)?;
        let value = String::from_utf8(equivalence::decode(value)).ok()?;
        (!value.chars().any(char::is_control)).then_some(value)
    }

    /// These in place of all others.
    pub fn set_headers(&mut self, headers: &[(&str, &str)]) {
        let mut text = String::new();
        for (name, value) in headers {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
                    text.push(char::from(byte));
                } else {
                    // Writing to a String does not fail.
                    let _ = write!(text, "%{byte:02X}");
                }
            }
        }
        self.headers = (!text.is_empty()).then_some(text);
    }
}
