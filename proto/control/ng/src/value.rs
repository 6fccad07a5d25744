use crate::{bencode, json};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A value of either encoding. JSON's `true`, `false`, `null` and fractions are read as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// Octets, mostly words.
    Text(Vec<u8>),
    /// Values in order.
    List(Vec<Value>),
    /// Keys and values, in the order of their author: the protocol's clients do not sort them.
    Dictionary(Vec<(Vec<u8>, Value)>),
}

/// How a message is written. The reply is written as its request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// As BitTorrent has it, keys in any order.
    Bencode,
    /// RFC 8259.
    Json,
}

/// Why a payload could not be read. The words are those that the protocol's clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There is none.
    Empty,
    /// It begins like neither encoding.
    Neither,
    /// It begins like bencode and is none.
    Bencode,
    /// It begins like JSON and is none.
    Json,
}

impl Encoding {
    /// By the first octet of a payload.
    pub fn of(payload: &[u8]) -> Result<Self, Malformed> {
        match payload.first() {
            Some(b'd') => Ok(Encoding::Bencode),
            Some(b'{') => Ok(Encoding::Json),
            Some(_) => Err(Malformed::Neither),
            None => Err(Malformed::Empty),
        }
    }

    /// Reads a whole payload: a dictionary and nothing after it.
    pub fn read(self, payload: &[u8]) -> Result<Value, Malformed> {
        match self {
            Encoding::Bencode => bencode::read(payload).ok_or(Malformed::Bencode),
            Encoding::Json => json::read(payload).ok_or(Malformed::Json),
        }
    }

    /// Writes a value behind what is there.
    pub fn write(self, value: &Value, out: &mut Vec<u8>) {
        match self {
            Encoding::Bencode => bencode::write(value, out),
            Encoding::Json => json::write(value, out),
        }
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Value::Text(text.as_ref().to_vec())
    }

    /// A dictionary.
    pub fn dictionary<Key: AsRef<[u8]>>(entries: impl IntoIterator<Item = (Key, Value)>) -> Self {
        let entries = entries.into_iter();
        Value::Dictionary(
            entries
                .map(|(key, value)| (key.as_ref().to_vec(), value))
                .collect(),
        )
    }

    /// A list of texts.
    pub fn texts<Text: AsRef<[u8]>>(texts: impl IntoIterator<Item = Text>) -> Self {
        Value::List(texts.into_iter().map(Value::text).collect())
    }

    /// A count, as far as the encodings go.
    pub fn count(number: u64) -> Self {
        Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// A dictionary's value by its key; spaces, hyphens and underscores are the same in keys.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Dictionary(entries) = self else {
            return None;
        };
        let mut entries = entries.iter();
        entries
            .find(|(known, _)| is_same_key(known, key.as_bytes()))
            .map(|(_, value)| value)
    }

    /// A text, if it is one and readable.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// The octets of a text.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, or a text that is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(number) => Some(*number),
            Value::Text(_) => self.as_str()?.trim_ascii().parse().ok(),
            _ => None,
        }
    }

    /// The words of a list; a text is a list by its commas.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Value::List(items) => items.iter().filter_map(Value::as_str).collect(),
            Value::Text(_) => {
                let words = self.as_str().unwrap_or_default().split(',');
                words
                    .map(str::trim_ascii)
                    .filter(|it| !it.is_empty())
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether two words are one but for case and for what stands between their parts.
pub(crate) fn is_same_key(one: &[u8], other: &[u8]) -> bool {
    let plain = |octet: &u8| match octet {
        b' ' | b'_' => b'-',
        other => other.to_ascii_lowercase(),
    };
    one.iter().map(plain).eq(other.iter().map(plain))
}

impl Malformed {
    /// In the words of the protocol.
    pub fn words(self) -> &'static str {
        match self {
            Malformed::Empty => "Invalid data (no payload)",
            Malformed::Neither => "Invalid NG data format",
            Malformed::Bencode => "Could not decode bencode dictionary",
            Malformed::Json => "Failed to parse JSON document",
        }
    }
}

/// Readable, and without the bodies that hold keys.
impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longer ones are bodies.
        const WORD: usize = 64;
        match self {
            Value::Integer(number) => write!(out, "{number}"),
            Value::Text(text) if text.len() > WORD => write!(out, "({} octets)", text.len()),
            Value::Text(text) => write!(out, "{:?}", String::from_utf8_lossy(text)),
            Value::List(items) => out.debug_list().entries(items).finish(),
            Value::Dictionary(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (String::from_utf8_lossy(key), value));
                out.debug_map().entries(entries).finish()
            }
        }
    }
}
