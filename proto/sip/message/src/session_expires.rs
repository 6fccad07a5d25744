use crate::{HeaderError, syntax};
use std::fmt;

/// Who refreshes a session (RFC 4028 §4), named by the part it plays in the request at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answers it.
    Uas,
}

/// `Session-Expires` (RFC 4028 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionExpires {
    /// The session's length without a refresh.
    pub seconds: u32,
    /// Who refreshes, where that is said.
    pub refresher: Option<Refresher>,
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.seconds)?;
        match self.refresher {
            Some(Refresher::Uac) => out.write_str(";refresher=uac"),
            Some(Refresher::Uas) => out.write_str(";refresher=uas"),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for SessionExpires {
    type Err = HeaderError;

    /// Parameters that are not ours to know are passed over (RFC 4028 §4: `generic-param`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const BAD: HeaderError = HeaderError {
            what: "Session-Expires",
        };
        let mut parts = text.split(';').map(syntax::trim);
        let seconds = syntax::seconds(parts.next().ok_or(BAD)?, BAD.what)?;
        let mut refresher = None;
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            if !syntax::trim(name).eq_ignore_ascii_case("refresher") {
                continue;
            }
            refresher = match syntax::trim(value) {
                word if word.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                word if word.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                _ => return Err(BAD),
            };
        }
        Ok(Self { seconds, refresher })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Refresher, SessionExpires};

    #[test]
    fn it_is_read_as_it_is_written() {
        for (text, seconds, refresher) in [
            ("90", 90, None),
            ("1800;refresher=uac", 1800, Some(Refresher::Uac)),
            ("90 ; a=b ; Refresher = UAS", 90, Some(Refresher::Uas)),
            ("99999999999", u32::MAX, None),
        ] {
            let read: SessionExpires = text.parse().unwrap();
            assert_eq!(read, SessionExpires { seconds, refresher });
            assert_eq!(read.to_string().parse(), Ok(read));
        }
        for bad in ["", "soon", "-1", "90;refresher=both", ";refresher=uac"] {
            assert!(bad.parse::<SessionExpires>().is_err(), "{bad}");
        }
    }
}
