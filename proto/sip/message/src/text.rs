use crate::headers;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// Text that may be a piece of a longer one, which it shares: the values of a message's headers are all pieces of one text, and a
/// header that is copied from message to message is copied by reference.
///
/// A piece keeps the whole alive. What is kept for long and is a small part of a message is better [`detached`](Self::detached).
#[derive(Clone, Default)]
pub struct Text {
    whole: Arc<str>,
    /// Where the piece stands in it. No text here is longer than a message, so 32 bits suffice.
    from: u32,
    to: u32,
}

impl Text {
    /// A piece of a whole, by where it stands; copied if it does not stand there.
    pub(crate) fn within(whole: &Arc<str>, piece: &str) -> Self {
        Self::share(whole, piece).unwrap_or_else(|| Self::from(piece))
    }

    fn share(whole: &Arc<str>, piece: &str) -> Option<Self> {
        // Only a piece of this very text can have an address in it.
        let from = (piece.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        let to = from.checked_add(piece.len())?;
        if to > whole.len() {
            return None;
        }
        Some(Self {
            whole: whole.clone(),
            from: u32::try_from(from).ok()?,
            to: u32::try_from(to).ok()?,
        })
    }

    /// The same kind of piece, of the same whole.
    pub(crate) fn piece(&self, piece: &str) -> Self {
        Self::within(&self.whole, piece)
    }

    /// What a value displays, fit to be a header's: control characters become spaces, and there is no white space around it.
    pub fn of(value: impl fmt::Display) -> Self {
        headers::clean(&value)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let (from, to) = (self.from as usize, self.to as usize);
        self.whole.get(from..to).unwrap_or_default()
    }

    /// The same text, keeping nothing else alive.
    pub fn detached(&self) -> Self {
        match self.as_str().len() == self.whole.len() {
            true => self.clone(),
            false => Self::from(self.as_str()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        Self::from(Arc::<str>::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Arc<str>> for Text {
    /// What is longer than any message has no place in one, and is empty.
    fn from(whole: Arc<str>) -> Self {
        let to = u32::try_from(whole.len()).unwrap_or(0);
        Self { whole, from: 0, to }
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(out)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(out)
    }
}

impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;
    use std::sync::Arc;

    #[test]
    fn a_piece_is_found_in_its_whole_and_copied_from_elsewhere() {
        let whole: Arc<str> = "sip:alice@example.com".into();
        let piece = Text::within(&whole, whole.get(4..9).unwrap_or_default());
        assert_eq!((piece.as_str(), Arc::strong_count(&whole)), ("alice", 2));
        let copy = Text::within(&whole, "alice");
        assert_eq!((copy.as_str(), Arc::strong_count(&whole)), ("alice", 2));
        let detached = piece.detached();
        drop(piece);
        assert_eq!((detached.as_str(), Arc::strong_count(&whole)), ("alice", 1));
        assert_eq!(Text::default(), Text::from(""));
    }
}
