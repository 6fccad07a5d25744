use crate::host::RawHost;
use crate::limits::MAX_URI;
use crate::params::RawParams;
use crate::syntax::{self, PASSWORD, URI_HEADER, URI_OTHER, USER};
use crate::{HeaderError, Host, Params, Text, equivalence};
use std::fmt;
use std::net::SocketAddr;

/// A URI's scheme. Read without case.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:` (RFC 5630)
    Sips,
    /// `tel:` (RFC 3966)
    Tel,
    /// Another, in lower case.
    Other(Box<str>),
}

impl Scheme {
    /// Without the colon.
    pub fn as_str(&self) -> &str {
        match self {
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
            Scheme::Tel => "tel",
            Scheme::Other(scheme) => scheme,
        }
    }
}

/// RFC 3261 §19.1. `tel:` and others keep everything after the scheme in `user`, with an empty host name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Uri {
    /// What stands before the colon.
    pub scheme: Scheme,
    /// Unescaped? No: as written, with `%` escapes. What is not legal there is escaped when printed.
    pub user: Option<String>,
    /// As written. RFC 3261 §19.1.1 advises against it.
    pub password: Option<String>,
    /// Where to.
    pub host: Host,
    /// Absent is not the same as 5060 (RFC 3261 §19.1.4).
    pub port: Option<u16>,
    /// `;transport=`, `;lr`, ...; values as written, with `%` escapes.
    pub params: Params,
    /// Everything after `?`, as written.
    pub headers: Option<String>,
}

impl Uri {
    /// `sip:user@host:port`
    pub fn sip(user: Option<&str>, at: SocketAddr) -> Self {
        Self {
            port: Some(at.port()),
            ..Self::sip_host(user, at.ip().into())
        }
    }

