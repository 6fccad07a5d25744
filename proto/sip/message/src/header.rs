use crate::{HeaderError, Method, syntax};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

macro_rules! header_names {
    ($($(#[$doc:meta])* $name:ident $long:literal $($spelling:literal)|+;)*) => {
        /// A header's name; compact forms are the same name (RFC 3261 §7.3.3). Printed in the long form. Extend freely.
        ///
        /// Compares without case, and `Other("Via")` is `Via`: no spelling of a name is a way around a rule about it.
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum HeaderName {
            $(#[doc = concat!("`", $long, "`")] $(#[$doc])* $name,)*
            /// As written; compares without case.
            Other(Box<str>),
        }

        impl HeaderName {
            /// The long form.
            pub fn as_str(&self) -> &str {
                match self {
                    $(HeaderName::$name => $long,)*
                    HeaderName::Other(name) => name,
                }
            }

            /// From lower case, long or compact.
            fn known(lower: &[u8]) -> Option<Self> {
                Some(match lower {
                    $($($spelling)|+ => HeaderName::$name,)*
                    _ => return None,
                })
            }
        }

        #[cfg(test)]
        pub(crate) const ALL: &[(HeaderName, &[&[u8]])] = &[$((HeaderName::$name, &[$($spelling),+]),)*];
    };
}

header_names! {
    Accept "Accept" b"accept";
    AcceptContact "Accept-Contact" b"accept-contact" | b"a";
    AcceptEncoding "Accept-Encoding" b"accept-encoding";
    AcceptLanguage "Accept-Language" b"accept-language";
    Alert "Alert-Info" b"alert-info";
    Allow "Allow" b"allow";
    AllowEvents "Allow-Events" b"allow-events" | b"u";
    AuthenticationInfo "Authentication-Info" b"authentication-info";
    Authorization "Authorization" b"authorization";
    CallId "Call-ID" b"call-id" | b"i";
    CallInfo "Call-Info" b"call-info";
    Contact "Contact" b"contact" | b"m";
    ContentDisposition "Content-Disposition" b"content-disposition";
    ContentEncoding "Content-Encoding" b"content-encoding" | b"e";
    ContentLanguage "Content-Language" b"content-language";
    /// Computed when printing; never among parsed headers.
    ContentLength "Content-Length" b"content-length" | b"l";
    ContentType "Content-Type" b"content-type" | b"c";
    CSeq "CSeq" b"cseq";
    Date "Date" b"date";
    Diversion "Diversion" b"diversion";
    ErrorInfo "Error-Info" b"error-info";
    Event "Event" b"event" | b"o";
    Expires "Expires" b"expires";
    FlowTimer "Flow-Timer" b"flow-timer";
    From "From" b"from" | b"f";
    HistoryInfo "History-Info" b"history-info";
    Identity "Identity" b"identity" | b"y";
    InReplyTo "In-Reply-To" b"in-reply-to";
    Join "Join" b"join";
    MaxForwards "Max-Forwards" b"max-forwards";
    MimeVersion "MIME-Version" b"mime-version";
    MinExpires "Min-Expires" b"min-expires";
    MinSe "Min-SE" b"min-se";
    Organization "Organization" b"organization";
    PAssertedIdentity "P-Asserted-Identity" b"p-asserted-identity";
    PPreferredIdentity "P-Preferred-Identity" b"p-preferred-identity";
    Path "Path" b"path";
    Priority "Priority" b"priority";
    Privacy "Privacy" b"privacy";
    ProxyAuthenticate "Proxy-Authenticate" b"proxy-authenticate";
    ProxyAuthorization "Proxy-Authorization" b"proxy-authorization";
    ProxyRequire "Proxy-Require" b"proxy-require";
    RAck "RAck" b"rack";
    RSeq "RSeq" b"rseq";
    Reason "Reason" b"reason";
    RecordRoute "Record-Route" b"record-route";
    ReferTo "Refer-To" b"refer-to" | b"r";
    ReferredBy "Referred-By" b"referred-by" | b"b";
    RejectContact "Reject-Contact" b"reject-contact" | b"j";
    RemotePartyId "Remote-Party-ID" b"remote-party-id";
    Replaces "Replaces" b"replaces";
    ReplyTo "Reply-To" b"reply-to";
    RequestDisposition "Request-Disposition" b"request-disposition" | b"d";
    Require "Require" b"require";
    RetryAfter "Retry-After" b"retry-after";
    Route "Route" b"route";
    Server "Server" b"server";
    ServiceRoute "Service-Route" b"service-route";
    SessionId "Session-ID" b"session-id";
    SessionExpires "Session-Expires" b"session-expires" | b"x";
    SipEtag "SIP-ETag" b"sip-etag";
    SipIfMatch "SIP-If-Match" b"sip-if-match";
    Subject "Subject" b"subject" | b"s";
    SubscriptionState "Subscription-State" b"subscription-state";
    Supported "Supported" b"supported" | b"k";
    TargetDialog "Target-Dialog" b"target-dialog";
    Timestamp "Timestamp" b"timestamp";
    To "To" b"to" | b"t";
    Unsupported "Unsupported" b"unsupported";
    UserAgent "User-Agent" b"user-agent";
    Via "Via" b"via" | b"v";
    Warning "Warning" b"warning";
    WwwAuthenticate "WWW-Authenticate" b"www-authenticate";
}

impl HeaderName {
    /// Headers whose values are lists that the parser splits at commas.
    pub(crate) fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Via
                | Self::Route
                | Self::RecordRoute
                | Self::Contact
                | Self::Path
                | Self::ServiceRoute
                | Self::PAssertedIdentity
                | Self::PPreferredIdentity
                | Self::Diversion
                | Self::HistoryInfo
        )
    }

    /// Headers of which a message holds at most one, because two would mean two different things to two readers.
    pub(crate) fn is_single(&self) -> bool {
        matches!(
            self,
            Self::From
                | Self::To
                | Self::CallId
                | Self::CSeq
                | Self::MaxForwards
                | Self::ContentLength
                | Self::ContentType
                | Self::ContentDisposition
                | Self::Date
                | Self::Event
                | Self::Expires
                | Self::MinExpires
                | Self::MinSe
                | Self::RAck
                | Self::RSeq
                | Self::ReferTo
                | Self::ReferredBy
                | Self::Replaces
                | Self::RetryAfter
                | Self::SessionExpires
                | Self::SipEtag
                | Self::SipIfMatch
                | Self::SubscriptionState
                | Self::TargetDialog
                | Self::Timestamp
        )
    }
}

impl std::str::FromStr for HeaderName {
    type Err = HeaderError;

    /// Long or compact, in any case.
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        /// No name known to us is longer.
        const LONGEST: usize = 24;
        let mut lower = [0_u8; LONGEST];
        let known = lower.get_mut(..text.len()).and_then(|lower| {
            lower.copy_from_slice(text.as_bytes());
            lower.make_ascii_lowercase();
            Self::known(lower)
        });
        match known {
            Some(name) => Ok(name),
            None if syntax::is_token(text) => Ok(Self::Other(text.into())),
            None => Err(HeaderError {
                what: "header name",
            }),
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        syntax::write_token(out, self.as_str())
    }
}

impl PartialEq for HeaderName {
    // Every look for a header compares with those before it.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(_), _) | (_, Self::Other(_)) => self.is_spelled(other),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl HeaderName {
    #[cold]
    fn is_spelled(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for HeaderName {}

impl Ord for HeaderName {
    fn cmp(&self, other: &Self) -> Ordering {
        let one = self.as_str().bytes().map(|byte| byte.to_ascii_lowercase());
        one.cmp(other.as_str().bytes().map(|byte| byte.to_ascii_lowercase()))
    }
}

impl PartialOrd for HeaderName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.as_str().bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

/// RFC 3261 §20.16.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CSeq {
    /// Below 2³¹ when we choose it (RFC 3261 §8.1.1.5); up to 2³²-1 is understood.
    pub number: u32,
    /// Of the request.
    pub method: Method,
}

impl fmt::Display for CSeq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        syntax::write_number(out, self.number.into())?;
        out.write_str(" ")?;
        self.method.fmt(out)
    }
}

