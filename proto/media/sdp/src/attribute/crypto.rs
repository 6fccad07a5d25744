use super::Attributes;
use super::base64;
use crate::Suite;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An SDES key that can be used as it stands: `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…` (RFC 4568 §9.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crypto {
    /// Its number: an answer repeats the one it takes.
    pub tag: u32,
    /// What it is for.
    pub suite: Suite,
    /// Master key and salt.
    pub key: Vec<u8>,
}

impl Crypto {
    /// One that names a key that we cannot honour to the letter is left out: another suite, a Master Key Identifier (which would
    /// stand in the packets), several keys, or session parameters, which RFC 4568 §6.3 has everybody understand or decline.
    fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        // RFC 4568 §9.1: up to nine digits.
        let tag = words.next().filter(|tag| tag.len() <= 9)?.parse().ok()?;
        let suite = Suite::named(words.next()?)?;
        let (method, parameters) = words.next()?.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") {
            return None;
        }
        let mut parameters = parameters.split('|');
        let key = base64::decode(parameters.next()?)?;
        // A lifetime may be there. A call of ours does not last for 2^31 packets, and a shorter one is the sender's own to keep.
        let is_lifetime = |text: &str| {
            let digits = text.strip_prefix("2^").unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
        };
        let may = |parameter: &str| {
            // §6.3.7, and whatever says of itself that it may be passed over.
            parameter.starts_with('-') || parameter.to_ascii_uppercase().starts_with("WSH=")
        };
        let usable = key.len() == suite.material_length()
            && parameters.next().is_none_or(is_lifetime)
            && parameters.next().is_none()
            && words.all(may);
        usable.then_some(Self { tag, suite, key })
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, suite, key } = self;
        let (suite, key) = (suite.name(), base64::encode(key));
        write!(out, "{tag} {suite} inline:{key}")
    }
}

/// A key is not for logs.
impl fmt::Debug for Crypto {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, suite, .. } = self;
        write!(out, "Crypto({tag} {})", suite.name())
    }
}

impl Attributes {
    /// `a=crypto`, as far as it can be used, in the author's order of preference.
    pub fn crypto(&self) -> impl Iterator<Item = Crypto> {
        self.all("crypto").filter_map(Crypto::read)
    }
}
