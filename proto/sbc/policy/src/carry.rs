//! What crosses the border in a message's headers. Each message is built anew on its own side; of the other side's message only
//! what stands in these two lists is copied. All else (Via, Record-Route, Call-ID, Server, User-Agent, Warning, `P-…`,
//! `X-…`) stays where it came from.

use sip_message::{HeaderName, Headers, Method, StatusCode};

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Way {
    /// From a browser to the server.
    Inward,
    /// From the server to a browser.
    Outward,
}

/// How a header crosses.
#[derive(Clone, Copy)]
enum As {
    /// Word for word.
    Written,
    /// Only its leading number: comments beside it are somebody's prose.
    Number,
    /// Protocol and cause, without the text (RFC 3326).
    Cause,
}

/// What a request takes along.
pub fn carried_by_request(way: Way, method: &Method, from: &Headers) -> Headers {
    let mut carried = Headers::new();
    copy(from, HeaderName::Reason, As::Cause, &mut carried);
    if way == Way::Inward {
        if *method == Method::Invite {
            // A dialog of the server's own: a call that is picked up (RFC 3891).
            copy(from, HeaderName::Replaces, As::Written, &mut carried);
        }
        // Digest passes through: the server's own users answer the server's own challenge. The other way round it would
        // show the server's credentials to a browser.
        copy(from, HeaderName::Authorization, As::Written, &mut carried);
        copy(
            from,
            HeaderName::ProxyAuthorization,
            As::Written,
            &mut carried,
        );
    }
    if matches!(method, Method::Invite | Method::Message) {
        copy(from, HeaderName::Subject, As::Written, &mut carried);
        copy(from, HeaderName::Privacy, As::Written, &mut carried);
        copy(
            from,
            HeaderName::Other("Priority".into()),
            As::Written,
            &mut carried,
        );
    }
    for name in told_of_events(method) {
        copy(from, name.clone(), As::Written, &mut carried);
    }
    if *method == Method::Info {
        let package = HeaderName::Other("Info-Package".into());
        copy(from, package, As::Written, &mut carried);
    }
    carried
}

/// What speaks of an event (RFC 6665 §8.2, RFC 3903 §11.3) and of nothing else.
fn told_of_events(method: &Method) -> &'static [HeaderName] {
    match method {
        Method::Subscribe => &[HeaderName::Event, HeaderName::Expires, HeaderName::Accept],
        Method::Notify => &[
            HeaderName::Event,
            HeaderName::SubscriptionState,
            HeaderName::AllowEvents,
        ],
        Method::Publish => &[
            HeaderName::Event,
            HeaderName::Expires,
            HeaderName::SipIfMatch,
        ],
        _ => &[],
    }
}

/// What a response takes along; `way` is the way of its request, so the response goes the other way.
pub fn carried_by_response(
    way: Way,
    method: &Method,
    status: StatusCode,
    from: &Headers,
) -> Headers {
    let mut carried = Headers::new();
    copy(from, HeaderName::RetryAfter, As::Number, &mut carried);
    if status.is_final() && !status.is_success() {
        copy(from, HeaderName::Reason, As::Cause, &mut carried);
    }
    if way == Way::Inward {
        match status.code() {
            401 | 407 => {
                for challenge in [HeaderName::WwwAuthenticate, HeaderName::ProxyAuthenticate] {
                    copy(from, challenge, As::Written, &mut carried);
                }
            }
            200..=299 => copy(
                from,
                HeaderName::AuthenticationInfo,
                As::Written,
                &mut carried,
            ),
            423 => copy(from, HeaderName::MinExpires, As::Number, &mut carried),
            _ => {}
        }
    }
    if matches!(method, Method::Subscribe | Method::Publish) {
        match status.code() {
            // What a publication is called from now on, and how long it lasts (RFC 3903 §6). A subscription's duration is told by
            // the one who pairs its dialogs.
            200..=299 if *method == Method::Publish => {
                copy(from, HeaderName::SipEtag, As::Written, &mut carried);
                copy(from, HeaderName::Expires, As::Number, &mut carried);
            }
            423 if way == Way::Outward => {
                copy(from, HeaderName::MinExpires, As::Number, &mut carried);
            }
            489 => copy(from, HeaderName::AllowEvents, As::Written, &mut carried),
            _ => {}
        }
    }
    if *method == Method::Info && status.code() == 469 {
        // Bad Info Package (RFC 6086 §4.2.2) must name what it would take.
        let packages = HeaderName::Other("Recv-Info".into());
        copy(from, packages, As::Written, &mut carried);
    }
    carried
}

