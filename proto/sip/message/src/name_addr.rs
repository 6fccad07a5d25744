use crate::{HeaderError, Params, Uri};
/// `"Display" <uri>;params` (RFC 3261 §20.10): From, To, Contact, Route, Record-Route, Path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NameAddr {
    pub display: Option<String>,
    pub uri: Uri,
    pub params: Params,
}
impl NameAddr {
    pub fn new(uri: Uri) -> Self {
        Self {
            display: None,
            uri,
            params: Params::default(),
        }
    }
    pub fn tag(&self) -> Option<&str> {
        todo!()
    }
    pub fn with_tag(self, _tag: &str) -> Self {
        todo!()
    }
}
impl std::fmt::Display for NameAddr {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for NameAddr {
    type Err = HeaderError;
    fn from_str(_: &str) -> Result<Self, HeaderError> {
        todo!()
    }
}
