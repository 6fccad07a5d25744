//! `margrave explain`, as people meet it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[expect(dead_code, reason = "the running program is for cli.rs")]
mod program;

use program::{margrave, text, write};

const COMPANY: &str = r#"
[server]
address = "10.0.0.10"
domain = "example.com"
[network.inside]
address = "10.0.0.5"
[network.outside]
advertise = { address = "203.0.113.5" }
[trunk.carrier]
address = "sip.carrier.example"
username = "margrave"
password = "sesame"
caller-id = "+49305550"
caller-ids = ["+4930555*"]
[trunk.spare]
address = "203.0.113.30"
number-form = "national"
[dialling]
country-code = "49"
[[route]]
name = "premium"
called = ["+49900*"]
refuse = 403
reason = "No premium numbers"
[[route]]
name = "world"
called = ["+*", "112"]
to = ["carrier", "spare"]
[[route]]
name = "sales"
from = ["carrier"]
called = ["+493055570"]
users = ["alice@example.com", "bob@example.com"]
"#;

fn explain(arguments: &[&str]) -> (Option<i32>, String, String) {
    let file = write(
        &format!(
            "explain-{}.toml",
            arguments.join("-").replace(['/', ':', '@', '*'], "_")
        ),
        COMPANY,
    );
    let mut all = vec!["explain", "--config", &file];
    all.extend(arguments);
    let said = margrave(&all);
    (said.status.code(), text(&said.stdout), text(&said.stderr))
}

#[test]
fn a_call_is_explained_from_the_number_dialled_to_each_destination() {
    let (code, words, _) = explain(&["--from", "alice@example.com", "--to", "030 1234567"]);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(
        words,
        "\
sip:alice@example.com (a browser) calls sip:030%201234567@example.com

+ called         0301234567 is +49301234567
+ calling        alice
- route premium  +49301234567 is none of its numbers
+ route world    +49301234567 is one of +*
+ peer carrier   called +49301234567, calling +49305550
+ peer spare     called 0301234567, calling alice

1. carrier (a trunk over UDP)
   INVITE sip:+49301234567@sip.carrier.example
   From: <sip:+49305550@sip.carrier.example>
   To: <sip:+49301234567@sip.carrier.example>
2. spare (a trunk over UDP)
   INVITE sip:0301234567@203.0.113.30
   From: <sip:alice@203.0.113.5>
   To: <sip:0301234567@203.0.113.30>

the next is tried after 408, 500, 502, 503, 504, when one is unreachable, and after 4 s of silence
"
    );
}

#[test]
fn a_refused_call_is_exit_6_and_says_by_which_route() {
    let (code, words, _) = explain(&["--from", "alice@example.com", "--to", "0900-123456"]);
    assert_eq!(code, Some(6));
    assert!(
        words.contains("+ route premium  +49900123456 is one of +49900*"),
        "{words}"
    );
    assert!(
        words.ends_with("refused: 403 No premium numbers\n"),
        "{words}"
    );
}

#[test]
fn a_trunks_call_is_explained_from_the_trunks_side() {
    let (code, words, _) = explain(&[
        "--peer",
        "carrier",
        "--from",
        "+33123456789",
        "--to",
        "+493055570",
    ]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("- route world    a trunk's calls take it only if it names carrier"),
        "{words}"
    );
    assert!(
        words.contains("1. the browsers of alice@example.com\n"),
        "{words}"
    );
    assert!(
        words.contains("1. the browsers of bob@example.com\n"),
        "{words}"
    );
    let (_, words, _) = explain(&["--peer", "carrier", "--from", "+33123456789", "--to", "100"]);
    assert!(words.contains("+ default"), "{words}");
    assert!(
        words.contains("INVITE sip:100@example.com\n   From: <sip:+33123456789@10.0.0.5>"),
        "{words}"
    );
}

#[test]
fn machines_are_told_the_same() {
    let (code, words, _) = explain(&["--from", "alice@example.com", "--to", "112", "--json"]);
    assert_eq!(code, Some(0));
    let told: serde_json::Value = serde_json::from_str(&words).unwrap();
    assert_eq!(told["route"], "world");
    assert_eq!(told["destinations"][0][0]["peer"], "carrier");
    assert_eq!(
        told["destinations"][0][0]["uri"],
        "sip:112@sip.carrier.example"
    );
    assert_eq!(told["refused"], serde_json::Value::Null);
    assert!(!words.contains("sesame"));
}

#[test]
fn a_question_that_makes_no_sense_is_exit_2_with_a_remedy() {
    let (code, _, words) = explain(&["--from", "100", "--to", "112"]);
    assert_eq!(code, Some(2));
    assert!(words.contains("remedy: write user and domain"), "{words}");
    let (code, _, words) = explain(&["--peer", "nobody", "--from", "100", "--to", "112"]);
    assert_eq!(code, Some(2));
    assert!(
        words.contains("remedy: the configuration knows server, carrier, spare"),
        "{words}"
    );
}
