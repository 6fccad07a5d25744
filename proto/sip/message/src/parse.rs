use crate::limits::{
    MAX_HEAD, MAX_HEADER_LINE, MAX_HEADERS, MAX_LIST, MAX_MESSAGE, MAX_METHOD, MAX_URI,
};
use crate::lines::{BadLine, Line, Lines, name_and_value};
use crate::list::entries;
use crate::name_addr::RawNameAddr;
use crate::syntax::{self, VISIBLE};
use crate::uri::RawUri;
use crate::via::RawVia;
use crate::{
    CSeq, HeaderError, HeaderName, Headers, Host, Message, Method, Request, Response, StatusCode,
    Text, Uri, answer,
};
use std::sync::Arc;

/// Why bytes are no SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub why: Malformed,
    /// Where Via, From, To, Call-ID and CSeq of a request could be read all the same: the 4xx/5xx (400, 505, 513, ...) to send back. Never for ACK.
    ///
    /// Its To tag is made from the request's identifying headers, so a retransmission gets the same response (RFC 3261 §8.2.7).
    pub answer: Option<Box<Response>>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The message, its head or one of its headers is beyond [`crate::limits`].
    TooLong,
    /// The Request-URI is beyond [`MAX_URI`].
    UriTooLong,
    /// No request line and no status line.
    StartLine,
    /// Not SIP/2.0.
    Version,
    /// A header cannot be read.
    Header(&'static str),
    /// A header that every message must have is absent.
    MissingHeader(&'static str),
    /// Shorter than its Content-Length (RFC 3261 §18.3).
    Body,
}

impl Malformed {
    /// The status a request gets for it, and the reason phrase that tells its sender what to mend.
    pub(crate) fn status(self) -> (StatusCode, String) {
        let bad = |what: &str| (StatusCode::BAD_REQUEST, format!("Bad Request: {what}"));
        let plain = |code: StatusCode| (code, code.reason().to_owned());
        match self {
            Malformed::TooLong => plain(StatusCode::of(513)),
            Malformed::UriTooLong => plain(StatusCode::of(414)),
            Malformed::Version => plain(StatusCode::of(505)),
            Malformed::StartLine => bad("request line"),
            Malformed::Header(what) => bad(what),
            Malformed::MissingHeader(what) => bad(&format!("no {what}")),
            Malformed::Body => bad("body shorter than Content-Length"),
        }
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Malformed::TooLong => out.write_str("too long"),
            Malformed::UriTooLong => out.write_str("Request-URI too long"),
            Malformed::StartLine => out.write_str("no start line"),
            Malformed::Version => out.write_str("version is not SIP/2.0"),
            Malformed::Header(what) => write!(out, "cannot read {what}"),
            Malformed::MissingHeader(what) => write!(out, "no {what}"),
            Malformed::Body => out.write_str("body shorter than Content-Length"),
        }
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.why.fmt(out)
    }
}

impl std::error::Error for ParseError {}

impl From<BadLine> for Malformed {
    fn from(bad: BadLine) -> Self {
        match bad {
            BadLine::TooLong => Malformed::TooLong,
            BadLine::Broken(what) => Malformed::Header(what),
            BadLine::Unfinished => Malformed::Header("message without empty line"),
        }
    }
}

impl From<HeaderError> for Malformed {
    fn from(error: HeaderError) -> Self {
        Malformed::Header(error.what)
    }
}

/// One whole message in one datagram or WebSocket frame. Mandatory headers (Via, From, To, Call-ID, CSeq) are present and readable when it succeeds.
///
/// Bytes beyond Content-Length are dropped (RFC 3261 §18.3). Without Content-Length the body is the rest.
pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
    read(bytes).map_err(|why| ParseError {
        why,
        answer: answer::to_malformed(bytes, why),
    })
}

