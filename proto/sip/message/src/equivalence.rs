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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::Uri;

    fn equivalent(one: &str, two: &str) -> bool {
        let (one, two): (Uri, Uri) = (one.parse().unwrap(), two.parse().unwrap());
        assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one));
        one.is_equivalent(&two)
    }

    #[test]
    fn the_equivalent_examples_of_rfc_3261_are_equivalent() {
        for (one, two) in [
            (
                "sip:%61lice@atlanta.com;transport=TCP",
                "sip:alice@AtLanTa.CoM;Transport=tcp",
            ),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            (
                "sip:carol@chicago.com;newparam=5",
                "sip:carol@chicago.com;security=on",
            ),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
        ] {
            assert!(equivalent(one, two), "{one} {two}");
        }
    }

    #[test]
    fn the_different_examples_of_rfc_3261_are_different() {
        for (one, two) in [
            (
                "SIP:ALICE@AtLanTa.CoM;Transport=udp",
                "sip:alice@AtLanTa.CoM;Transport=UDP",
            ),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            (
                "sip:bob@biloxi.com",
                "sip:bob@biloxi.com:6000;transport=tcp",
            ),
            (
                "sip:carol@chicago.com",
                "sip:carol@chicago.com?Subject=next%20meeting",
            ),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            (
                "sip:carol@chicago.com;security=on",
                "sip:carol@chicago.com;security=off",
            ),
            ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ] {
            assert!(!equivalent(one, two), "{one} {two}");
        }
    }

    #[test]
    fn an_escaped_separator_is_not_the_separator() {
        assert!(!equivalent("sip:a%3Bb@h.example", "sip:a;b@h.example"));
        assert!(equivalent("sip:a%3bb@h.example", "sip:a%3Bb@h.example"));
    }

    #[test]
    fn telephone_numbers_compare_without_their_separators() {
        assert!(equivalent(
            "tel:+49-30-1234;a=1;b=2",
            "tel:+49(30)1234;b=2;a=1"
        ));
        assert!(!equivalent("tel:+49301234", "tel:+49301235"));
    }

    #[test]
    fn an_address_of_record_has_one_key() {
        let key = |text: &str| text.parse::<Uri>().unwrap().address_of_record();
        assert_eq!(
            key("sip:%61lice:pw@Example.COM:5070;x=1?y=2"),
            "alice@example.com"
        );
        assert_eq!(key("sips:alice@example.com"), "alice@example.com");
        assert_eq!(key("sip:example.com"), "example.com");
        assert_eq!(key("sip:a%40b@c"), "a%40b@c");
        assert_ne!(key("sip:%00@c"), key("sip:%2500@c"));
    }
}
