//! JSON (RFC 8259) to values and back. Nesting is bounded by `serde_json` (128), the rest by a datagram's size.

use crate::Value;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::fmt;

/// Values of one message, as in bencode.
const VALUES: usize = 4096;

/// Reads one object that fills the input.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    // Every value is followed by a comma or by the end of what it is in.
    let ends = bytes
        .iter()
        .filter(|octet| matches!(octet, b',' | b']' | b'}'));
    // Commas in texts count, too: descriptions have few.
    if ends.count() > VALUES {
        return None;
    }
    let Read(value) = serde_json::from_slice(bytes).ok()?;
    matches!(value, Value::Dictionary(_)).then_some(value)
}

/// Writes a value. What is no UTF-8 becomes U+FFFD.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    // Writing into memory does not fail, and all keys are texts.
    let _ = serde_json::to_writer(out, &Written(value));
}

struct Read(Value);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Read)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::text(if value { "true" } else { "false" }))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::count(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::text(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::text(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Read(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut dictionary = Vec::new();
        while let Some((key, Read(value))) = entries.next_entry::<String, Read>()? {
            dictionary.push((key.into_bytes(), value));
        }
        Ok(Value::Dictionary(dictionary))
    }
}

struct Written<'a>(&'a Value);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(&String::from_utf8_lossy(text)),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Written(item))?;
                }
                list.end()
            }
            Value::Dictionary(entries) => {
                let mut dictionary = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    let key = String::from_utf8_lossy(key);
                    dictionary.serialize_entry(key.as_ref(), &Written(value))?;
                }
                dictionary.end()
            }
        }
    }
}
