use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Method, Version};
use sha1::{Digest, Sha1};

/// RFC 6455 §1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// RFC 7118 §4.1.
const SUBPROTOCOL: &str = "sip";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Why there will be no WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400: no handshake of RFC 6455, or not for SIP.
    Malformed,
    /// 403: a page of another origin (ATTACKS 19).
    Origin,
    /// 426: another version than 13.
    Version,
}

/// Judges a client's handshake (RFC 6455 §4.2.1, RFC 7118 §4.1). `None`: the request wants no WebSocket. `Some(Ok(_))` is the
/// Sec-WebSocket-Accept.
pub(crate) fn handshake(
    method: &Method,
    version: Version,
    headers: &HeaderMap,
    origins: &[String],
) -> Option<Result<String, Refused>> {
    if !has_token(headers, UPGRADE, "websocket") {
        return None;
    }
    Some(judge(method, version, headers, origins))
}

fn judge(
    method: &Method,
    version: Version,
    headers: &HeaderMap,
    origins: &[String],
) -> Result<String, Refused> {
    let key = only(headers, SEC_WEBSOCKET_KEY).ok_or(Refused::Malformed)?;
    if *method != Method::GET
        || version != Version::HTTP_11
        || !has_token(headers, CONNECTION, "upgrade")
        || !is_key(key)
    {
        return Err(Refused::Malformed);
    }
    if only(headers, SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(Refused::Version);
    }
    if !origins.is_empty() {
        let origin = only(headers, ORIGIN).ok_or(Refused::Origin)?;
        if !origins
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(origin))
        {
            return Err(Refused::Origin);
        }
    }
    if !has_token(headers, SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Refused::Malformed);
    }
    Ok(accept(key))
}

/// The value of a header that must not be there twice.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first.trim())
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// Sixteen octets in base64.
fn is_key(key: &str) -> bool {
    key.len() == 24
        && key.ends_with("==")
        && key.bytes().take(22).all(|letter| BASE64.contains(&letter))
}

/// RFC 6455 §4.2.2: proves that a WebSocket server read the key.
fn accept(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(GUID);
    base64(&hash.finalize())
}

fn base64(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3).saturating_mul(4));
    for chunk in octets.chunks(3) {
        let bits = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0u32, |bits, octet| (bits << 8) | u32::from(*octet));
        for place in 0..4 {
            let letter = (bits >> (18 - 6 * place)) & 63;
            match BASE64.get(letter as usize) {
                Some(letter) if place <= chunk.len() => text.push(char::from(*letter)),
                _ => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Refused, accept, base64, handshake};
    use hyper::header::{HeaderMap, HeaderName, HeaderValue};
    use hyper::{Method, Version};

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    const GOOD: [(&str, &str); 6] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "foo, sip"),
        ("origin", "https://phone.example.com"),
    ];

    fn judged(
        lines: &[(&'static str, &'static str)],
        origins: &[&str],
    ) -> Option<Result<String, Refused>> {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        handshake(&Method::GET, Version::HTTP_11, &headers(lines), &origins)
    }

    #[test]
    fn the_key_of_rfc_6455_section_1_3_is_accepted() {
        assert_eq!(
            accept("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        assert_eq!(
            judged(&GOOD, &[]),
            Some(Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned()))
        );
    }

    #[test]
    fn base64_pads_as_rfc_4648_section_10_shows() {
        for (octets, text) in [
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(octets.as_bytes()), text);
        }
    }

    #[test]
    fn a_plain_request_wants_no_websocket() {
        assert_eq!(
            judged(&[("origin", "https://phone.example.com")], &[]),
            None
        );
    }

    #[test]
    fn whatever_is_missing_refuses_the_handshake() {
        for missing in ["connection", "sec-websocket-key", "sec-websocket-protocol"] {
            let lines: Vec<_> = GOOD
                .into_iter()
                .filter(|(name, _)| *name != missing)
                .collect();
            assert_eq!(
                judged(&lines, &[]),
                Some(Err(Refused::Malformed)),
                "{missing}"
            );
        }
        let lines: Vec<_> = GOOD
            .into_iter()
            .filter(|(name, _)| *name != "sec-websocket-version")
            .collect();
        assert_eq!(judged(&lines, &[]), Some(Err(Refused::Version)));
    }

    #[test]
    fn only_pages_of_the_allowed_origins_may_enter() {
        assert!(matches!(
            judged(&GOOD, &["https://PHONE.example.com"]),
            Some(Ok(_))
        ));
        assert_eq!(
            judged(&GOOD, &["https://other.example.com"]),
            Some(Err(Refused::Origin))
        );
        let lines: Vec<_> = GOOD
            .into_iter()
            .filter(|(name, _)| *name != "origin")
            .collect();
        assert_eq!(
            judged(&lines, &["https://phone.example.com"]),
            Some(Err(Refused::Origin))
        );
    }
}
