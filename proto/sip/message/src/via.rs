use crate::{HeaderError, Host, Params};
/// RFC 3261 §20.42.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another token, as written.
    pub transport: Box<str>,
    pub host: Host,
    pub port: Option<u16>,
    pub params: Params,
}
impl Via {
    pub fn branch(&self) -> Option<&str> {
        todo!()
    }
}
impl std::fmt::Display for Via {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for Via {
    type Err = HeaderError;
    fn from_str(_: &str) -> Result<Self, HeaderError> {
        todo!()
    }
}
