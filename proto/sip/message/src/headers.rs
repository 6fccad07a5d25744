use crate::list::entries;
use crate::{
    CSeq, HeaderName, NameAddr, RAck, SessionExpires, Text, TopVia, Via, name_addr, syntax,
};
use std::fmt;

/// A header that is missing or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// What could not be read, in a few words for log and reason phrase.
    pub what: &'static str,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot read {}", self.what)
    }
}

impl std::error::Error for HeaderError {}

/// One header, unfolded. Of a list, one entry. It comes only out of [`Headers`], which let nothing in that is not clean.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Header {
    /// Before the colon.
    pub name: HeaderName,
    /// After the colon, without white space around it and without control characters.
    #[serde(deserialize_with = "written_down")]
    pub value: Text,
}

fn written_down<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    let value: Text = serde::Deserialize::deserialize(from)?;
    Ok(cleaned(&value))
}

/// Headers in order. Comma-separated lists (Via, Route, Record-Route, Contact, ...) are split into one entry each by the parser.
///
/// Content-Length is never among parsed headers and not printed from here: the body's length is the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// How many there are, each entry of a list counted.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first value.
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        self.0
            .iter()
            .find(|header| header.name == *name)
            .map(|header| header.value.as_str())
    }

    /// Every value, in order.
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |header| header.name == *name)
            .map(|header| header.value.as_str())
    }

    /// Whether there is one of that name.
    pub fn has(&self, name: &HeaderName) -> bool {
        self.get(name).is_some()
    }

    /// Appends. The value may be anything that displays; it must hold no CR or LF (they become spaces).
    pub fn push(&mut self, name: HeaderName, value: impl fmt::Display) {
        self.0.push(Header {
            name,
            value: clean(&value),
        });
    }

    /// Appends a value that is text already, and shares it.
    pub fn push_text(&mut self, name: HeaderName, value: &Text) {
        let value = cleaned(value);
        self.0.push(Header { name, value });
    }

    /// As [`push_front`](Self::push_front), of a value that is text already; shared.
    pub fn push_front_text(&mut self, name: HeaderName, value: &Text) {
        let at = self.position(&name).unwrap_or(0);
        let value = cleaned(value);
        self.0.insert(at, Header { name, value });
    }

    /// As [`set`](Self::set), of a value that is text already; shared.
    pub fn set_text(&mut self, name: HeaderName, value: &Text) {
        self.place(name, cleaned(value));
    }

    /// Appends a tag to To, as its own parameter; it must have none.
    pub fn tag_to(&mut self, tag: &str) {
        if let Some(at) = self.position(&HeaderName::To)
            && let Some(header) = self.0.get_mut(at)
        {
            let tagged = [&header.value, ";tag=", tag].concat();
            header.value = cleaned(&tagged.into());
        }
    }

    /// Appends a header of another message; the value is shared with it.
    pub fn push_copy(&mut self, header: &Header) {
        self.0.push(header.clone());
    }

    /// Appends every header of others, sharing their values.
    pub fn push_copies(&mut self, headers: &Headers) {
        self.0.extend(headers.iter().cloned());
    }

    /// What the parser has cleaned already.
    pub(crate) fn push_clean(&mut self, name: HeaderName, value: Text) {
        self.0.push(Header { name, value });
    }

    /// Before the first of that name, or in front of all (Via, Route).
    pub fn push_front(&mut self, name: HeaderName, value: impl fmt::Display) {
        let at = self.position(&name).unwrap_or(0);
        let value = clean(&value);
        self.0.insert(at, Header { name, value });
    }

    /// Removes all of that name and appends one (in the place of the first, if there was one).
    pub fn set(&mut self, name: HeaderName, value: impl fmt::Display) {
        self.place(name, clean(&value));
    }

    fn place(&mut self, name: HeaderName, value: Text) {
        let Some(at) = self.position(&name) else {
            return self.0.push(Header { name, value });
        };
        let mut place = 0_usize;
        self.0.retain(|header| {
            let keep = place <= at || header.name != name;
            place = place.saturating_add(1);
            keep
        });
        if let Some(header) = self.0.get_mut(at) {
            header.value = value;
        }
    }

    /// Removes all of that name.
    pub fn remove(&mut self, name: &HeaderName) {
        self.0.retain(|header| header.name != *name);
    }

    /// Keeps those that the rule keeps.
    pub fn retain(&mut self, keep: impl FnMut(&Header) -> bool) {
        self.0.retain(keep);
    }

    /// Keeps no room for more: for what is kept for long.
    pub fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Removes the first of that name and gives its value.
    pub fn remove_first(&mut self, name: &HeaderName) -> Option<String> {
        let at = self.position(name)?;
        Some(self.0.remove(at).value.into())
    }

    fn position(&self, name: &HeaderName) -> Option<usize> {
        self.0.iter().position(|header| header.name == *name)
    }

    /// The top Via.
    pub fn via(&self) -> Result<Via, HeaderError> {
        Via::of(self.need(&HeaderName::Via, "Via")?)
    }

    /// All Vias, topmost first.
    pub fn vias(&self) -> Result<Vec<Via>, HeaderError> {
        self.texts(&HeaderName::Via).map(Via::of).collect()
    }

    /// How many there are of a name, each entry of a list counted.
    pub fn count(&self, name: &HeaderName) -> usize {
        self.texts(name).count()
    }

    /// The top Via where it stands.
    pub fn top_via(&self) -> Option<TopVia<'_>> {
        TopVia::of(self.text(&HeaderName::Via)?)
    }

    /// The tag of From, without reading all of it. `None` if it has none.
    pub fn from_tag(&self) -> Option<&str> {
        name_addr::tag(self.text(&HeaderName::From)?)
    }

    /// The tag of To, without reading all of it. `None` if it has none.
    pub fn to_tag(&self) -> Option<&str> {
        name_addr::tag(self.text(&HeaderName::To)?)
    }

    /// RFC 3261 §20.20.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        let value = self.need(&HeaderName::From, "From")?;
        NameAddr::of(value, value)
    }

    /// RFC 3261 §20.39.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        let value = self.need(&HeaderName::To, "To")?;
        NameAddr::of(value, value)
    }

    /// RFC 3261 §20.8. Compares with case, letter for letter.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        self.need(&HeaderName::CallId, "Call-ID").map(Text::as_str)
    }

    /// RFC 3261 §20.16.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        self.need(&HeaderName::CSeq, "CSeq")?.parse()
    }

    /// `Contact: *` is `Err`; ask [`Headers::is_contact_star`] first.
    pub fn contacts(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(&HeaderName::Contact)
    }

    /// Whether there is one Contact and it is `*` (RFC 3261 §10.2.2).
    pub fn is_contact_star(&self) -> bool {
        let mut contacts = self.get_all(&HeaderName::Contact);
        contacts.next() == Some("*") && contacts.next().is_none()
    }

    /// Route, topmost first.
    pub fn routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(&HeaderName::Route)
    }

    /// Record-Route, topmost first.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, HeaderError> {
        self.addresses(&HeaderName::RecordRoute)
    }

    /// Every value of a header whose values are addresses (Path, P-Asserted-Identity, Diversion, ...). Empty when absent.
    pub fn addresses(&self, name: &HeaderName) -> Result<Vec<NameAddr>, HeaderError> {
        self.texts(name)
            .flat_map(|value| entries(value).map(move |entry| NameAddr::of(value, entry?)))
            .collect()
    }

    /// `Ok(None)` when absent.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        let number = self
            .get(&HeaderName::MaxForwards)
            .map(|value| syntax::number(value, u64::from(u8::MAX), "Max-Forwards"))
            .transpose()?;
        Ok(number.and_then(|number| u8::try_from(number).ok()))
    }

    /// Seconds; `Ok(None)` when absent. What is beyond 32 bits (RFC 3261 §20.19) is the greatest number there is: a sender that
    /// wants for ever gets what the local limit allows.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        match self.get(&HeaderName::Expires) {
            Some(value) => syntax::seconds(value, "Expires").map(Some),
            None => Ok(None),
        }
    }

    /// RFC 4028 §4; `Ok(None)` when absent.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        let value = self.get(&HeaderName::SessionExpires);
        value.map(str::parse).transpose()
    }

    /// RFC 4028 §5, in seconds; `Ok(None)` when absent.
    pub fn min_se(&self) -> Result<Option<u32>, HeaderError> {
        let value = self.get(&HeaderName::MinSe);
        let seconds = value.and_then(|value| value.split(';').next());
        seconds
            .map(|seconds| syntax::seconds(syntax::trim(seconds), "Min-SE"))
            .transpose()
    }

    /// RFC 3262 §7.1; `Ok(None)` when absent.
    pub fn rseq(&self) -> Result<Option<u32>, HeaderError> {
        let number = self
            .get(&HeaderName::RSeq)
            .map(|value| syntax::number(value, u64::from(u32::MAX), "RSeq"))
            .transpose()?;
        Ok(number.and_then(|number| u32::try_from(number).ok()))
    }

    /// RFC 3262 §7.2.
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        self.need(&HeaderName::RAck, "RAck")?.parse()
    }

    /// Whether a token stands in a comma-separated header (Supported, Require, Allow), without case.
    pub fn has_token(&self, name: &HeaderName, token: &str) -> bool {
        self.get_all(name)
            .flat_map(|value| value.split(','))
            .any(|entry| syntax::trim(entry).eq_ignore_ascii_case(token))
    }

    fn need(&self, name: &HeaderName, what: &'static str) -> Result<&Text, HeaderError> {
        self.text(name).ok_or(HeaderError { what })
    }

    /// The first value, to be shared.
    pub fn text(&self, name: &HeaderName) -> Option<&Text> {
        let mut headers = self.0.iter();
        Some(&headers.find(|header| header.name == *name)?.value)
    }

    fn texts<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a Text> {
        self.0
            .iter()
            .filter(move |header| header.name == *name)
            .map(|header| &header.value)
    }
}

