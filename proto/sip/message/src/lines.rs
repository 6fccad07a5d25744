use crate::limits::MAX_HEADER_LINE;
use crate::{HeaderName, syntax};
use std::borrow::Cow;

/// Start line and headers of a message, line by line, each with its folds. The one place that knows where a line ends: parser,
/// stream framer and the writer of 400 responses read through it, so they cannot disagree (header smuggling, CVE-2020-28361).
#[derive(Clone)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    /// All of it, if it is known to be UTF-8.
    text: Option<&'a str>,
}

/// One logical line: CRLF at its end cut off, folds still inside.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    bytes: &'a [u8],
    /// The same, if it is known to be UTF-8.
    text: Option<&'a str>,
    /// It holds folds or escaped control characters.
    dirty: bool,
}

/// A line that no reader should guess about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadLine {
    TooLong,
    /// A control character, a CR or LF alone, or no colon.
    Broken(&'static str),
    /// The message ends before its empty line.
    Unfinished,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            text: None,
        }
    }

    /// Of what is known to be UTF-8.
    pub(crate) fn of_text(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
            text: Some(text),
        }
    }

    /// What follows the lines read so far: after the empty line, the body.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// CRLFs before a message (RFC 3261 §7.5).
    pub(crate) fn skip_empty(&mut self) {
        while let [b'\r', b'\n', tail @ ..] = self.rest {
            self.rest = tail;
        }
    }

    /// The next logical line; `None` at the empty line.
    pub(crate) fn next_line(&mut self) -> Result<Option<Line<'a>>, BadLine> {
        if let [b'\r', b'\n', tail @ ..] = self.rest {
            self.rest = tail;
            return Ok(None);
        }
        let mut dirty = false;
        let mut from = 0_usize;
        loop {
            let found = self.rest.get(from..).and_then(syntax::control_at);
            let at = found
                .and_then(|offset| from.checked_add(offset))
                .ok_or(BadLine::Unfinished)?;
            if at > MAX_HEADER_LINE {
                return Err(BadLine::TooLong);
            }
            let (line, tail) = self.rest.split_at_checked(at).ok_or(BadLine::Unfinished)?;
            match tail {
                [b'\r', b'\n', b' ' | b'\t', ..] => {
                    dirty = true;
                    from = at.saturating_add(3);
                }
                [b'\r', b'\n', next @ ..] => {
                    let text = self.text.and_then(|text| {
                        let from = text.len().checked_sub(self.rest.len())?;
                        text.get(from..from.checked_add(at)?)
                    });
                    self.rest = next;
                    return Ok(Some(Line {
                        bytes: line,
                        text,
                        dirty,
                    }));
                }
                [b'\r'] => return Err(BadLine::Unfinished),
                [b'\r' | b'\n', ..] => return Err(BadLine::Broken("CR or LF alone")),
                // A quoted-pair may escape any control character but these two (RFC 3261 §25.1; RFC 4475 §3.1.1.2).
                [_, ..] if line.last() == Some(&b'\\') => {
                    dirty = true;
                    from = at.saturating_add(1);
                }
                _ => return Err(BadLine::Broken("control character")),
            }
        }
    }
}

impl<'a> Line<'a> {
    /// As text. Folds become one space each (RFC 3261 §7.3.1), escaped control characters and what is no UTF-8 become U+FFFD: from
    /// here on a value holds neither, and grammar that wants tokens refuses the replacement.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        if !self.dirty {
            if let Some(text) = self.text {
                return Cow::Borrowed(text);
            }
            return match std::str::from_utf8(self.bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(self.bytes),
            };
        }
        let mut clean = Vec::with_capacity(self.bytes.len());
        let mut rest = self.bytes;
        while let [byte, tail @ ..] = rest {
            rest = tail;
            match (*byte, tail) {
                (b'\r', [b'\n', after @ ..]) => {
                    while clean.last().copied().is_some_and(syntax::is_white) {
                        clean.pop();
                    }
                    clean.push(b' ');
                    rest = skip_white(after);
                }
                (b'\\', [b'\r', ..]) => clean.push(b'\\'),
                (b'\\', [escaped, after @ ..]) if syntax::is_control(*escaped) => {
                    clean.extend_from_slice("\u{fffd}".as_bytes());
                    rest = after;
                }
                (b'\\', [escaped, after @ ..]) => {
                    clean.extend_from_slice(&[b'\\', *escaped]);
                    rest = after;
                }
                (byte, _) if syntax::is_control(byte) => {
                    clean.extend_from_slice("\u{fffd}".as_bytes());
                }
                (byte, _) => clean.push(byte),
            }
        }
        match String::from_utf8_lossy(&clean) {
            Cow::Owned(text) => Cow::Owned(text),
            Cow::Borrowed(text) => Cow::Owned(text.to_owned()),
        }
    }

    /// Whether it is spread over several lines.
    pub(crate) fn is_folded(&self) -> bool {
        self.dirty && self.bytes.contains(&b'\n')
    }
}

fn skip_white(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', tail @ ..] = bytes {
        bytes = tail;
    }
    bytes
}

/// Name and value of a header line. White space before the colon is legal (RFC 3261 §25.1 `HCOLON`) and gone afterwards.
pub(crate) fn name_and_value(line: &str) -> Result<(HeaderName, &str), BadLine> {
    let (name, value) = syntax::cut(line, b':').ok_or(BadLine::Broken("header without colon"))?;
    let name = syntax::trim_end(name)
        .parse()
        .map_err(|_| BadLine::Broken("header name"))?;
    Ok((name, syntax::trim(value)))
}
