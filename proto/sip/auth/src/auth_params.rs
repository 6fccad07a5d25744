//! `Digest name=value, name="value", ...` (RFC 7616 §3.3 and §3.4, RFC 3261 §25.1).

use std::fmt;

/// More parameters than any real header has; a header of thousands is an attempt to make us work.
const MAX_PARAMS: usize = 32;

/// A challenge or credentials that cannot be read or are of another scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthError {
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for AuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.what)
    }
}

impl std::error::Error for AuthError {}

/// The parameters of a `Digest` header, unquoted, in order.
#[derive(Debug)]
pub(crate) struct AuthParams(Vec<(String, String)>);

impl AuthParams {
    pub(crate) fn parse(value: &str) -> Result<Self, AuthError> {
        let value = value.trim();
        let (scheme, mut rest) = value
            .split_once([' ', '\t'])
            .ok_or(AuthError { what: "no scheme" })?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return Err(AuthError {
                what: "another scheme than Digest",
            });
        }
        let mut params: Vec<(String, String)> = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return Ok(Self(params));
            }
            let (name, after) = rest.split_once('=').ok_or(AuthError {
                what: "a parameter without value",
            })?;
            let name = name.trim_end();
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(AuthError {
                    what: "a parameter's name",
                });
            }
            let (value, after) = read_value(after.trim_start())?;
            let name = name.to_ascii_lowercase();
            // Two of one name: which one was meant is not ours to guess (RFC 7616 §3.4).
            if params.iter().any(|(known, _)| *known == name) {
                return Err(AuthError {
                    what: "a parameter twice",
                });
            }
            if params.len() >= MAX_PARAMS {
                return Err(AuthError {
                    what: "too many parameters",
                });
            }
            params.push((name, value));
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(AuthError {
                    what: "no comma between parameters",
                });
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn need(&self, name: &str, what: &'static str) -> Result<String, AuthError> {
        self.get(name).map(str::to_owned).ok_or(AuthError { what })
    }
}

/// One value, quoted or not, and what follows it.
fn read_value(text: &str) -> Result<(String, &str), AuthError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .bytes()
            .position(|byte| !is_token(byte))
            .unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return if value.is_empty() {
            Err(AuthError {
                what: "an empty value",
            })
        } else {
            Ok((value.to_owned(), rest))
        };
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let rest = quoted.get(at.saturating_add(1)..).unwrap_or_default();
                return Ok((value, rest));
            }
            '\\' => match letters.next() {
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            _ => value.push(letter),
        }
    }
    Err(AuthError {
        what: "an open quote",
    })
}

/// RFC 3261 §25.1 `token`; and what real servers leave unquoted in a nonce or opaque: `/`, `=`, `:`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~/=:".contains(&byte)
}

/// `, name="value"`, escaped. No control character gets into a header.
pub(crate) fn write_quoted(text: &mut String, name: &str, value: &str) {
    separate(text);
    text.push_str(name);
    text.push_str("=\"");
    for letter in value.chars().filter(|letter| !letter.is_control()) {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

/// `, name=value`.
pub(crate) fn write_plain(text: &mut String, name: &str, value: &str) {
    separate(text);
    text.push_str(name);
    text.push('=');
    text.push_str(value);
}

fn separate(text: &mut String) {
    text.push_str(if text.is_empty() { "Digest " } else { ", " });
}