/// Room for one value while it is written; most fit into it, and then only the value itself is allocated.
struct Scratch {
    room: [u8; Scratch::ROOM],
    used: usize,
    /// All of it, once it is longer.
    more: String,
}

impl Scratch {
    const ROOM: usize = 256;

    fn as_str(&self) -> &str {
        match self.more.as_str() {
            "" => std::str::from_utf8(self.room.get(..self.used).unwrap_or_default())
                .unwrap_or_default(),
            more => more,
        }
    }
}

impl fmt::Write for Scratch {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.more.is_empty() {
            let rest = self.room.get_mut(self.used..).unwrap_or_default();
            if let Some(room) = rest.get_mut(..text.len()) {
                room.copy_from_slice(text.as_bytes());
                self.used = self.used.saturating_add(text.len());
                return Ok(());
            }
            self.more = self.as_str().to_owned();
        }
        self.more.push_str(text);
        Ok(())
    }
}

/// The same, shared if it is clean.
fn cleaned(value: &Text) -> Text {
    let is_clean =
        syntax::trim(value).len() == value.len() && !syntax::has_control(value.as_bytes());
    match is_clean {
        true => value.clone(),
        false => clean(value),
    }
}

/// A value that stays one header: control characters become spaces.
pub(crate) fn clean(value: &impl fmt::Display) -> Text {
    let mut scratch = Scratch {
        room: [0; Scratch::ROOM],
        used: 0,
        more: String::new(),
    };
    // Nothing fails here but a Display that says so; what it wrote before then stands.
    let _ = fmt::Write::write_fmt(&mut scratch, format_args!("{value}"));
    let value = scratch.as_str();
    if !syntax::has_control(value.as_bytes()) {
        return syntax::trim(value).into();
    }
    let cleaned: String = value
        .chars()
        .map(|letter| match letter {
            _ if letter.is_ascii() && syntax::is_control(letter as u8) => ' ',
            _ => letter,
        })
        .collect();
    syntax::trim(&cleaned).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(headers: &Headers) -> Vec<String> {
        headers
            .iter()
            .map(|header| format!("{}={}", header.name, header.value))
            .collect()
    }

    #[test]
    fn headers_keep_their_places() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Via, "1");
        headers.push(HeaderName::To, "t");
        headers.push(HeaderName::Via, "2");
        headers.push_front(HeaderName::Via, "0");
        headers.push_front(HeaderName::Route, "r");
        assert_eq!(
            names(&headers),
            ["Route=r", "Via=0", "Via=1", "To=t", "Via=2"]
        );
        headers.set(HeaderName::Via, "only");
        headers.set(HeaderName::Subject, "new");
        assert_eq!(
            names(&headers),
            ["Route=r", "Via=only", "To=t", "Subject=new"]
        );
        assert_eq!(
            headers.remove_first(&HeaderName::Via).as_deref(),
            Some("only")
        );
        assert_eq!(headers.remove_first(&HeaderName::Via), None);
        headers.retain(|header| header.name != HeaderName::Route);
        assert_eq!(names(&headers), ["To=t", "Subject=new"]);
    }

    #[test]
    fn a_value_stays_one_line() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Subject, " a\r\nRoute: <sip:evil>\0\t");
        assert_eq!(
            headers.get(&HeaderName::Subject),
            Some("a  Route: <sip:evil>")
        );
    }

    #[test]
    fn a_value_may_be_longer_than_its_scratch() {
        let mut headers = Headers::new();
        let half = "x".repeat(Scratch::ROOM - 1);
        headers.push(HeaderName::Subject, format_args!("{half}\u{e9}{half} "));
        let whole = format!("{half}\u{e9}{half}");
        assert_eq!(headers.get(&HeaderName::Subject), Some(whole.as_str()));
    }

    #[test]
    fn a_star_is_no_address() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Contact, "*");
        assert!(headers.is_contact_star() && headers.contacts().is_err());
        headers.push(HeaderName::Contact, "<sip:a@b>");
        assert!(!headers.is_contact_star());
    }

    #[test]
    fn numbers_have_their_ranges() {
        let mut headers = Headers::new();
        assert_eq!(
            (headers.max_forwards(), headers.expires()),
            (Ok(None), Ok(None))
        );
        headers.set(HeaderName::MaxForwards, "255");
        headers.set(HeaderName::Expires, "99999999999");
        assert_eq!(headers.max_forwards(), Ok(Some(255)));
        assert_eq!(headers.expires(), Ok(Some(u32::MAX)));
        headers.set(HeaderName::MaxForwards, "256");
        headers.set(HeaderName::Expires, "soon");
        assert!(headers.max_forwards().is_err() && headers.expires().is_err());
    }
}
