use crate::Match;

/// Which callers a peer is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerId {
    /// Numbers that may show themselves. Empty: all, unless another is shown in their place.
    pub allowed: Vec<Match>,
    /// Shown in place of every other.
    pub shown: Option<String>,
}

impl CallerId {
    /// The number shown for a caller; `None`: it may not call there at all.
    pub fn shown_for<'a>(&'a self, calling: &'a str) -> Option<&'a str> {
        let is_allowed = self.allowed.iter().any(|allowed| allowed.matches(calling));
        match &self.shown {
            _ if is_allowed => Some(calling),
            Some(shown) => Some(shown),
            None if self.allowed.is_empty() => Some(calling),
            None => None,
        }
    }

    /// Whether every caller is shown as it is.
    pub fn is_open(&self) -> bool {
        self.allowed.is_empty() && self.shown.is_none()
    }
}
