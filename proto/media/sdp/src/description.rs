use crate::{Attributes, Connection, Media, Origin, Section};
use serde::{Deserialize, Serialize};

/// A whole session description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDescription {
    /// `o=`
    pub origin: Origin,
    /// `s=`; `-` means none.
    pub name: String,
    /// `c=` of the session; a media description may have its own.
    pub connection: Option<Connection>,
    /// `i=`, `u=`, `e=`, `p=`, `b=`, `t=`, `r=`, `z=`, `k=` as they were; without a `t=`, `t=0 0` is printed.
    pub lines: Vec<Line>,
    /// `a=` before the first `m=`.
    pub attributes: Attributes,
    /// `m=`, in order.
    pub media: Vec<Media>,
}

/// A line of which nothing is understood here but its letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its type letter.
    pub letter: char,
    /// All after the `=`.
    pub value: String,
}

impl SessionDescription {
    /// An unbounded session (`t=0 0`) without a name and without media.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            name: "-".to_owned(),
            connection: None,
            lines: vec![Line {
                letter: 't',
                value: "0 0".to_owned(),
            }],
            attributes: Attributes::default(),
            media: Vec::new(),
        }
    }

    /// The media descriptions, each with its session.
    pub fn sections(&self) -> impl Iterator<Item = Section<'_>> {
        self.media.iter().map(|media| Section::new(self, media))
    }

    /// The section at `index`.
    pub fn section(&self, index: usize) -> Option<Section<'_>> {
        self.media.get(index).map(|media| Section::new(self, media))
    }
}
