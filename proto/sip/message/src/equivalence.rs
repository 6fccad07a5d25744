use crate::syntax::{self, UNRESERVED};
use crate::{Scheme, Uri};
use std::fmt::Write;

/// Parameters that make a difference even where only one of two URIs has them (RFC 3261 §19.1.4 and its examples).
const NEVER_IGNORED: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// RFC 3261 §19.1.4; RFC 3966 §4 for `tel:`; letter for letter for other schemes.
pub(crate) fn uris(one: &Uri, two: &Uri) -> bool {
    if one.scheme != two.scheme {
        return false;
    }
    match one.scheme {
        Scheme::Sip | Scheme::Sips => sip(one, two),
        Scheme::Tel => telephone(one) == telephone(two),
        Scheme::Other(_) => one.user == two.user,
    }
}

fn sip(one: &Uri, two: &Uri) -> bool {
    same(one.user.as_deref(), two.user.as_deref())
        && same(one.password.as_deref(), two.password.as_deref())
        && one.host == two.host
        && one.port == two.port
        && params(one, two)
        && params(two, one)
        && headers(one) == headers(two)
}

/// Whether every parameter of `one` agrees with `two`.
fn params(one: &Uri, two: &Uri) -> bool {
    one.params
        .iter()
        .all(|(name, value)| match two.params.get(name) {
            Some(other) => same_without_case(value, other),
            None => !NEVER_IGNORED
                .iter()
                .any(|never| never.eq_ignore_ascii_case(name)),
        })
}

/// The headers of a URI in an order of their own, since order is of no meaning.
fn headers(uri: &Uri) -> Vec<(String, String)> {
    let mut headers: Vec<_> = uri
        .headers
        .iter()
        .flat_map(|headers| headers.split('&'))
        .map(|header| header.split_once('=').unwrap_or((header, "")))
        .map(|(name, value)| (name.to_ascii_lowercase(), canonical(value)))
        .collect();
    headers.sort();
    headers
}

/// Number without visual separators, and parameters in an order of their own.
fn telephone(uri: &Uri) -> (String, Vec<String>) {
    let text = uri.user.as_deref().unwrap_or("").to_ascii_lowercase();
    let mut parts = text.split(';');
    let number = parts.next().unwrap_or("").replace(['-', '.', '(', ')'], "");
    let mut params: Vec<_> = parts.map(str::to_owned).collect();
    params.sort();
    (number, params)
}

fn same(one: Option<&str>, two: Option<&str>) -> bool {
    one.map(canonical) == two.map(canonical)
}

fn same_without_case(one: Option<&str>, two: Option<&str>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => canonical(one).eq_ignore_ascii_case(&canonical(two)),
        (None, None) => true,
        _ => false,
    }
}

/// With every escape resolved that means the same unescaped: reserved characters do not.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (escape, after) = from.split_at_checked(3).unwrap_or((from, ""));
        push_canonical(&mut out, escape, UNRESERVED);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Resolves all escapes, then escapes again what is outside the class.
pub(crate) fn push_canonical(out: &mut String, text: &str, class: u16) {
    for byte in decode(text) {
        if syntax::is(byte, class) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Resolves all escapes.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let mut decoded = *byte;
        if let (b'%', [high, low, after @ ..]) = (*byte, tail)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            && let Ok(value) = u8::try_from(high << 4 | low)
        {
            decoded = value;
            rest = after;
        }
        bytes.push(decoded);
    }
    bytes
}
