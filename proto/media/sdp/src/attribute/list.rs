use crate::Direction;
use serde::{Deserialize, Serialize};

/// `a=name` or `a=name:value` (RFC 8866 §5.13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Before the colon.
    pub name: String,
    /// After it.
    pub value: Option<String>,
}

impl Attribute {
    /// What stands behind `a=`. `None` without a name.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let colon = value.bytes().position(|octet| octet == b':');
        let (name, value) = match colon.and_then(|at| value.split_at_checked(at)) {
            Some((name, value)) => (name, value.get(1..)),
            None => (value, None),
        };
        let name = name.trim_ascii();
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        })
    }
}

/// The attributes of a session or a media description, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Adds `a=name:value`.
    pub fn push(&mut self, name: &str, value: &str) {
        self.push_attribute(Attribute {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        });
    }

    /// Adds `a=name:value` with a value made for it.
    pub(crate) fn push_made(&mut self, name: &str, value: String) {
        self.push_attribute(Attribute {
            name: name.to_owned(),
            value: Some(value),
        });
    }

    /// Adds `a=name`.
    pub fn push_flag(&mut self, name: &str) {
        self.push_attribute(Attribute {
            name: name.to_owned(),
            value: None,
        });
    }

    /// Adds an attribute.
    pub fn push_attribute(&mut self, attribute: Attribute) {
        self.0.push(attribute);
    }

    /// Adds a direction.
    pub fn push_direction(&mut self, direction: Direction) {
        self.push_flag(match direction {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        });
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the attribute is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The values of every attribute of that name, in order, without blanks around them.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |attribute| attribute.name.eq_ignore_ascii_case(name))
            .filter_map(|attribute| attribute.value.as_deref())
            .map(str::trim_ascii)
    }

    /// The value of the first attribute of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))?
            .value
            .as_deref()
            .map(str::trim_ascii)
    }

    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`, the first that is there.
    pub fn direction(&self) -> Option<Direction> {
        self.0.iter().find_map(|attribute| {
            let is = |name: &str| attribute.name.eq_ignore_ascii_case(name);
            let all = [
                ("sendrecv", Direction::SendRecv),
                ("sendonly", Direction::SendOnly),
                ("recvonly", Direction::RecvOnly),
                ("inactive", Direction::Inactive),
            ];
            let (_, direction) = all.into_iter().find(|(name, _)| is(name))?;
            Some(direction)
        })
    }

    /// `a=ice-ufrag` (RFC 8839 §5.4)
    pub fn ice_ufrag(&self) -> Option<&str> {
        self.first("ice-ufrag")
    }

    /// `a=ice-pwd` (RFC 8839 §5.4)
    pub fn ice_pwd(&self) -> Option<&str> {
        self.first("ice-pwd")
    }

    /// `a=ice-lite` (RFC 8839 §5.3)
    pub fn ice_lite(&self) -> bool {
        self.has("ice-lite")
    }

    /// `a=ice-options`, word by word (RFC 8839 §5.6)
    pub fn ice_options(&self) -> impl Iterator<Item = &str> {
        self.first("ice-options")
            .unwrap_or_default()
            .split_ascii_whitespace()
    }

    /// `a=end-of-candidates` (RFC 8840 §8.2)
    pub fn end_of_candidates(&self) -> bool {
        self.has("end-of-candidates")
    }

    /// `a=bundle-only` (RFC 9143 §6)
    pub fn bundle_only(&self) -> bool {
        self.has("bundle-only")
    }
}
