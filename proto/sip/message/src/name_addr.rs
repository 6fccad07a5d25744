use crate::params::RawParams;
use crate::syntax::{self, TOKEN};
use crate::uri::RawUri;
use crate::{HeaderError, Params, Text, Uri};
use std::fmt;

/// `"Display" <uri>;params` (RFC 3261 §20.10): From, To, Contact, Route, Record-Route, Path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NameAddr {
    /// The name to show, without quotes and escapes.
    pub display: Option<String>,
    /// The address.
    pub uri: Uri,
    /// The parameters of the header, outside of `<>`.
    pub params: Params,
}

impl NameAddr {
    /// `<uri>`
    pub fn new(uri: Uri) -> Self {
        Self {
            display: None,
            uri,
            params: Params::default(),
        }
    }

    /// The same, keeping nothing else of the message alive: for what is kept for as long as a call.
    pub fn detached(mut self) -> Self {
        self.uri = self.uri.detached();
        self.params = self.params.detached();
        self
    }

    /// The `tag` in the text of a well-formed address.
    pub fn tag_in(text: &str) -> Option<&str> {
        tag(text)
    }

    /// The `tag` parameter (RFC 3261 §19.3).
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }

    /// With this `tag`, in place of another.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }
}

/// Always with `<>`, so that a parameter never changes its owner.
impl fmt::Display for NameAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            syntax::write_quoted(out, display)?;
            out.write_str(" ")?;
        }
        out.write_str("<")?;
        self.uri.fmt(out)?;
        out.write_str(">")?;
        self.params.write_in_header(out)
    }
}

impl NameAddr {
    /// Of a header or an entry of one.
    pub(crate) fn of(whole: &Text, entry: &str) -> Result<Self, HeaderError> {
        RawNameAddr::scan(entry)?.read(Some(whole))
    }
}

impl std::str::FromStr for NameAddr {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        RawNameAddr::scan(text)?.read(None)
    }
}

/// The tag in the text of a well-formed address, as it stands there: a token needs no unescaping. What comes before the header's
/// own parameters is only passed over.
pub(crate) fn tag(text: &str) -> Option<&str> {
    let text = syntax::trim_start(text);
    let after_display = match text.as_bytes() {
        [b'"', ..] => syntax::quoted(text)?.1,
        _ => text,
    };
    let params = match syntax::cut(after_display, b'<') {
        Some((_, rest)) => syntax::cut(rest, b'>')?.1,
        None => text.get(text.bytes().position(|byte| byte == b';')?..)?,
    };
    let mut params = RawParams::Header(params).flatten();
    params
        .find(|param| param.name.eq_ignore_ascii_case("tag"))?
        .value
}

/// A well-formed `name-addr` or `addr-spec` with parameters, still in its text.
pub(crate) struct RawNameAddr<'a> {
    display: RawDisplay<'a>,
    uri: RawUri<'a>,
    params: RawParams<'a>,
    /// Whether the URI stood in `<>`, as Route and Record-Route demand.
    pub(crate) bracketed: bool,
}

enum RawDisplay<'a> {
    None,
    Tokens(&'a str),
    Quoted(&'a str),
}

const BAD: HeaderError = HeaderError { what: "address" };

impl<'a> RawNameAddr<'a> {
    /// Reads and checks, without allocating.
    pub(crate) fn scan(text: &'a str) -> Result<Self, HeaderError> {
        let text = syntax::trim(text);
        if text.starts_with('"') {
            let (inside, rest) = syntax::quoted(text).ok_or(HeaderError {
                what: "quotes not closed",
            })?;
            let rest = syntax::trim_start(rest).strip_prefix('<').ok_or(BAD)?;
            return Self::bracketed(RawDisplay::Quoted(inside), rest);
        }
        let Some((before, rest)) = syntax::cut(text, b'<') else {
            return Self::bare(text);
        };
        let display = syntax::trim(before);
        if display.is_empty() {
            return Self::bracketed(RawDisplay::None, rest);
        }
        // RFC 3261 §25.1: `*(token LWS)`. Letters beyond ASCII are let through: phones send names so, and they mislead nobody.
        let legal =
            |byte: u8| syntax::is(byte, TOKEN) || syntax::is_white(byte) || !byte.is_ascii();
        if !display.bytes().all(legal) {
            return Err(HeaderError {
                what: "display name",
            });
        }
        Self::bracketed(RawDisplay::Tokens(display), rest)
    }

    fn bracketed(display: RawDisplay<'a>, rest: &'a str) -> Result<Self, HeaderError> {
        let (uri, params) = syntax::cut(rest, b'>').ok_or(BAD)?;
        let uri = RawUri::scan(uri)?;
        Self::with_params(display, uri, params, true)
    }

    /// RFC 3261 §20.10: without `<>`, everything from the first `;` on belongs to the header, and `?` and `,` are not allowed.
    fn bare(text: &'a str) -> Result<Self, HeaderError> {
        let ends = |byte| byte == b';' || syntax::is_white(byte);
        let end = text.bytes().position(ends).unwrap_or(text.len());
        let (uri, params) = text.split_at_checked(end).ok_or(BAD)?;
        if uri.contains([',', '?']) {
            return Err(BAD);
        }
        let uri = RawUri::scan(uri)?;
        Self::with_params(RawDisplay::None, uri, params, false)
    }

    fn with_params(
        display: RawDisplay<'a>,
        uri: RawUri<'a>,
        params: &'a str,
        bracketed: bool,
    ) -> Result<Self, HeaderError> {
        let params = RawParams::Header(params);
        params.check()?;
        Ok(Self {
            display,
            uri,
            params,
            bracketed,
        })
    }

    /// RFC 3261 §25.1: `tag` is a token. We let through what else needs no quotes.
    pub(crate) fn check_tag(&self) -> Result<(), HeaderError> {
        let is_bad = |value: Option<&str>| value.is_none_or(str::is_empty);
        let mut params = self.params.flatten();
        match params.find(|param| param.name.eq_ignore_ascii_case("tag")) {
            Some(tag) if tag.quoted || is_bad(tag.value) => Err(HeaderError { what: "tag" }),
            _ => Ok(()),
        }
    }

    /// To a value. `of`: the text it stands in, if that can be shared.
    pub(crate) fn read(&self, of: Option<&Text>) -> Result<NameAddr, HeaderError> {
        Ok(NameAddr {
            display: match self.display {
                RawDisplay::None => None,
                RawDisplay::Tokens(text) => Some(text.to_owned()),
                RawDisplay::Quoted(inside) => Some(syntax::unescape(inside)),
            },
            uri: self.uri.read(of)?,
            params: self.params.read(of)?,
        })
    }
}
