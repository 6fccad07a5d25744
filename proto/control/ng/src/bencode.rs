//! Bencode: `i42e`, `4:spam`, `l…e`, `d…e`. Keys need not be sorted: those who speak ng do not sort them.

use crate::Value;

/// Lists and dictionaries inside one another. Real requests have three.
const DEPTH: usize = 8;

/// Values of one message. A request of Kamailio's with everything has some 60.
const VALUES: usize = 4096;

/// Reads one dictionary that fills the input.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader {
        rest: bytes,
        values: 0,
    };
    let value = reader.value(0)?;
    let is_whole = reader.rest.iter().all(u8::is_ascii_whitespace);
    (is_whole && matches!(value, Value::Dictionary(_))).then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.values = self.values.checked_add(1)?;
        if depth > DEPTH || self.values > VALUES {
            return None;
        }
        match self.rest.first()? {
            b'i' => {
                self.skip();
                let digits = self.until(b'e')?;
                std::str::from_utf8(digits)
                    .ok()?
                    .parse()
                    .ok()
                    .map(Value::Integer)
            }
            b'l' => {
                self.skip();
                let mut items = Vec::new();
                while !self.ends()? {
                    items.push(self.value(depth.checked_add(1)?)?);
                }
                Some(Value::List(items))
            }
            b'd' => {
                self.skip();
                let mut entries = Vec::new();
                while !self.ends()? {
                    let key = self.text()?;
                    entries.push((key, self.value(depth.checked_add(1)?)?));
                }
                Some(Value::Dictionary(entries))
            }
            _ => self.text().map(Value::Text),
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Whether the list or dictionary is over; its end is passed then.
    fn ends(&mut self) -> Option<bool> {
        let over = *self.rest.first()? == b'e';
        if over {
            self.skip();
        }
        Some(over)
    }

    fn text(&mut self) -> Option<Vec<u8>> {
        let digits = self.until(b':')?;
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let length: usize = std::str::from_utf8(digits)
            .ok()
            .filter(|_| is_number)?
            .parse()
            .ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(text.to_vec())
    }

    fn until(&mut self, end: u8) -> Option<&[u8]> {
        /// Digits of the longest number, with its sign.
        const NUMBER: usize = 20;
        let near = self.rest.get(..=NUMBER).unwrap_or(self.rest);
        let place = near.iter().position(|octet| *octet == end)?;
        let (before, after) = self.rest.split_at_checked(place)?;
        self.rest = after.get(1..).unwrap_or_default();
        Some(before)
    }
}

/// Writes a value.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Integer(number) => {
            out.push(b'i');
            out.extend_from_slice(number.to_string().as_bytes());
            out.push(b'e');
        }
        Value::Text(text) => write_text(text, out),
        Value::List(items) => {
            out.push(b'l');
            items.iter().for_each(|item| write(item, out));
            out.push(b'e');
        }
        Value::Dictionary(entries) => {
            out.push(b'd');
            for (key, value) in entries {
                write_text(key, out);
                write(value, out);
            }
            out.push(b'e');
        }
    }
}

fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(text.len().to_string().as_bytes());
    out.push(b':');
    out.extend_from_slice(text);
}
