use sip_message::{HeaderName, Headers, NameAddr, Params, Scheme};

/// RFC 3325 §9.1: at most one `sip:` or `sips:` and one `tel:`.
const MAX_IDENTITIES: usize = 2;

/// The identities that a member of the trust domain asserts: at most one SIP and one telephone URI, without parameters of the header.
/// More, or unreadable ones, are ignored.
pub fn asserted_identities(headers: &Headers) -> Vec<NameAddr> {
    let mut identities: Vec<NameAddr> = Vec::new();
    for value in headers.get_all(&HeaderName::PAssertedIdentity) {
        let Ok(identity) = value.parse::<NameAddr>() else {
            continue;
        };
        let is_tel = match identity.uri.scheme {
            Scheme::Tel => true,
            Scheme::Sip | Scheme::Sips => false,
            Scheme::Other(_) => continue,
        };
        let is_there = identities
            .iter()
            .any(|other| (other.uri.scheme == Scheme::Tel) == is_tel);
        if !is_there && identities.len() < MAX_IDENTITIES {
            identities.push(NameAddr {
                params: Params::default(),
                ..identity
            });
        }
    }
    identities
}

/// Which of the identities that a user has proved it prefers to be (RFC 3325 §9.2); `None` if it names none of them.
pub fn preferred_identity<'a>(headers: &Headers, proved: &'a [String]) -> Option<&'a str> {
    let value = headers.get(&HeaderName::PPreferredIdentity)?;
    let preferred = value.parse::<NameAddr>().ok()?.uri.address_of_record();
    proved
        .iter()
        .map(String::as_str)
        .find(|identity| *identity == preferred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_and_one_number_are_believed_and_the_rest_is_not() {
        let mut headers = Headers::new();
        for value in [
            "\"Alice\" <sip:alice@example.com>;x=y",
            "<sip:other@example.com>",
            "nonsense at all",
            "<https://example.com>",
            "<tel:+49301234567>",
        ] {
            headers.push(HeaderName::PAssertedIdentity, value);
        }
        let told: Vec<String> = asserted_identities(&headers)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            ["\"Alice\" <sip:alice@example.com>", "<tel:+49301234567>"]
        );
    }

    #[test]
    fn a_user_may_prefer_only_what_it_has_proved() {
        let proved = [
            "alice@example.com".to_owned(),
            "sales@example.com".to_owned(),
        ];
        let mut headers = Headers::new();
        assert_eq!(preferred_identity(&headers, &proved), None);
        headers.set(HeaderName::PPreferredIdentity, "<sip:sales@EXAMPLE.com>");
        assert_eq!(
            preferred_identity(&headers, &proved),
            Some("sales@example.com")
        );
        headers.set(HeaderName::PPreferredIdentity, "<sip:chief@example.com>");
        assert_eq!(preferred_identity(&headers, &proved), None);
    }
}
