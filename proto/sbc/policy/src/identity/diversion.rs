use super::Privacy;
use sip_message::{HeaderName, Headers, NameAddr, StatusCode, Uri};

/// Most entries of a call's past that are carried, of each header: a call that has been further is going round in circles.
const MAX_PAST: usize = 10;
/// Longest entry that is carried: an address with a cause.
const MAX_ENTRY: usize = 512;

/// Why a call went on to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Always so (302).
    Unconditional,
    /// Busy (486, 600).
    Busy,
    /// Nobody answered (408).
    NoAnswer,
    /// Not there, or not reachable (404, 410, 480, 5xx).
    Unavailable,
    /// Passed on by the one who was called, while it rang (487).
    Deflection,
}

impl Cause {
    /// What the status says with which the first one called let go of the call.
    pub fn of(status: StatusCode) -> Self {
        match status.code() {
            486 | 600 => Cause::Busy,
            408 => Cause::NoAnswer,
            404 | 410 | 480 | 500..=599 => Cause::Unavailable,
            487 => Cause::Deflection,
            _ => Cause::Unconditional,
        }
    }

    /// RFC 5806 §7.
    fn word(self) -> &'static str {
        match self {
            Cause::Unconditional => "unconditional",
            Cause::Busy => "user-busy",
            Cause::NoAnswer => "no-answer",
            Cause::Unavailable => "unavailable",
            Cause::Deflection => "deflection",
        }
    }
}

/// The call's past as it crosses: between members of the trust domain whole, to and from others not at all. Of what is not an
/// address nothing is left.
pub fn carried_diversion(from: &Headers, from_trusted: bool, to_trusted: bool) -> Headers {
    let mut carried = Headers::new();
    if !from_trusted || !to_trusted {
        return carried;
    }
    for name in [HeaderName::Diversion, HeaderName::HistoryInfo] {
        let entries = from
            .get_all(&name)
            .filter(|entry| entry.len() <= MAX_ENTRY && entry.parse::<NameAddr>().is_ok());
        for entry in entries.take(MAX_PAST) {
            carried.push(name.clone(), entry);
        }
    }
    carried
}

/// Adds to a request's headers that the call meant for `from` goes on to `to`, because of `status`: a Diversion in front (RFC 5806 §6)
/// and the entries of History-Info (RFC 7044 §9, §10), one for `from` if it has none yet.
///
/// Call it for members of the trust domain only; strangers are not told where a call has been.
pub fn diverted(headers: &mut Headers, from: &Uri, to: &Uri, status: StatusCode) {
    let cause = Cause::of(status);
    let privacy = Privacy::of(headers);
    let mut diversion = NameAddr::new(plain(from));
    diversion.params.set("reason", Some(cause.word()));
    diversion.params.set("counter", Some("1"));
    if privacy.hides_history() {
        diversion.params.set("privacy", Some("full"));
    }
    if headers.get_all(&HeaderName::Diversion).count() < MAX_PAST {
        // In front of the other diversions, but not in front of all headers, where Via belongs.
        if headers.has(&HeaderName::Diversion) {
            headers.push_front(HeaderName::Diversion, diversion);
        } else {
            headers.push(HeaderName::Diversion, diversion);
        }
    }

    let mut past: Vec<NameAddr> = headers
        .addresses(&HeaderName::HistoryInfo)
        .unwrap_or_default();
    if past.len() >= MAX_PAST {
        return;
    }
    if past.is_empty() {
        let mut first = NameAddr::new(plain(from));
        first.params.set("index", Some("1"));
        past.push(first);
    }
    let Some(last) = past.last_mut() else {
        return;
    };
    // RFC 7044 §10.2: why it goes on stands with the entry that it leaves, escaped.
    last.uri.headers = Some(format!("Reason=SIP%3Bcause%3D{}", status.code()));
    let index = last.params.value("index").unwrap_or("1").to_owned();
    let mut next = NameAddr::new(plain(to));
    next.params.set("index", Some(&format!("{index}.1")));
    // RFC 7044 §10.4: another user than before, mapped from that entry.
    next.params.set("mp", Some(&index));
    past.push(next);
    headers.remove(&HeaderName::HistoryInfo);
    for entry in past {
        headers.push(HeaderName::HistoryInfo, entry);
    }
}

/// Where to, without what belongs to one request or one connection.
fn plain(uri: &Uri) -> Uri {
    Uri {
        password: None,
        headers: None,
        ..uri.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn all(headers: &Headers, name: &HeaderName) -> Vec<String> {
        headers.get_all(name).map(str::to_owned).collect()
    }

    #[test]
    fn a_call_that_goes_on_twice_tells_both_stations() {
        let mut headers = Headers::new();
        let (bob, carol) = (uri("sip:bob@example.com"), uri("sip:carol@example.com"));
        let desk = uri("sip:desk@example.org;user=phone");
        diverted(&mut headers, &bob, &carol, StatusCode::of(302));
        diverted(&mut headers, &carol, &desk, StatusCode::of(486));
        assert_eq!(
            all(&headers, &HeaderName::Diversion),
            [
                "<sip:carol@example.com>;reason=user-busy;counter=1",
                "<sip:bob@example.com>;reason=unconditional;counter=1",
            ]
        );
        assert_eq!(
            all(&headers, &HeaderName::HistoryInfo),
            [
                "<sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1",
                "<sip:carol@example.com?Reason=SIP%3Bcause%3D486>;index=1.1;mp=1",
                "<sip:desk@example.org;user=phone>;index=1.1.1;mp=1.1",
            ]
        );
    }

    #[test]
    fn a_call_that_goes_round_in_circles_does_not_grow_for_ever() {
        let mut headers = Headers::new();
        let (bob, carol) = (uri("sip:bob@example.com"), uri("sip:carol@example.com"));
        for _ in 0..50 {
            diverted(&mut headers, &bob, &carol, StatusCode::of(302));
        }
        assert_eq!(all(&headers, &HeaderName::Diversion).len(), MAX_PAST);
        assert_eq!(all(&headers, &HeaderName::HistoryInfo).len(), MAX_PAST);
    }

    #[test]
    fn a_calls_past_is_told_within_the_trust_domain_only() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Diversion, "<sip:bob@example.com>;reason=away");
        headers.push(HeaderName::HistoryInfo, "<sip:bob@example.com>;index=1");
        headers.push(HeaderName::HistoryInfo, "no address");
        let told = |from, to| carried_diversion(&headers, from, to).len();
        assert_eq!(told(true, true), 2);
        assert_eq!((told(true, false), told(false, true)), (0, 0));
    }

    #[test]
    fn who_wants_its_past_hidden_is_hidden_from_the_last_one_too() {
        let mut headers = Headers::new();
        headers.push(HeaderName::Privacy, "history");
        diverted(
            &mut headers,
            &uri("sip:bob@example.com"),
            &uri("sip:carol@example.com"),
            StatusCode::of(408),
        );
        assert_eq!(
            all(&headers, &HeaderName::Diversion),
            ["<sip:bob@example.com>;reason=no-answer;counter=1;privacy=full"]
        );
    }
}
