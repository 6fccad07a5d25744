use sip_message::{HeaderName, Headers, Host, NameAddr, Uri};

/// What a caller wants hidden (RFC 3323 §4.2, RFC 3325 §9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// `id`: the asserted identity stays within the trust domain.
    pub id: bool,
    /// `user`: the user's name and address are hidden.
    pub user: bool,
    /// `header`: what else in the headers tells of the caller is hidden.
    pub header: bool,
    /// `history`: where the call has been is hidden (RFC 7044 §10.1.2).
    pub history: bool,
    /// `critical`: rather no call than one without privacy.
    pub critical: bool,
}

impl Privacy {
    /// As the headers ask. Unknown words ask nothing of us; `none` takes everything back (RFC 3323 §4.2).
    pub fn of(headers: &Headers) -> Self {
        let mut privacy = Privacy::default();
        let words = headers
            .get_all(&HeaderName::Privacy)
            .flat_map(|value| value.split([';', ',']));
        for word in words.map(str::trim) {
            if word.eq_ignore_ascii_case("none") {
                return Privacy::default();
            } else if word.eq_ignore_ascii_case("id") {
                privacy.id = true;
            } else if word.eq_ignore_ascii_case("user") {
                privacy.user = true;
            } else if word.eq_ignore_ascii_case("header") {
                privacy.header = true;
            } else if word.eq_ignore_ascii_case("history") {
                privacy.history = true;
            } else if word.eq_ignore_ascii_case("critical") {
                privacy.critical = true;
            }
        }
        privacy
    }

    /// Whether the caller's name is not for strangers. A caller who asks for `id` alone does not want to be known either: its From
    /// says the same name (RFC 3325 §7 expects it to have hidden that itself, and a browser that has to prove its From cannot).
    pub fn hides_caller(self) -> bool {
        self.id || self.user || self.header
    }

    /// Whether the call's past is not for strangers.
    pub fn hides_history(self) -> bool {
        self.history || self.header || self.user
    }

    /// The header's value, in one spelling; `None` if nothing is asked.
    pub fn written(self) -> Option<String> {
        let words: Vec<&str> = [
            (self.id, "id"),
            (self.user, "user"),
            (self.header, "header"),
            (self.history, "history"),
            (self.critical, "critical"),
        ]
        .into_iter()
        .filter_map(|(asked, word)| asked.then_some(word))
        .collect();
        (!words.is_empty()).then(|| words.join(";"))
    }
}

/// Nobody (RFC 3323 §4.1.1.3).
pub fn anonymous() -> NameAddr {
    NameAddr {
        display: Some("Anonymous".to_owned()),
        ..NameAddr::new(Uri::sip_host(
            Some("anonymous"),
            Host::Name("anonymous.invalid".into()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&str]) -> Privacy {
        let mut headers = Headers::new();
        for value in values {
            headers.push(HeaderName::Privacy, value);
        }
        Privacy::of(&headers)
    }

    #[test]
    fn privacy_is_understood_in_each_spelling() {
        assert_eq!(
            asked(&["ID ; Critical"]).written().as_deref(),
            Some("id;critical")
        );
        assert_eq!(asked(&["id", "user"]).written().as_deref(), Some("id;user"));
        assert_eq!(asked(&["session"]), Privacy::default());
        assert_eq!(asked(&[]).written(), None);
        assert!(asked(&["header"]).hides_caller() && asked(&["header"]).hides_history());
        assert!(asked(&["history"]).hides_history() && !asked(&["history"]).hides_caller());
    }

    #[test]
    fn none_takes_everything_back() {
        assert_eq!(asked(&["id;none"]), Privacy::default());
    }
}
