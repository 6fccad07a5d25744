/// RFC 3261 §7.1 and its extensions. Case-sensitive.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Register,
    Options,
    Info,
    Update,
    Prack,
    Refer,
    Notify,
    Subscribe,
    Message,
    Publish,
    Other(Box<str>),
}
impl Method {
    pub fn as_str(&self) -> &str {
        todo!()
    }
}
impl std::str::FromStr for Method {
    type Err = crate::HeaderError;
    fn from_str(_: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
impl std::fmt::Display for Method {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