    /// `sip:user@host`
    pub fn sip_host(user: Option<&str>, host: Host) -> Self {
        Self {
            scheme: Scheme::Sip,
            user: user.map(str::to_owned),
            password: None,
            host,
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    /// The same, keeping nothing else of the message alive: for what is kept for as long as a call.
    pub fn detached(mut self) -> Self {
        self.params = self.params.detached();
        self
    }

    /// The user part with `%` escapes resolved. `None` if there is no user, or if its escapes are no UTF-8.
    pub fn user_decoded(&self) -> Option<String> {
        String::from_utf8(equivalence::decode(self.user.as_deref()?)).ok()
    }

    /// `user@host` in lower-case host, without port and parameters: an address-of-record's key (RFC 3261 §10.3 step 5).
    ///
    /// Escapes in the user are resolved; what cannot stand there unescaped stays escaped, with capital digits, so that two
    /// different users never share a key.
    pub fn address_of_record(&self) -> String {
        let mut key = String::new();
        if let Some(user) = &self.user {
            equivalence::push_canonical(&mut key, user, USER);
        }
        if let (Scheme::Sip | Scheme::Sips, host) = (&self.scheme, &self.host) {
            if self.user.is_some() {
                key.push('@');
            }
            let mut host = host.to_string();
            host.make_ascii_lowercase();
            key.push_str(&host);
        }
        key
    }

    /// RFC 3261 §19.1.4, and RFC 3966 §4 for `tel:`.
    pub fn is_equivalent(&self, other: &Uri) -> bool {
        equivalence::uris(self, other)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        syntax::write_token(out, self.scheme.as_str())?;
        out.write_str(":")?;
        if !matches!(self.scheme, Scheme::Sip | Scheme::Sips) {
            return syntax::write_escaped(out, self.user.as_deref().unwrap_or(""), URI_OTHER);
        }
        if let Some(user) = &self.user {
            syntax::write_escaped(out, user, USER)?;
            if let Some(password) = &self.password {
                out.write_str(":")?;
                syntax::write_escaped(out, password, PASSWORD)?;
            }
            out.write_str("@")?;
        }
        self.host.fmt(out)?;
        if let Some(port) = self.port {
            syntax::write_port(out, port)?;
        }
        self.params.write_in_uri(out)?;
        if let Some(headers) = &self.headers {
            out.write_str("?")?;
            syntax::write_escaped(out, headers, URI_HEADER)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Uri {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        RawUri::scan(text)?.read(None)
    }
}

/// A well-formed URI still in its text.
pub(crate) struct RawUri<'a> {
    scheme: &'a str,
    is_sip: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: RawHost<'a>,
    port: Option<u16>,
    params: RawParams<'a>,
    pub(crate) headers: Option<&'a str>,
}

const BAD: HeaderError = HeaderError { what: "URI" };

impl<'a> RawUri<'a> {
    /// Reads and checks, without allocating.
    pub(crate) fn scan(text: &'a str) -> Result<Self, HeaderError> {
        if text.len() > MAX_URI {
            return Err(HeaderError {
                what: "URI too long",
            });
        }
        let (scheme, rest) = syntax::cut(text, b':').ok_or(BAD)?;
        let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
        if is_sip {
            Self::scan_sip(scheme, rest)
        } else {
            Self::scan_other(scheme, rest)
        }
    }

    fn scan_sip(scheme: &'a str, rest: &'a str) -> Result<Self, HeaderError> {
        let (user, password, rest) = match syntax::cut(rest, b'@') {
            Some((user_info, rest)) => match syntax::cut(user_info, b':') {
                Some((user, password)) => (Some(user), Some(password), rest),
                None => (Some(user_info), None, rest),
            },
            None => (None, None, rest),
        };
        if user.is_some_and(|user| user.is_empty() || !syntax::all_or_escaped(user, USER))
            || password.is_some_and(|password| !syntax::all_or_escaped(password, PASSWORD))
        {
            return Err(HeaderError {
                what: "user part of the URI",
            });
        }
        let (host, port, rest) = RawHost::scan_with_port(rest, false)?;
        let (params, headers) = match syntax::cut(rest, b'?') {
            Some((params, headers)) => (params, Some(headers)),
            None => (rest, None),
        };
        if headers.is_some_and(|headers| {
            headers.is_empty() || !syntax::all_or_escaped(headers, URI_HEADER)
        }) {
            return Err(HeaderError {
                what: "headers of the URI",
            });
        }
        let params = RawParams::Uri(params);
        params.check()?;
        Ok(Self {
            scheme,
            is_sip: true,
            user,
            password,
            host,
            port,
            params,
            headers,
        })
    }

    fn scan_other(scheme: &'a str, rest: &'a str) -> Result<Self, HeaderError> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            || !scheme.bytes().all(legal)
            || rest.is_empty()
            || !syntax::all_or_escaped(rest, URI_OTHER)
        {
            return Err(BAD);
        }
        Ok(Self {
            scheme,
            is_sip: false,
            user: Some(rest),
            password: None,
            host: RawHost::Name(""),
            port: None,
            params: RawParams::Uri(""),
            headers: None,
        })
    }

    /// To a value. `of`: the text it stands in, if that can be shared.
    pub(crate) fn read(&self, of: Option<&Text>) -> Result<Uri, HeaderError> {
        let scheme = if self.is_sip {
            match self.scheme.len() {
                3 => Scheme::Sip,
                _ => Scheme::Sips,
            }
        } else if self.scheme.eq_ignore_ascii_case("tel") {
            Scheme::Tel
        } else {
            Scheme::Other(self.scheme.to_ascii_lowercase().into())
        };
        Ok(Uri {
            scheme,
            user: self.user.map(str::to_owned),
            password: self.password.map(str::to_owned),
            host: self.host.into(),
            port: self.port,
            params: self.params.read(of)?,
            headers: self.headers.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_part_is_found() {
        let uri: Uri = "SIPS:al%69ce:pw@[2001:DB8::1]:5061;Transport=ws;lr?a=b"
            .parse()
            .unwrap();
        assert_eq!(uri.scheme, Scheme::Sips);
        assert_eq!(uri.user.as_deref(), Some("al%69ce"));
        assert_eq!(uri.user_decoded().as_deref(), Some("alice"));
        assert_eq!(uri.password.as_deref(), Some("pw"));
        assert_eq!(uri.host, Host::V6("2001:db8::1".parse().unwrap()));
        assert_eq!(uri.port, Some(5061));
        assert_eq!(uri.params.value("transport"), Some("ws"));
        assert_eq!(uri.headers.as_deref(), Some("a=b"));
        assert_eq!(
            uri.to_string(),
            "sips:al%69ce:pw@[2001:db8::1]:5061;Transport=ws;lr?a=b"
        );
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            "sip:@a",
            "sip:a@",
            "sip:a@b@c",
            "sip:a b@c",
            "sip:a%2@c",
            "sip:a%zz@c",
            "sip:a@b:",
            "sip:a@b:65536",
            "sip:a@b;",
            "sip:a@b;;x",
            "sip:a@b?",
            "sip:a@[::1",
            "sip:a@::1",
            "sip:a@1.2.3",
            "sip:a@1.2.3.256",
            "sip:a@.b",
            "sip:a@b..c",
            "sip:\u{e9}@b",
            "sip:a@\u{e9}",
            "<sip:a@b>",
            "sip:a@b\r\n",
            "1x:y",
            "tel:",
            ":x",
            "sip:a@b;x=\"y\"",
        ] {
            assert!(text.parse::<Uri>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_telephone_number_is_kept_whole() {
        let uri: Uri = "tel:+49-30-1234;phone-context=example.com".parse().unwrap();
        assert_eq!(
            uri.user.as_deref(),
            Some("+49-30-1234;phone-context=example.com")
        );
        assert_eq!(uri.to_string(), "tel:+49-30-1234;phone-context=example.com");
    }

    #[test]
    fn a_part_made_by_hand_cannot_leave_its_place() {
        let mut uri = Uri::sip(Some("a@evil;x>\r\nb"), "192.0.2.1:5060".parse().unwrap());
        uri.params.set("lr\r\n>", Some("\" ;y"));
        uri.headers = Some("a>b".to_owned());
        let text = uri.to_string();
        assert_eq!(
            text,
            "sip:a%40evil;x%3E%0D%0Ab@192.0.2.1:5060;lr%0D%0A%3E=%22%20%3By?a%3Eb"
        );
        assert_eq!(text.parse::<Uri>().unwrap().host, uri.host);
    }

    #[test]
    fn a_parameter_may_hold_base64() {
        let text = "sip:a@b;x=YQ==;lr";
        let uri: Uri = text.parse().unwrap();
        assert_eq!(uri.params.value("x"), Some("YQ=="));
        assert_eq!(uri.to_string(), text);
    }

    #[test]
    fn a_dial_string_may_hold_a_hash_sign() {
        let uri: Uri = "sip:*21#@example.com".parse().unwrap();
        assert_eq!(uri.user.as_deref(), Some("*21#"));
    }
}