fn copy(from: &Headers, name: HeaderName, how: As, to: &mut Headers) {
    for header in from.iter().filter(|header| header.name == name) {
        let value = header.value.as_str();
        match how {
            As::Written => to.push_copy(header),
            As::Number => {
                let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
                if !digits.is_empty() {
                    to.push(name.clone(), digits);
                }
            }
            As::Cause => {
                if let Some(cause) = filtered_reason(value) {
                    to.push(name.clone(), cause);
                }
            }
        }
    }
}

/// A Reason (RFC 3326) without its text: `SIP;cause=200` or `Q.850;cause=16`. `None` for other protocols.
pub fn filtered_reason(value: &str) -> Option<String> {
    let mut parts = value.split(';');
    let protocol = match parts.next()?.trim() {
        word if word.eq_ignore_ascii_case("SIP") => "SIP",
        word if word.eq_ignore_ascii_case("Q.850") => "Q.850",
        _ => return None,
    };
    let cause: u16 = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("cause"))
        .and_then(|(_, number)| number.trim().parse().ok())?;
    Some(format!("{protocol};cause={cause}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Way, carried_by_request, carried_by_response, filtered_reason};
    use sip_message::{HeaderName, Headers, Method, StatusCode};

    fn inner() -> Headers {
        let mut headers = Headers::new();
        headers.push(HeaderName::Via, "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1");
        headers.push(HeaderName::RecordRoute, "<sip:10.0.0.2;lr>");
        headers.push(HeaderName::CallId, "abc@10.0.0.2");
        headers.push(HeaderName::Server, "Kamailio (10.0.0.2)");
        headers.push(HeaderName::UserAgent, "Asterisk");
        headers.push(HeaderName::Warning, "392 10.0.0.2:5060 \"Noisy\"");
        headers.push(HeaderName::PAssertedIdentity, "<sip:bob@10.0.0.2>");
        headers.push(HeaderName::Diversion, "<sip:eve@10.0.0.2>");
        headers.push(
            HeaderName::Other("X-Asterisk-HangupCause".into()),
            "10.0.0.2",
        );
        headers.push(HeaderName::RetryAfter, "18 (ask 10.0.0.2);duration=3600");
        headers.push(
            HeaderName::Reason,
            "Q.850;cause=17;text=\"busy at 10.0.0.2\"",
        );
        headers.push(HeaderName::Authorization, "Digest username=\"trunk\"");
        headers
    }

    #[test]
    fn nothing_of_the_inner_network_goes_out_with_a_refusal() {
        let carried =
            carried_by_response(Way::Inward, &Method::Invite, StatusCode::of(486), &inner());
        let all: Vec<_> = carried
            .iter()
            .map(|header| (header.name.clone(), header.value.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                (HeaderName::RetryAfter, "18"),
                (HeaderName::Reason, "Q.850;cause=17")
            ]
        );
    }

    #[test]
    fn the_servers_credentials_are_never_shown_to_a_browser() {
        let carried = carried_by_request(Way::Outward, &Method::Invite, &inner());
        assert!(!carried.has(&HeaderName::Authorization));
        let carried = carried_by_request(Way::Inward, &Method::Invite, &inner());
        assert!(carried.has(&HeaderName::Authorization));
    }

    #[test]
    fn an_outsider_cannot_assert_an_identity() {
        let carried = carried_by_request(Way::Inward, &Method::Invite, &inner());
        assert!(!carried.has(&HeaderName::PAssertedIdentity));
        assert!(!carried.has(&HeaderName::Diversion));
    }

    #[test]
    fn a_reason_of_an_unknown_protocol_is_dropped() {
        assert_eq!(filtered_reason("Preemption;cause=1"), None);
        assert_eq!(filtered_reason("SIP"), None);
        assert_eq!(
            filtered_reason("sip ; text=\"a\" ; cause=200").unwrap(),
            "SIP;cause=200"
        );
    }
}
