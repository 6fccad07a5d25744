use crate::{
    Attribute, Attributes, Connection, Fault, Line, Media, Origin, ParseError, SessionDescription,
    limits,
};

use std::borrow::Cow;

/// The order in which the lines of a session are printed; `t=` and `r=` stay in each other's order.
const SESSION_ORDER: [&str; 7] = ["i", "u", "e", "p", "b", "tr", "zk"];

/// The same for a media description.
const MEDIA_ORDER: [&str; 2] = ["i", "bk"];

impl SessionDescription {
    /// Reads a body. Bare LF ends a line too, empty lines are passed over, and what is no UTF-8 becomes U+FFFD.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        if body.len() > limits::OCTETS {
            return Err(ParseError {
                line: 0,
                fault: Fault::TooLarge,
            });
        }
        let mut reader = Reader::default();
        let text = text_of(body);
        let mut rest = Some(&*text);
        let mut line = 0_usize;
        while let Some(text) = rest {
            line = line.saturating_add(1);
            let at = |fault| ParseError { line, fault };
            if line > limits::LINES {
                return Err(at(Fault::TooManyLines));
            }
            let raw = match text.bytes().position(|octet| octet == b'\n') {
                Some(end) => {
                    rest = text.get(end.saturating_add(1)..);
                    text.get(..end).unwrap_or_default()
                }
                None => {
                    rest = None;
                    text
                }
            };
            let raw = raw.strip_suffix('\r').unwrap_or(raw);
            if !raw.is_empty() {
                reader.line(raw).map_err(at)?;
            }
        }
        reader
            .finish()
            .map_err(|fault| ParseError { line: 0, fault })
    }
}

/// As text. Nearly every body is UTF-8, which is seen faster than what is not is mended.
fn text_of(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(body),
    }
}

#[derive(Default)]
struct Reader {
    version: bool,
    origin: Option<Origin>,
    name: Option<String>,
    connection: Option<Connection>,
    lines: Vec<Line>,
    attributes: Attributes,
    media: Vec<Media>,
    candidates: usize,
}

impl Reader {
    fn line(&mut self, raw: &str) -> Result<(), Fault> {
        let ([letter, b'=', ..], Some(value)) = (raw.as_bytes(), raw.get(2..)) else {
            return Err(Fault::NotALine);
        };
        if !letter.is_ascii_lowercase() || value.bytes().any(|it| matches!(it, 0 | b'\r')) {
            return Err(Fault::NotALine);
        }
        if !self.version {
            let is_version = *letter == b'v' && value.trim_ascii() == "0";
            self.version = is_version;
            return is_version.then_some(()).ok_or(Fault::Version);
        }
        match letter {
            b'v' => Err(Fault::Version),
            b'o' => self.origin(value),
            b's' => self.name(value),
            b'c' => self.connection(value),
            b'm' => self.media(value),
            b'a' => self.attribute(value),
            b'i' | b'b' | b'k' => self.other(*letter, value),
            b'u' | b'e' | b'p' | b't' | b'r' | b'z' if self.media.is_empty() => {
                self.other(*letter, value)
            }
            _ => Err(Fault::UnknownType),
        }
    }

    fn origin(&mut self, value: &str) -> Result<(), Fault> {
        if self.origin.is_some() {
            return Err(Fault::Origin);
        }
        self.origin = Some(Origin::read(value).ok_or(Fault::Origin)?);
        Ok(())
    }

    fn name(&mut self, value: &str) -> Result<(), Fault> {
        if !self.media.is_empty() {
            return Err(Fault::UnknownType);
        }
        // RFC 8866 §5.3: a session without a name has "-"; some send nothing at all.
        let name = if value.is_empty() { "-" } else { value };
        self.name.get_or_insert_with(|| name.to_owned());
        Ok(())
    }

    /// Of several (layers of a multicast session) the first counts.
    fn connection(&mut self, value: &str) -> Result<(), Fault> {
        let connection = Connection::read(value).ok_or(Fault::Connection)?;
        let place = match self.media.last_mut() {
            Some(media) => &mut media.connection,
            None => &mut self.connection,
        };
        place.get_or_insert(connection);
        Ok(())
    }

    fn media(&mut self, value: &str) -> Result<(), Fault> {
        if self.media.len() >= limits::MEDIA {
            return Err(Fault::TooManyMedia);
        }
        let mut words = value.split_ascii_whitespace();
        let kind = words.next().ok_or(Fault::Media)?;
        let port = words.next().ok_or(Fault::Media)?;
        let protocol = words.next().ok_or(Fault::Media)?;
        let (port, ports) = match port.split_once('/') {
            Some((port, ports)) => (port, Some(number(ports)?)),
            None => (port, None),
        };
        let mut media = Media::new(kind, number(port)?, protocol);
        media.ports = ports;
        for format in words {
            if media.formats.len() >= limits::FORMATS {
                return Err(Fault::TooManyFormats);
            }
            media.formats.push(format.to_owned());
        }
        self.media.push(media);
        Ok(())
    }

    fn attribute(&mut self, value: &str) -> Result<(), Fault> {
        let attribute = Attribute::read(value).ok_or(Fault::Attribute)?;
        if attribute.name.eq_ignore_ascii_case("candidate") {
            self.candidates = self.candidates.saturating_add(1);
            if self.candidates > limits::CANDIDATES {
                return Err(Fault::TooManyCandidates);
            }
        }
        let attributes = match self.media.last_mut() {
            Some(media) => &mut media.attributes,
            None => &mut self.attributes,
        };
        attributes.push_attribute(attribute);
        Ok(())
    }

    fn other(&mut self, letter: u8, value: &str) -> Result<(), Fault> {
        let lines = match self.media.last_mut() {
            Some(media) => &mut media.lines,
            None => &mut self.lines,
        };
        lines.push(Line {
            letter: char::from(letter),
            value: value.to_owned(),
        });
        Ok(())
    }

    fn finish(self) -> Result<SessionDescription, Fault> {
        if !self.version {
            return Err(Fault::Version);
        }
        let mut description = SessionDescription {
            origin: self.origin.ok_or(Fault::Origin)?,
            name: self.name.unwrap_or_else(|| "-".to_owned()),
            connection: self.connection,
            lines: self.lines,
            attributes: self.attributes,
            media: self.media,
        };
        if !description.lines.iter().any(|line| line.letter == 't') {
            description.lines.push(Line {
                letter: 't',
                value: "0 0".to_owned(),
            });
        }
        sort(&mut description.lines, &SESSION_ORDER);
        for media in &mut description.media {
            sort(&mut media.lines, &MEDIA_ORDER);
        }
        Ok(description)
    }
}

fn sort(lines: &mut [Line], order: &[&str]) {
    lines.sort_by_key(|line| order.iter().position(|rank| rank.contains(line.letter)));
}

/// Only digits: `u16::from_str` would also take a plus sign.
fn number(word: &str) -> Result<u16, Fault> {
    let digits = word.bytes().all(|octet| octet.is_ascii_digit());
    let value = word.parse().ok().filter(|_| digits);
    value.ok_or(Fault::Media)
}
