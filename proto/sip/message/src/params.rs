use crate::limits::MAX_PARAMS;
use crate::syntax::{self, BARE_VALUE, PLAIN_VALUE, TOKEN, URI_PARAM, URI_VALUE};
use crate::{HeaderError, Text};
use std::fmt::{self, Write};

/// `;name=value` parameters in order; names compare without case. Quoted values are kept unquoted, and quoted again when printed if they need it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(from = "Vec<Param>", into = "Vec<Param>")]
pub struct Params(Form);

#[derive(Clone, Debug)]
enum Form {
    /// As they stand in a message or would be written there: checked, without white space and without `\`.
    Text(Text, Place),
    /// What the text does not say by itself.
    List(Vec<Param>),
}

/// Whose grammar a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A header's.
    Header,
    /// A URI's.
    Uri,
    /// Of both: the same characters mean the same in both.
    Either,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Param {
    name: String,
    value: Option<String>,
    /// Some parameters must have quotes although their value does not need them (RFC 3840 feature tags).
    quoted: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self(Form::Text(Text::default(), Place::Either))
    }
}

impl PartialEq for Params {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Text(one, place), Form::Text(two, other)) if place == other => one == two,
            _ => self.entries().eq(other.entries()),
        }
    }
}

impl Eq for Params {}

impl From<Vec<Param>> for Params {
    fn from(list: Vec<Param>) -> Self {
        if list
            .iter()
            .all(|param| !param.quoted && is_plain(&param.name, param.value.as_deref()))
        {
            let mut params = Self::default();
            for param in &list {
                params.append_plain(&param.name, param.value.as_deref());
            }
            return params;
        }
        Self(Form::List(list))
    }
}

impl From<Params> for Vec<Param> {
    fn from(params: Params) -> Self {
        match params.0 {
            Form::List(list) => list,
            Form::Text(..) => params.to_list(),
        }
    }
}

/// Whether a parameter is written the same in a header and in a URI, and without quotes or escapes in either.
fn is_plain(name: &str, value: Option<&str>) -> bool {
    let both = |text: &str, one: u16, other: u16| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte != b'%' && syntax::is(byte, one) && syntax::is(byte, other))
    };
    both(name, TOKEN, URI_PARAM) && value.is_none_or(|value| both(value, PLAIN_VALUE, URI_VALUE))
}

