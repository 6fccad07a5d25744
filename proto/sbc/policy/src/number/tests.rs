#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use proptest::prelude::*;

fn germany() -> Dialling {
    Dialling {
        country: "49".to_owned(),
        national: "0".to_owned(),
        international: "00".to_owned(),
    }
}

#[test]
fn every_spelling_of_a_number_is_the_same_number() {
    for spelling in [
        "sip:+49301234567@example.com",
        "sip:+49-30-1234567@example.com;user=phone",
        "sip:+49.30.1234567;phone-context=x@example.com",
        "sip:%2b49%2030%201234567@example.com",
        "sip:+49(30)1234567@example.com",
        "tel:+49-30-1234567;ext=1",
    ] {
        assert_eq!(dialled(&spelling.parse().unwrap()), "+49301234567");
    }
    for (name, told) in [
        ("sip:alice.smith@example.com", "alice.smith"),
        ("sip:*21#@example.com", "*21#"),
        ("sip:4+9@example.com", "4+9"),
        ("sip:%FF@example.com", "%FF"),
        ("sip:example.com", ""),
    ] {
        assert_eq!(dialled(&name.parse().unwrap()), told);
    }
}

#[test]
fn numbers_dialled_at_home_become_international() {
    let germany = germany();
    for (dialled, number) in [
        ("0301234567", "+49301234567"),
        ("0033123456789", "+33123456789"),
        ("+33123456789", "+33123456789"),
        ("112", "112"),
        ("100", "100"),
        ("010", "010"),
        ("*21#", "*21#"),
        ("alice", "alice"),
        ("000123456", "000123456"),
        ("00491234567890123456", "00491234567890123456"),
        ("", ""),
    ] {
        assert_eq!(germany.to_e164(dialled), number, "{dialled}");
    }
    let america = Dialling {
        country: "1".to_owned(),
        national: "1".to_owned(),
        international: "011".to_owned(),
    };
    assert_eq!(america.to_e164("12125550100"), "+12125550100");
    assert_eq!(america.to_e164("01149301234567"), "+49301234567");
}

#[test]
fn a_plus_before_zeros_is_no_number() {
    assert!(is_e164("+49301234567"));
    for trick in [
        "+0049301234567",
        "+00900123456",
        "+",
        "+49x",
        "49301234567",
        "+4930123456789012",
    ] {
        assert!(!is_e164(trick), "{trick}");
    }
}

#[test]
fn a_peer_is_told_numbers_in_its_form() {
    let germany = germany();
    for (form, home, abroad) in [
        (NumberForm::Plus, "+49301234567", "+33123456789"),
        (NumberForm::Digits, "49301234567", "33123456789"),
        (NumberForm::International, "0049301234567", "0033123456789"),
        (NumberForm::National, "0301234567", "0033123456789"),
    ] {
        assert_eq!(germany.told("+49301234567", form), home);
        assert_eq!(germany.told("+33123456789", form), abroad);
        assert_eq!(germany.told("112", form), "112");
    }
}

#[test]
fn the_first_rule_that_speaks_of_a_number_is_the_only_one() {
    let rule = |when: &str, change| Rule {
        when: Match::parse(when).unwrap(),
        change,
    };
    let rules = Rewrite(vec![
        rule("112", Change::Replace("0112".to_owned())),
        rule("/0([1-9]\\d*)/", Change::Replace("+49$1".to_owned())),
        rule(
            "00*",
            Change::Affix {
                strip: 2,
                add: "+".to_owned(),
            },
        ),
        rule(
            "+*",
            Change::Affix {
                strip: 20,
                add: String::new(),
            },
        ),
    ]);
    let apply = |number: &str| rules.apply(number).map(|told| (told.number, told.rule));
    assert_eq!(apply("112"), Some(("0112".to_owned(), Some(0))));
    assert_eq!(apply("030123"), Some(("+4930123".to_owned(), Some(1))));
    assert_eq!(apply("0033123"), Some(("+33123".to_owned(), Some(2))));
    assert_eq!(
        apply("1030123"),
        Some(("1030123".to_owned(), None)),
        "an expression is for the whole number"
    );
    assert_eq!(apply("+4930"), None, "nothing is left");
}

#[test]
fn a_number_never_grows_beyond_its_bound() {
    let rules = Rewrite(vec![Rule {
        when: Match::parse("/(.*)/").unwrap(),
        change: Change::Replace("$1$1$1$1".to_owned()),
    }]);
    assert!(rules.apply(&"1".repeat(MAX_NUMBER)).is_none());
    assert!(rules.apply("12").is_some());
}

#[test]
fn what_is_no_expression_is_told_when_it_is_read() {
    for wrong in ["/(/", "/a)|(b/", "/(?:\\d{1000}){1000}/", ""] {
        assert!(Match::parse(wrong).is_err(), "{wrong}");
    }
    for right in ["/\\d{3}/", "+49*", "112", "*", "*21#"] {
        assert_eq!(Match::parse(right).unwrap().to_string(), right);
    }
}

#[test]
fn rules_are_read_as_they_are_written() {
    let apply = |rule: &str, number: &str| {
        let told = Rewrite(vec![Rule::parse(rule).unwrap()]).apply(number);
        told.map(|told| told.number).unwrap_or_default()
    };
    for (rule, number, becomes) in [
        ("112 -> 0112", "112", "0112"),
        ("0* -> +49*", "030123", "+4930123"),
        ("* -> 9*", "030123", "9030123"),
        ("0* -> *", "030123", "30123"),
        ("00* -> 900", "0033", "900"),
        ("/.{2}(.*)/ -> $1", "030123", "0123"),
        ("/(1\\d\\d)/->+49305550${1}0", "123", "+493055501230"),
        ("*21* -> *67*", "*21#", "*67#"),
    ] {
        assert_eq!(apply(rule, number), becomes, "{rule}");
    }
    for (rule, why) in [
        ("112", "no ->"),
        ("112 ->", "nothing stands behind"),
        ("-> 112", "empty"),
        ("/(/ -> 1", "unclosed group"),
        ("/(.)/ -> $2", "no group for $2"),
    ] {
        let told = Rule::parse(rule).unwrap_err();
        assert!(told.contains(why), "{rule}: {told}");
    }
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(dialled in "[+0-9*#]{0,20}|.{0,40}") {
        let germany = germany();
        let once = germany.to_e164(&dialled);
        prop_assert_eq!(germany.to_e164(&once), once);
    }

    #[test]
    fn what_a_peer_is_told_means_the_same_number(digits in "[1-9][0-9]{6,14}") {
        let germany = germany();
        let number = format!("+{digits}");
        prop_assert!(is_e164(&number));
        for form in [NumberForm::Plus, NumberForm::International] {
            prop_assert_eq!(germany.to_e164(&germany.told(&number, form)), number.clone());
        }
    }

    #[test]
    fn rules_bear_whatever_is_dialled(dialled in ".{0,300}", strip in 0usize..200) {
        let rules = Rewrite(vec![
            Rule { when: Match::parse("/(\\d+)(.*)/").unwrap(), change: Change::Replace("$2${1}x$9".to_owned()) },
            Rule { when: Match::Any, change: Change::Affix { strip, add: "+".to_owned() } },
        ]);
        if let Some(told) = rules.apply(&dialled) {
            prop_assert!(told.number.len() <= MAX_NUMBER && !told.number.is_empty());
        }
    }
}
