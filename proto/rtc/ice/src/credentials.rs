use serde::{Deserialize, Serialize};
use std::fmt;

/// An ICE username fragment and password (RFC 8445 §5.3).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The username fragment.
    pub ufrag: String,
    /// The password, the key of MESSAGE-INTEGRITY.
    pub pwd: String,
}

impl Credentials {
    /// From both halves.
    pub fn new(ufrag: impl Into<String>, pwd: impl Into<String>) -> Self {
        Self {
            ufrag: ufrag.into(),
            pwd: pwd.into(),
        }
    }
}

/// Passwords are not for logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}
