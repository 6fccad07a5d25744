use sip_message::HeaderError;
use std::fmt;

/// Why a message makes no dialog. The one who sent it is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogError {
    /// A tag that must be there is not.
    NoTag(&'static str),
    /// A request that makes a dialog names exactly one Contact (RFC 3261 §8.1.1.8).
    NoContact,
    /// More Record-Routes than [`Dialog`](crate::Dialog) keeps.
    TooManyRoutes,
    /// A header cannot be read.
    Header(HeaderError),
}

impl From<HeaderError> for DialogError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl fmt::Display for DialogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialogError::NoTag(header) => write!(formatter, "no tag in {header}"),
            DialogError::NoContact => formatter.write_str("no single Contact"),
            DialogError::TooManyRoutes => formatter.write_str("too many Record-Routes"),
            DialogError::Header(error) => write!(formatter, "unreadable {}", error.what),
        }
    }
}

impl std::error::Error for DialogError {}