fn read(bytes: &[u8]) -> Result<Message, Malformed> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Malformed::TooLong);
    }
    let head = head(bytes);
    // Header by header the text is shared; a head that is no UTF-8 is read from its bytes, and each value copied.
    let text: Arc<str> = std::str::from_utf8(head).unwrap_or_default().into();
    let mut lines = match text.is_empty() {
        true => Lines::new(bytes),
        false => Lines::of_text(&text),
    };
    lines.skip_empty();
    let first = match lines.next_line() {
        Ok(Some(line)) if !line.is_folded() => line,
        Err(BadLine::TooLong) => return Err(Malformed::TooLong),
        _ => return Err(Malformed::StartLine),
    };
    let (start, length) = start_line(&first)?;
    let mut reader = Reader::new(text.clone(), length);
    while let Some(line) = lines.next_line()? {
        reader.header(&line)?;
    }
    let body = if text.is_empty() {
        lines.rest()
    } else {
        bytes.get(head.len()..).unwrap_or_default()
    };
    if bytes.len().saturating_sub(body.len()) > MAX_HEAD {
        return Err(Malformed::TooLong);
    }
    reader.check(match &start {
        Start::Request(method, _) => Some(method),
        Start::Response(..) => None,
    })?;
    let body = match reader.content_length {
        None => body,
        Some(length) => body.get(..length).ok_or(Malformed::Body)?,
    };
    if reader.printed.saturating_add(body.len()) > MAX_MESSAGE {
        return Err(Malformed::TooLong);
    }
    let (headers, body) = (reader.headers, body.to_vec());
    Ok(match start {
        Start::Request(method, uri) => Message::Request(Request {
            method,
            uri,
            headers,
            body,
        }),
        Start::Response(status, reason) => Message::Response(Response {
            status,
            reason,
            headers,
            body,
        }),
    })
}

/// Start line and headers with the empty line behind them; all there is, if no empty line follows. What is wrong with the lines
/// is their reader's to say.
fn head(bytes: &[u8]) -> &[u8] {
    const END: &[u8; 4] = b"\r\n\r\n";
    let start = bytes
        .chunks_exact(2)
        .take_while(|pair| *pair == b"\r\n")
        .count();
    let mut at = start.saturating_mul(2);
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some(found) = syntax::find(rest, b'\r') {
        rest = rest.get(found..).unwrap_or_default();
        at = at.saturating_add(found);
        if rest.starts_with(END) {
            let end = at.saturating_add(END.len());
            return bytes.get(..end).unwrap_or(bytes);
        }
        rest = rest.get(1..).unwrap_or_default();
        at = at.saturating_add(1);
    }
    bytes
}

enum Start {
    Request(Method, Uri),
    Response(StatusCode, String),
}

/// Whether it is `SIP-Version`, ours or another.
pub(crate) fn is_version(text: &str) -> bool {
    let Some((name, number)) = text.split_once('/') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.eq_ignore_ascii_case("SIP")
        && number
            .split_once('.')
            .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// RFC 3261 §7.1, §7.2: exactly one space between the parts. Also says how long the line is when printed.
fn start_line(line: &Line<'_>) -> Result<(Start, usize), Malformed> {
    let text = line.text();
    let start = request_or_status_line(&text)?;
    let printed = match &start {
        // An IPv6 address may grow by a digit when written in its canonical form.
        Start::Request(method, uri) if matches!(uri.host, Host::V6(_)) => {
            let uri = uri.to_string().len();
            if uri > MAX_URI {
                return Err(Malformed::UriTooLong);
            }
            "  SIP/2.0"
                .len()
                .saturating_add(method.as_str().len())
                .saturating_add(uri)
        }
        Start::Request(..) => text.len(),
        Start::Response(_, reason) => "SIP/2.0 200 ".len().saturating_add(reason.len()),
    };
    if printed > MAX_HEADER_LINE {
        return Err(Malformed::TooLong);
    }
    Ok((start, printed))
}

fn request_or_status_line(text: &str) -> Result<Start, Malformed> {
    let (first, rest) = text.split_once(' ').ok_or(Malformed::StartLine)?;
    if is_version(first) {
        if !first.eq_ignore_ascii_case("SIP/2.0") {
            return Err(Malformed::Version);
        }
        return status_line(rest);
    }
    let (uri, version) = rest.rsplit_once(' ').ok_or(Malformed::StartLine)?;
    if first.len() > MAX_METHOD || !syntax::is_token(first) || !is_version(version) {
        return Err(Malformed::StartLine);
    }
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(Malformed::Version);
    }
    if uri.len() > MAX_URI {
        return Err(Malformed::UriTooLong);
    }
    let uri = RawUri::scan(uri).map_err(|_| Malformed::StartLine)?;
    if uri.headers.is_some() {
        // RFC 3261 §19.1.1: not in a Request-URI (RFC 4475 §3.1.2.11).
        return Err(Malformed::StartLine);
    }
    let method = first.parse().map_err(|_| Malformed::StartLine)?;
    Ok(Start::Request(method, uri.read(None)?))
}

