/// RFC 1035 §2.3.4, as text without the dot at the end.
const LONGEST: usize = 253;
/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;

/// The form that DNS is asked with: small letters, no dot at the end. `None`: it is no name, or one that is never looked up
/// (`.invalid`, RFC 6761 §6.4: browsers write it where they have no address).
pub(crate) fn asked(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_asked = name.len() <= LONGEST
        && name.split('.').all(is_label)
        && name != "invalid"
        && !name.ends_with(".invalid");
    is_asked.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn only_names_are_asked_for() {
        assert_eq!(
            asked("PBX.Example.Com.").as_deref(),
            Some("pbx.example.com")
        );
        assert_eq!(asked("_sip._udp.a").as_deref(), Some("_sip._udp.a"));
        let long = "a".repeat(64);
        for none in [
            "",
            ".",
            "a..b",
            "df7jal23ls0d.invalid",
            "a b",
            "a\0b",
            &long,
        ] {
            assert_eq!(asked(none), None, "{none:?}");
        }
    }
}
