use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What plain HTTP finds on a `ws` or `wss` listener: whole files by their path, nothing else.
#[derive(Clone, Debug, Default)]
pub struct Pages(Arc<BTreeMap<String, Page>>);

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// For the header: `text/html; charset=utf-8`.
    pub content_type: String,
    /// The octets.
    pub body: Bytes,
}

impl Pages {
    /// From paths with their leading slash: `/`, `/phone.js`.
    pub fn new(pages: impl IntoIterator<Item = (String, Page)>) -> Self {
        Self(Arc::new(pages.into_iter().collect()))
    }

    /// The file at exactly this path; there is no directory to climb out of.
    pub fn get(&self, path: &str) -> Option<&Page> {
        self.0.get(path)
    }
}
