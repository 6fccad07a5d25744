use crate::Connection;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who made the description, and which version of it this is (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Usually `-`.
    pub username: String,
    /// Digits, of any length.
    pub session_id: String,
    /// Digits; grows by one with every change (RFC 3264 §8).
    pub version: String,
    /// The author's address; nothing is sent there.
    pub address: Connection,
}

impl Origin {
    /// Without a user name.
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        Self {
            username: "-".to_owned(),
            session_id: session_id.to_string(),
            version: version.to_string(),
            address: Connection::new(address),
        }
    }

    /// Reads from the right: some telephones put blanks into the user name.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        let (username, rest) = words.split_at_checked(words.len().checked_sub(5)?)?;
        let [session_id, version, address @ ..] = rest else {
            return None;
        };
        let digits = |word: &str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_digit());
        if username.is_empty() || !digits(session_id) || !digits(version) {
            return None;
        }
        Some(Self {
            username: username.join(" "),
            session_id: (*session_id).to_owned(),
            version: (*version).to_owned(),
            address: Connection::read(&address.join(" "))?,
        })
    }
}
