use super::Attributes;
use serde::{Deserialize, Serialize};

/// `a=ssrc:1 cname:x` (RFC 5576 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ssrc {
    /// The source.
    pub ssrc: u32,
    /// What is told of it: `cname`, `msid`, ...
    pub attribute: String,
    /// With which value.
    pub value: Option<String>,
}

impl Attributes {
    /// `a=ssrc`
    pub fn ssrcs(&self) -> impl Iterator<Item = Ssrc> {
        self.all("ssrc").filter_map(|value| {
            let (ssrc, rest) = value.split_once(' ')?;
            let (attribute, value) = match rest.trim_ascii().split_once(':') {
                Some((attribute, value)) => (attribute, Some(value.to_owned())),
                None => (rest.trim_ascii(), None),
            };
            Some(Ssrc {
                ssrc: ssrc.parse().ok()?,
                attribute: attribute.to_owned(),
                value,
            })
        })
    }
}
