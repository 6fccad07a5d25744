use crate::host::RawHost;
use crate::params::RawParams;
use crate::syntax::{self, TOKEN, TextV4};
use crate::{HeaderError, Host, Params, Text};
use std::fmt;
use std::net::SocketAddr;

/// RFC 3261 §20.42.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another token, as written.
    pub transport: Box<str>,
    /// Host of `sent-by`.
    pub host: Host,
    /// Port of `sent-by`.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` (RFC 3581), ...
    pub params: Params,
}

impl Via {
    /// The transaction's name (RFC 3261 §8.1.1.7).
    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }
}

impl fmt::Display for Via {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SIP/2.0/")?;
        syntax::write_token(out, &self.transport)?;
        out.write_str(" ")?;
        self.host.fmt(out)?;
        if let Some(port) = self.port {
            syntax::write_port(out, port)?;
        }
        self.params.write_in_header(out)
    }
}

impl Via {
    /// The text of one of our own, with these parameters as they are to be written.
    pub fn ours(transport: &str, sent_by: SocketAddr, params: &[&str]) -> Text {
        const USUAL: usize = 96;
        let mut via = String::with_capacity(USUAL);
        via.push_str("SIP/2.0/");
        via.push_str(transport);
        via.push(' ');
        syntax::push_socket(&mut via, sent_by);
        via.extend(params.iter().copied());
        via.into()
    }

    /// Of a header.
    pub(crate) fn of(text: &Text) -> Result<Self, HeaderError> {
        RawVia::scan(text)?.read(Some(text))
    }
}

impl std::str::FromStr for Via {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        RawVia::scan(text)?.read(None)
    }
}

/// A header's top Via, read where it stands: for whoever looks only for its transaction. Its parameters were checked when the message
/// was read, and are not checked again.
pub struct TopVia<'a>(RawVia<'a>);

impl<'a> TopVia<'a> {
    pub(crate) fn of(value: &'a str) -> Option<Self> {
        match RawVia::scan_to_params(value) {
            Ok(("2.0", via)) => Some(Self(via)),
            _ => None,
        }
    }

    /// The transaction's name (RFC 3261 §8.1.1.7).
    pub fn branch(&self) -> Option<&'a str> {
        self.0.branch()
    }

    /// Appends `sent-by` in lower case and its one canonical form, with the port, or 0 if it names none.
    pub fn push_sent_by(&self, to: &mut String) {
        let from = to.len();
        match self.0.host {
            RawHost::Name(name) => to.push_str(name),
            RawHost::V4(address) => to.push_str(TextV4::of(address).as_str()),
            RawHost::V6(address) => {
                use fmt::Write;
                let _ = write!(to, "[{address}]");
            }
        }
        if let Some(host) = to.get_mut(from..) {
            host.make_ascii_lowercase();
        }
        to.push(':');
        syntax::push_number(to, self.0.port.unwrap_or(0).into());
    }
}

/// A well-formed Via still in its text.
pub(crate) struct RawVia<'a> {
    transport: &'a str,
    host: RawHost<'a>,
    port: Option<u16>,
    params: RawParams<'a>,
}

const BAD: HeaderError = HeaderError { what: "Via" };

impl<'a> RawVia<'a> {
    /// Reads and checks, without allocating.
    pub(crate) fn scan(text: &'a str) -> Result<Self, HeaderError> {
        match Self::scan_any_version(text)? {
            ("2.0", via) => Ok(via),
            _ => Err(BAD),
        }
    }

    /// The same, of SIP's version too.
    pub(crate) fn scan_any_version(text: &'a str) -> Result<(&'a str, Self), HeaderError> {
        let (version, via) = Self::scan_to_params(text)?;
        via.params.check()?;
        Ok((version, via))
    }

    /// The same, but for the parameters, which are not looked at. White space may stand around every separator.
    fn scan_to_params(text: &'a str) -> Result<(&'a str, Self), HeaderError> {
        let (protocol, rest) = syntax::take(syntax::trim(text), TOKEN);
        let (version, rest) = syntax::take(syntax::after(rest, b'/').ok_or(BAD)?, TOKEN);
        let (transport, rest) = syntax::take(syntax::after(rest, b'/').ok_or(BAD)?, TOKEN);
        let sent_by = syntax::trim_start(rest);
        if !protocol.eq_ignore_ascii_case("SIP")
            || transport.is_empty()
            || sent_by.len() == rest.len()
        {
            return Err(BAD);
        }
        let (host, port, rest) = RawHost::scan_with_port(sent_by, true)?;
        let via = Self {
            transport,
            host,
            port,
            params: RawParams::Header(rest),
        };
        Ok((version, via))
    }

    pub(crate) fn branch(&self) -> Option<&'a str> {
        let mut params = self.params.flatten();
        params
            .find(|param| param.name.eq_ignore_ascii_case("branch"))?
            .value
    }

    /// To a value. `of`: the text it stands in, if that can be shared.
    pub(crate) fn read(&self, of: Option<&Text>) -> Result<Via, HeaderError> {
        Ok(Via {
            transport: self.transport.into(),
            host: self.host.into(),
            port: self.port,
            params: self.params.read(of)?,
        })
    }
}
