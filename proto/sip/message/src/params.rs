use crate::HeaderError;
use crate::limits::MAX_PARAMS;
use crate::syntax::{self, BARE_VALUE, PLAIN_VALUE, TOKEN, URI_PARAM, URI_VALUE};
use std::fmt::{self, Write};

/// `;name=value` parameters in order; names compare without case. Quoted values are kept unquoted, and quoted again when printed if they need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Params(Vec<Param>);

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Param {
    name: String,
    value: Option<String>,
    /// Some parameters must have quotes although their value does not need them (RFC 3840 feature tags).
    quoted: bool,
}

impl Params {
    /// `None`: absent. `Some(None)`: a flag. `Some(Some(v))`: a value.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.find(name).map(|param| param.value.as_deref())
    }

    /// The value, if there is one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name)?.value.as_deref()
    }

    /// Whether it is there, with or without value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Replaces or appends.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let quoted =
            value.is_some_and(|value| value.is_empty() || !syntax::all(value, PLAIN_VALUE));
        let value = value.map(str::to_owned);
        match self
            .0
            .iter_mut()
            .find(|param| param.name.eq_ignore_ascii_case(name))
        {
            Some(param) => {
                param.value = value;
                param.quoted = quoted;
            }
            None => self.0.push(Param {
                name: name.to_owned(),
                value,
                quoted,
            }),
        }
    }

    /// Removes it, if it is there.
    pub fn remove(&mut self, name: &str) {
        self.0
            .retain(|param| !param.name.eq_ignore_ascii_case(name));
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|param| (param.name.as_str(), param.value.as_deref()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, name: &str) -> Option<&Param> {
        self.0
            .iter()
            .find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// As parameters of a header.
    pub(crate) fn write_in_header(&self, out: &mut impl Write) -> fmt::Result {
        for param in self.0.iter().filter(|param| !param.name.is_empty()) {
            out.write_char(';')?;
            syntax::write_token(out, &param.name)?;
            match &param.value {
                None => {}
                Some(value) if param.quoted || !syntax::all(value, BARE_VALUE) => {
                    out.write_char('=')?;
                    syntax::write_quoted(out, value)?;
                }
                Some(value) => {
                    out.write_char('=')?;
                    out.write_str(value)?;
                }
            }
        }
        Ok(())
    }

    /// As parameters of a URI, where there are no quotes but escapes.
    pub(crate) fn write_in_uri(&self, out: &mut impl Write) -> fmt::Result {
        for param in self.0.iter().filter(|param| !param.name.is_empty()) {
            out.write_char(';')?;
            syntax::write_escaped(out, &param.name, URI_PARAM)?;
            if let Some(value) = &param.value {
                out.write_char('=')?;
                syntax::write_escaped(out, value, URI_VALUE)?;
            }
        }
        Ok(())
    }

    fn collect<'a>(
        params: impl Iterator<Item = Result<RawParam<'a>, HeaderError>>,
    ) -> Result<Self, HeaderError> {
        params
            .map(|raw| {
                raw.map(|raw| Param {
                    name: raw.name.to_owned(),
                    value: raw.value.map(|value| match raw.quoted {
                        true => syntax::unescape(value),
                        false => value.to_owned(),
                    }),
                    quoted: raw.quoted,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Parameters still in their text.
#[derive(Clone, Copy)]
pub(crate) enum RawParams<'a> {
    /// Of a header: white space is allowed, values may be quoted.
    Header(&'a str),
    /// Of a URI.
    Uri(&'a str),
}

/// One parameter still in its text.
pub(crate) struct RawParam<'a> {
    pub(crate) name: &'a str,
    /// Without the quotes, still escaped.
    pub(crate) value: Option<&'a str>,
    pub(crate) quoted: bool,
}

impl<'a> RawParams<'a> {
    /// Reads to the end of the text: every parameter well-formed, none twice (RFC 3261 §7.3.1, §19.1.1), not too many.
    pub(crate) fn check(self) -> Result<(), HeaderError> {
        if matches!(self, RawParams::Header("") | RawParams::Uri("")) {
            return Ok(());
        }
        let mut seen: [&str; MAX_PARAMS] = [""; MAX_PARAMS];
        let mut places = seen.iter_mut();
        let mut count = 0_usize;
        for param in self {
            let name = param?.name;
            let place = places.next().ok_or(HeaderError {
                what: "too many parameters",
            })?;
            *place = name;
            count = count.saturating_add(1);
        }
        let mut rest = seen.get(..count).unwrap_or_default();
        while let [name, tail @ ..] = rest {
            if tail.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(HeaderError {
                    what: "parameter twice",
                });
            }
            rest = tail;
        }
        Ok(())
    }

    /// To values, once checked.
    pub(crate) fn read(self) -> Result<Params, HeaderError> {
        Params::collect(self)
    }

    fn scan_header(text: &'a str) -> Result<(RawParam<'a>, &'a str), HeaderError> {
        const BAD: HeaderError = HeaderError { what: "parameter" };
        let text = syntax::after(text, ';').ok_or(BAD)?;
        let (name, rest) = syntax::take(text, TOKEN);
        if name.is_empty() {
            return Err(BAD);
        }
        let Some(value) = syntax::after(rest, '=') else {
            let param = RawParam {
                name,
                value: None,
                quoted: false,
            };
            return Ok((param, rest));
        };
        let quoted = value.starts_with('"');
        let (value, rest) = if quoted {
            syntax::quoted(value).ok_or(HeaderError {
                what: "quotes not closed",
            })?
        } else {
            syntax::take(value, BARE_VALUE)
        };
        let param = RawParam {
            name,
            value: Some(value),
            quoted,
        };
        Ok((param, rest))
    }

    fn scan_uri(text: &'a str) -> Result<(RawParam<'a>, &'a str), HeaderError> {
        const BAD: HeaderError = HeaderError {
            what: "parameter of the URI",
        };
        let text = text.strip_prefix(';').ok_or(BAD)?;
        let end = text.find(';').unwrap_or(text.len());
        let (param, rest) = text.split_at_checked(end).ok_or(BAD)?;
        let (name, value) = match param.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (param, None),
        };
        if name.is_empty()
            || !syntax::all_or_escaped(name, URI_PARAM)
            || !value.is_none_or(|value| syntax::all_or_escaped(value, URI_VALUE))
        {
            return Err(BAD);
        }
        let param = RawParam {
            name,
            value,
            quoted: false,
        };
        Ok((param, rest))
    }
}

impl<'a> Iterator for RawParams<'a> {
    type Item = Result<RawParam<'a>, HeaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (place, scanned) = match self {
            RawParams::Header(text) => {
                if syntax::trim_start(text).is_empty() {
                    return None;
                }
                let scanned = Self::scan_header(text);
                (text, scanned)
            }
            RawParams::Uri("") => return None,
            RawParams::Uri(text) => {
                let scanned = Self::scan_uri(text);
                (text, scanned)
            }
        };
        match scanned {
            Ok((param, rest)) => {
                *place = rest;
                Some(Ok(param))
            }
            Err(error) => {
                *place = "";
                Some(Err(error))
            }
        }
    }
}