impl Params {
    /// `None`: absent. `Some(None)`: a flag. `Some(Some(v))`: a value.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.find(name).map(|param| param.value)
    }

    /// The value, if there is one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name)?.value
    }

    /// Whether it is there, with or without value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Replaces or appends.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        if is_plain(name, value) && matches!(self.0, Form::Text(..)) {
            match self.find(name) {
                None => return self.append_plain(name, value),
                Some(_) if self.entries().count() == 1 => {
                    self.0 = Self::default().0;
                    return self.append_plain(name, value);
                }
                Some(_) => {}
            }
        }
        let quoted =
            value.is_some_and(|value| value.is_empty() || !syntax::all(value, PLAIN_VALUE));
        let value = value.map(str::to_owned);
        let mut list = Vec::from(std::mem::take(self));
        match list
            .iter_mut()
            .find(|param| param.name.eq_ignore_ascii_case(name))
        {
            Some(param) => {
                param.value = value;
                param.quoted = quoted;
            }
            None => list.push(Param {
                name: name.to_owned(),
                value,
                quoted,
            }),
        }
        *self = list.into();
    }

    /// Removes it, if it is there.
    pub fn remove(&mut self, name: &str) {
        if !self.has(name) {
            return;
        }
        let mut list = Vec::from(std::mem::take(self));
        list.retain(|param| !param.name.eq_ignore_ascii_case(name));
        *self = list.into();
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries().map(|param| (param.name, param.value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Text(text, _) => text.is_empty(),
            Form::List(list) => list.is_empty(),
        }
    }

    /// The same, keeping nothing else of the message alive.
    pub(crate) fn detached(mut self) -> Self {
        if let Form::Text(text, _) = &mut self.0 {
            *text = text.detached();
        }
        self
    }

    fn find(&self, name: &str) -> Option<RawParam<'_>> {
        self.entries()
            .find(|param| param.name.eq_ignore_ascii_case(name))
    }

    fn entries(&self) -> impl Iterator<Item = RawParam<'_>> {
        let (text, list) = match &self.0 {
            Form::Text(text, Place::Uri) => (RawParams::Uri(text), &[][..]),
            Form::Text(text, Place::Header | Place::Either) => (RawParams::Header(text), &[][..]),
            Form::List(list) => (RawParams::Header(""), list.as_slice()),
        };
        // The text was checked when it was read.
        text.flatten().chain(list.iter().map(|param| RawParam {
            name: &param.name,
            value: param.value.as_deref(),
            quoted: param.quoted,
        }))
    }

    fn to_list(&self) -> Vec<Param> {
        let owned = |param: RawParam<'_>| Param {
            name: param.name.to_owned(),
            value: param.value.map(str::to_owned),
            quoted: param.quoted,
        };
        self.entries().map(owned).collect()
    }

    fn append_plain(&mut self, name: &str, value: Option<&str>) {
        let Form::Text(text, _) = &mut self.0 else {
            return;
        };
        let value_length = value.map_or(0, |value| value.len().saturating_add(1));
        let length = text.len().saturating_add(name.len()).saturating_add(1);
        let mut longer = String::with_capacity(length.saturating_add(value_length));
        longer.push_str(text);
        longer.push(';');
        longer.push_str(name);
        if let Some(value) = value {
            longer.push('=');
            longer.push_str(value);
        }
        *text = longer.into();
    }

    /// As parameters of a header.
    pub(crate) fn write_in_header(&self, out: &mut impl Write) -> fmt::Result {
        if let Form::Text(text, Place::Header | Place::Either) = &self.0 {
            return out.write_str(text);
        }
        for param in self.entries().filter(|param| !param.name.is_empty()) {
            out.write_char(';')?;
            syntax::write_token(out, param.name)?;
            match param.value {
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
        if let Form::Text(text, Place::Uri | Place::Either) = &self.0 {
            return out.write_str(text);
        }
        for param in self.entries().filter(|param| !param.name.is_empty()) {
            out.write_char(';')?;
            syntax::write_escaped(out, param.name, URI_PARAM)?;
            if let Some(value) = param.value {
                out.write_char('=')?;
                syntax::write_escaped(out, value, URI_VALUE)?;
            }
        }
        Ok(())
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
#[derive(PartialEq, Eq)]
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
        // Hardly any has more than these.
        const FEW: usize = 8;
        let mut few: [&str; FEW] = [""; FEW];
        let mut many = Vec::new();
        let mut count = 0_usize;
        for param in self {
            let name = param?.name;
            let mut seen = few.iter().take(count).chain(&many);
            if seen.any(|other| other.eq_ignore_ascii_case(name)) {
                return Err(HeaderError {
                    what: "parameter twice",
                });
            }
            match few.get_mut(count) {
                Some(place) => *place = name,
                None => many.push(name),
            }
            count = count.saturating_add(1);
            if count > MAX_PARAMS {
                return Err(HeaderError {
                    what: "too many parameters",
                });
            }
        }
        Ok(())
    }

    /// To a value, once checked. `of`: the text they stand in, if it is one that can be shared.
    pub(crate) fn read(self, of: Option<&Text>) -> Result<Params, HeaderError> {
        let (text, place) = match self {
            RawParams::Header(text) => (syntax::trim(text), Place::Header),
            RawParams::Uri(text) => (text, Place::Uri),
        };
        if text.is_empty() {
            return Ok(Params::default());
        }
        if text
            .bytes()
            .any(|byte| matches!(byte, b' ' | b'\t' | b'\\'))
        {
            return self.collect();
        }
        let text = of.map_or_else(|| Text::from(text), |of| of.piece(text));
        Ok(Params(Form::Text(text, place)))
    }

    fn collect(self) -> Result<Params, HeaderError> {
        self.map(|raw| {
            raw.map(|raw| Param {
                name: raw.name.to_owned(),
                value: raw.value.map(|value| match raw.quoted {
                    true => syntax::unescape(value),
                    false => value.to_owned(),
                }),
                quoted: raw.quoted,
            })
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Params::from)
    }

    fn scan_header(text: &'a str) -> Result<(RawParam<'a>, &'a str), HeaderError> {
        const BAD: HeaderError = HeaderError { what: "parameter" };
        let text = syntax::after(text, b';').ok_or(BAD)?;
        let (name, rest) = syntax::take(text, TOKEN);
        if name.is_empty() {
            return Err(BAD);
        }
        let Some(value) = syntax::after(rest, b'=') else {
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
        let end = text.bytes().position(|byte| byte == b';');
        let end = end.unwrap_or(text.len());
        let (param, rest) = text.split_at_checked(end).ok_or(BAD)?;
        let (name, value) = match syntax::cut(param, b'=') {
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
