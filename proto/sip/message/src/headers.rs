use crate::{CSeq, HeaderName, NameAddr, Via};
/// A header that is missing or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    pub what: &'static str,
}
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Header {
    pub name: HeaderName,
    pub value: String,
}
/// Headers in order. Comma-separated lists (Via, Route, Record-Route, Contact, ...) are split into one entry each by the parser.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Headers(Vec<Header>);
impl Headers {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }
    /// The first value.
    pub fn get(&self, _name: &HeaderName) -> Option<&str> {
        todo!()
    }
    pub fn get_all<'a>(&'a self, _name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        std::iter::empty()
    }
    pub fn has(&self, _name: &HeaderName) -> bool {
        todo!()
    }
    /// Appends. The value may be anything that displays; it must hold no CR or LF (they become spaces).
    pub fn push(&mut self, _name: HeaderName, _value: impl ToString) {
        todo!()
    }
    /// Before the first of that name, or in front of all (Via, Route).
    pub fn push_front(&mut self, _name: HeaderName, _value: impl ToString) {
        todo!()
    }
    /// Removes all of that name and appends one (in the place of the first, if there was one).
    pub fn set(&mut self, _name: HeaderName, _value: impl ToString) {
        todo!()
    }
    pub fn remove(&mut self, _name: &HeaderName) {
        todo!()
    }
    /// Removes the first of that name and gives its value.
    pub fn remove_first(&mut self, _name: &HeaderName) -> Option<String> {
        todo!()
    }

    pub fn via(&self) -> Result<Via, HeaderError> {
        todo!()
    }
    pub fn vias(&self) -> Result<Vec<Via>, HeaderError> {
        todo!()
    }
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        todo!()
    }
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        todo!()
    }
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        todo!()
    }
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        todo!()
    }
    /// `Contact: *` is `Err`; ask [`Headers::is_contact_star`] first.
    pub fn contacts(&self) -> Result<Vec<NameAddr>, HeaderError> {
        todo!()
    }
    pub fn is_contact_star(&self) -> bool {
        todo!()
    }
    pub fn routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        todo!()
    }
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        todo!()
    }
    /// `Ok(None)` when absent.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        todo!()
    }
    /// Seconds; `Ok(None)` when absent.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        todo!()
    }
    /// Whether a token stands in a comma-separated header (Supported, Require, Allow), without case.
    pub fn has_token(&self, _name: &HeaderName, _token: &str) -> bool {
        todo!()
    }
}
