use super::Attributes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `a=group:BUNDLE 0 1` (RFC 5888 §5, RFC 9143).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// `BUNDLE`, `LS`, ...
    pub semantics: String,
    /// The members, by their `a=mid`.
    pub mids: Vec<String>,
}

impl fmt::Display for Group {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.semantics)?;
        self.mids.iter().try_for_each(|mid| write!(out, " {mid}"))
    }
}

/// `a=msid:stream track` (RFC 8830).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Msid {
    /// The stream; `-` is none.
    pub stream: String,
    /// The track.
    pub track: Option<String>,
}

impl Attributes {
    /// `a=mid` (RFC 5888 §4)
    pub fn mid(&self) -> Option<&str> {
        let token = |mid: &&str| !mid.is_empty() && !mid.contains(char::is_whitespace);
        self.first("mid").filter(token)
    }

    /// `a=group`
    pub fn groups(&self) -> impl Iterator<Item = Group> {
        self.all("group").filter_map(|value| {
            let mut words = value.split_ascii_whitespace().map(str::to_owned);
            Some(Group {
                semantics: words.next()?,
                mids: words.collect(),
            })
        })
    }

    /// `a=msid`
    pub fn msid(&self) -> Option<Msid> {
        let mut words = self.first("msid")?.split_ascii_whitespace();
        Some(Msid {
            stream: words.next()?.to_owned(),
            track: words.next().map(str::to_owned),
        })
    }
}
