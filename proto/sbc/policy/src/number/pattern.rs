use regex::{Regex, RegexBuilder};
use std::fmt;

/// Bytes that a compiled expression may take: one like `(\d{1000}){1000}` is refused when the configuration is read.
const MAX_COMPILED: usize = 256 * 1024;
/// Brackets in brackets.
const MAX_NESTING: u32 = 32;

/// A regular expression for a whole number, compiled when the configuration is read. The engine looks at each letter a bounded
/// number of times, so nothing dialled makes it slow.
#[derive(Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
}

impl Pattern {
    /// Reads an expression; the error is in words.
    pub fn new(written: &str) -> Result<Self, String> {
        let build = |text: &str| {
            RegexBuilder::new(text)
                .size_limit(MAX_COMPILED)
                .dfa_size_limit(MAX_COMPILED)
                .nest_limit(MAX_NESTING)
                .build()
                .map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                    other => last_line(&other.to_string()),
                })
        };
        // Alone first: a bracket that closes the one we put around it would change the meaning.
        build(written)?;
        Ok(Self {
            written: written.to_owned(),
            regex: build(&format!("^(?:{written})$"))?,
        })
    }

    /// Whether it speaks of this number.
    pub fn matches(&self, number: &str) -> bool {
        self.regex.is_match(number)
    }

    /// The replacement with `$1`, `${1}` filled in; `None` if the expression does not speak of this number.
    pub fn replace(&self, number: &str, replacement: &str) -> Option<String> {
        let captures = self.regex.captures(number)?;
        let mut replaced = String::new();
        captures.expand(replacement, &mut replaced);
        Some(replaced)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// How many groups it has: what `$1` and so on may name.
    pub fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }
}

/// The library draws a picture of the place above its words.
fn last_line(words: &str) -> String {
    let last = words.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "/{}/", self.written)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

/// Which numbers are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Every number.
    Any,
    /// This one.
    Exact(String),
    /// Those that begin so.
    Prefix(String),
    /// Those that the expression describes whole.
    Pattern(Pattern),
}

impl Match {
    /// From the configuration: `112` is that number, `+49*` what begins so, `/0[1-9]\d+/` a regular expression, `*` every number.
    pub fn parse(written: &str) -> Result<Self, String> {
        if written.is_empty() {
            return Err("it is empty".to_owned());
        }
        if written == "*" {
            return Ok(Match::Any);
        }
        if let Some(expression) = written
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
        {
            return Pattern::new(expression).map(Match::Pattern);
        }
        Ok(match written.strip_suffix('*') {
            Some(prefix) => Match::Prefix(prefix.to_owned()),
            None => Match::Exact(written.to_owned()),
        })
    }

    /// Whether it speaks of this number.
    pub fn matches(&self, number: &str) -> bool {
        match self {
            Match::Any => true,
            Match::Exact(exact) => number == exact,
            Match::Prefix(prefix) => number.starts_with(prefix.as_str()),
            Match::Pattern(pattern) => pattern.matches(number),
        }
    }
}

/// As it stands in the configuration.
impl fmt::Display for Match {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Match::Any => out.write_str("*"),
            Match::Exact(number) => out.write_str(number),
            Match::Prefix(prefix) => write!(out, "{prefix}*"),
            Match::Pattern(pattern) => write!(out, "/{}/", pattern.as_str()),
        }
    }
}