impl std::str::FromStr for CSeq {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        const BAD: HeaderError = HeaderError { what: "CSeq" };
        let text = syntax::trim(text);
        let white = text.bytes().position(syntax::is_white).ok_or(BAD)?;
        let (number, method) = text.split_at_checked(white).ok_or(BAD)?;
        let number = syntax::number(number, u64::from(u32::MAX), "CSeq")?;
        Ok(Self {
            number: u32::try_from(number).map_err(|_| BAD)?,
            method: syntax::trim(method).parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_spelling_of_a_name_is_that_name() {
        let mut spellings = BTreeSet::new();
        for (name, lower) in ALL {
            assert_eq!(lower[0], name.as_str().to_ascii_lowercase().as_bytes());
            for spelling in *lower {
                let spelling = std::str::from_utf8(spelling).unwrap();
                assert!(
                    spellings.insert(spelling),
                    "{spelling} is one header's only"
                );
                assert_eq!(spelling.parse(), Ok(name.clone()));
                assert_eq!(spelling.to_uppercase().parse(), Ok(name.clone()));
            }
            assert_eq!(HeaderName::Other(name.as_str().into()), *name);
        }
    }

    #[test]
    fn unknown_names_compare_without_case_and_keep_theirs() {
        let name: HeaderName = "X-Thing".parse().unwrap();
        assert_eq!(name, HeaderName::Other("x-THING".into()));
        assert_eq!(
            name.cmp(&HeaderName::Other("x-thing".into())),
            Ordering::Equal
        );
        assert_eq!(name.to_string(), "X-Thing");
        assert!("X Thing".parse::<HeaderName>().is_err());
        assert!("".parse::<HeaderName>().is_err());
    }

    #[test]
    fn a_sequence_number_fits_32_bits() {
        assert_eq!("4294967295 ACK".parse::<CSeq>().unwrap().number, u32::MAX);
        assert!("4294967296 ACK".parse::<CSeq>().is_err());
        assert!("-1 ACK".parse::<CSeq>().is_err());
        assert!("1".parse::<CSeq>().is_err());
        assert!("1 A B".parse::<CSeq>().is_err());
    }
}