fn status_line(rest: &str) -> Result<Start, Malformed> {
    // The space before an empty reason phrase is often forgotten.
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    if code.len() != 3 {
        return Err(Malformed::StartLine);
    }
    let status = syntax::number(code, 699, "status code")
        .ok()
        .and_then(|code| u16::try_from(code).ok())
        .and_then(StatusCode::new)
        .ok_or(Malformed::StartLine)?;
    Ok(Start::Response(status, reason.to_owned()))
}

/// Headers as they come.
struct Reader {
    /// The head, whose pieces the values are.
    text: Arc<str>,
    headers: Headers,
    content_length: Option<usize>,
    /// Header lines so far, kept or not: work is bounded by it.
    lines: usize,
    /// Bytes of the head when printed in long form: what we accept we must be able to send, and to accept again.
    printed: usize,
}

impl Reader {
    /// `start_line`: its length.
    fn new(text: Arc<str>, start_line: usize) -> Self {
        /// A browser's INVITE has some 15 to 20.
        const USUAL: usize = 20;
        /// Content-Length, and line ends.
        const SLACK: usize = 64;
        Self {
            text,
            headers: Headers::with_capacity(USUAL),
            content_length: None,
            lines: 0,
            printed: start_line.saturating_add(SLACK),
        }
    }

    fn header(&mut self, line: &Line<'_>) -> Result<(), Malformed> {
        let text = line.text();
        let (name, value) = name_and_value(&text)?;
        if name == HeaderName::ContentLength {
            let length = content_length(value)?;
            return match self.content_length.replace(length) {
                Some(other) if other != length => Err(Malformed::Header("two Content-Lengths")),
                _ => Ok(()),
            };
        }
        self.lines = self.lines.saturating_add(1);
        if self.lines > MAX_HEADERS {
            return Err(Malformed::TooLong);
        }
        if name.is_single()
            && let Some(other) = self.headers.get(&name)
        {
            // Said twice in the same words it is still one thing.
            return match other == value {
                true => Ok(()),
                false => Err(Malformed::Header("a header twice with different values")),
            };
        }
        if name.is_list() && value.contains(',') {
            for entry in entries(value) {
                self.push(name.clone(), entry?)?;
            }
            return Ok(());
        }
        self.push(name, value)
    }

    fn push(&mut self, name: HeaderName, value: &str) -> Result<(), Malformed> {
        const SEPARATORS: usize = ": \r\n".len();
        let line = name.as_str().len().saturating_add(value.len());
        self.printed = self.printed.saturating_add(line).saturating_add(SEPARATORS);
        if self.headers.len() >= MAX_HEADERS
            || line > MAX_HEADER_LINE - SEPARATORS
            || self.printed > MAX_HEAD
        {
            return Err(Malformed::TooLong);
        }
        let value = Text::within(&self.text, value);
        self.headers.push_clean(name, value);
        Ok(())
    }

    /// Whether all that a message needs to be acted upon is there and can be read. `method`: of the request line.
    ///
    /// Of a response only what finds its transaction: a registrar's 200 may list a Contact of another phone that is none, and
    /// whoever needs the rest asks for it and is told.
    fn check(&self, method: Option<&Method>) -> Result<(), Malformed> {
        let is_request = method.is_some();
        let mut counts = [0_usize; 4];
        let [vias, contacts, routes, record_routes] = &mut counts;
        let (mut from, mut to, mut call_id, mut cseq) = (false, false, false, false);
        for header in self.headers.iter() {
            let value = header.value.as_str();
            match header.name {
                HeaderName::Via => {
                    RawVia::scan(value)?;
                    count(vias)?;
                }
                HeaderName::From => {
                    address(value, "From")?.check_tag()?;
                    from = true;
                }
                HeaderName::To => {
                    address(value, "To")?.check_tag()?;
                    to = true;
                }
                HeaderName::CallId => {
                    if value.is_empty() || !syntax::all(value, VISIBLE) {
                        return Err(Malformed::Header("Call-ID"));
                    }
                    call_id = true;
                }
                HeaderName::CSeq => {
                    let read: CSeq = value.parse()?;
                    if method.is_some_and(|method| read.method != *method) {
                        return Err(Malformed::Header("method in CSeq"));
                    }
                    cseq = true;
                }
                HeaderName::MaxForwards if is_request => {
                    syntax::number(value, u64::from(u8::MAX), "Max-Forwards")?;
                }
                HeaderName::Contact => {
                    count(contacts)?;
                    if is_request && value != "*" {
                        address(value, "Contact")?;
                    }
                }
                HeaderName::Route => {
                    count(routes)?;
                    if is_request {
                        route(value, "Route")?;
                    }
                }
                HeaderName::RecordRoute => {
                    count(record_routes)?;
                    if is_request {
                        route(value, "Record-Route")?;
                    }
                }
                _ => {}
            }
        }
        let [vias, ..] = counts;
        for (there, what) in [
            (vias > 0, "Via"),
            (from, "From"),
            (to, "To"),
            (call_id, "Call-ID"),
            (cseq, "CSeq"),
        ] {
            if !there {
                return Err(Malformed::MissingHeader(what));
            }
        }
        Ok(())
    }
}

fn count(entries: &mut usize) -> Result<(), Malformed> {
    *entries = entries.saturating_add(1);
    match *entries > MAX_LIST {
        true => Err(Malformed::TooLong),
        false => Ok(()),
    }
}

fn address<'a>(value: &'a str, what: &'static str) -> Result<RawNameAddr<'a>, Malformed> {
    RawNameAddr::scan(value).map_err(|_| Malformed::Header(what))
}

/// RFC 3261 §20.30, §20.34: always in `<>`.
fn route(value: &str, what: &'static str) -> Result<(), Malformed> {
    match address(value, what)?.bracketed {
        true => Ok(()),
        false => Err(Malformed::Header(what)),
    }
}

/// Digits only: no sign, nothing that overflows, no list.
pub(crate) fn content_length(value: &str) -> Result<usize, HeaderError> {
    const WHAT: &str = "Content-Length";
    let length = syntax::number(value, u64::from(u32::MAX), WHAT)?;
    usize::try_from(length).map_err(|_| HeaderError { what: WHAT })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )]
    use super::*;

    const INVITE: &str = "INVITE sip:bob@biloxi.example SIP/2.0\r\n\
        Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKnashds8;rport, SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx\r\n\
        Max-Forwards : 70\r\n\
        f: \"Alice, \\\"A\\\"\" <sip:alice@atlanta.example>;tag=1928301774\r\n\
        To:Bob\r\n <sip:bob@biloxi.example>\r\n\
        i: a84b4c76e66710@pc33\r\n\
        CSeq: 314159 INVITE\r\n\
        m: <sip:alice@df7jal23ls0d.invalid;transport=ws>;expires=3600\r\n\
        Supported: path, outbound\r\n\
        X-Thing: a, b\r\n\
        c: application/sdp\r\n\
        Content-Length: 4\r\n\
        \r\n\
        v=0\nrest of the datagram";

    fn request(text: &str) -> Request {
        match parse(text.as_bytes()) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_browsers_invite_is_read_and_printed_to_the_same_value() {
        let invite = request(INVITE);
        assert_eq!(invite.method, Method::Invite);
        assert_eq!(invite.body, b"v=0\n");
        let headers = &invite.headers;
        assert_eq!(headers.vias().unwrap().len(), 2);
        assert_eq!(&*headers.via().unwrap().transport, "WSS");
        assert_eq!(headers.via().unwrap().branch(), Some("z9hG4bKnashds8"));
        assert_eq!(headers.via().unwrap().params.get("rport"), Some(None));
        let from = headers.from().unwrap();
        assert_eq!(from.display.as_deref(), Some("Alice, \"A\""));
        assert_eq!(from.tag(), Some("1928301774"));
        assert_eq!(
            headers.get(&HeaderName::To),
            Some("Bob <sip:bob@biloxi.example>")
        );
        assert_eq!(headers.max_forwards(), Ok(Some(70)));
        assert_eq!(headers.cseq().unwrap().number, 314159);
        assert!(headers.has_token(&HeaderName::Supported, "Outbound"));
        assert_eq!(
            headers.contacts().unwrap()[0].params.value("expires"),
            Some("3600")
        );
        let message = Message::Request(invite);
        assert_eq!(parse(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn a_method_that_differs_from_cseq_is_answered_with_400() {
        let error = parse(INVITE.replace("314159 INVITE", "314159 BYE").as_bytes()).unwrap_err();
        let answer = error.answer.expect("it can be answered");
        assert_eq!(answer.status.code(), 400);
        assert!(answer.headers.to().unwrap().tag().is_some());
        let message = Message::Response(*answer);
        assert_eq!(parse(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn an_ack_is_never_answered() {
        let ack = INVITE
            .replace("INVITE", "ACK")
            .replace("Max-Forwards : 70", "Max-Forwards: x");
        assert_eq!(parse(ack.as_bytes()).unwrap_err().answer, None);
    }
}
