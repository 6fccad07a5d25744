//! What is asked and answered, as JSON.

use sbc_border::{Consult, Verdict, Wake};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most peers that an answer may name: a call rings nobody for so long.
const MAX_PEERS: usize = 16;

pub(crate) fn consult(question: &Consult) -> Value {
    json!({
        "from": question.from,
        "to": question.to,
        "uri": question.uri,
        "peer": question.peer,
        "call-id": question.call_id,
        "remote": question.remote.ip().to_string(),
    })
}

pub(crate) fn wake(question: &Wake) -> Value {
    json!({
        "address-of-record": question.address_of_record,
        "provider": question.provider,
        "prid": question.prid,
        "param": question.param,
        "caller": question.caller,
        "method": question.method,
    })
}

/// `{"route": "carrier"}`, `{"route": ["carrier", "spare"]}`, `{"refuse": 403, "reason": "..."}` or `{}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    route: Option<Names>,
    refuse: Option<u16>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

/// What an answer says; an error in words if it says nothing that we understand.
pub(crate) fn verdict(body: &[u8]) -> Result<Verdict, String> {
    if body.is_empty() {
        return Ok(Verdict::Continue);
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match (answer.route, answer.refuse) {
        (None, None) => Ok(Verdict::Continue),
        (Some(names), None) => {
            let peers = match names {
                Names::One(name) => vec![name],
                Names::Many(names) => names,
            };
            if peers.is_empty() || peers.len() > MAX_PEERS {
                return Err(format!("a route has 1 to {MAX_PEERS} names"));
            }
            Ok(Verdict::Route(peers))
        }
        (None, Some(status)) if (400..=699).contains(&status) => Ok(Verdict::Refuse {
            status,
            reason: answer.reason,
        }),
        (None, Some(status)) => Err(format!("{status} refuses nothing")),
        (Some(_), Some(_)) => Err("both a route and a refusal".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood_or_refused() {
        let said = |text: &str| verdict(text.as_bytes());
        assert_eq!(said(""), Ok(Verdict::Continue));
        assert_eq!(said("{}"), Ok(Verdict::Continue));
        assert_eq!(
            said(r#"{"route":"carrier"}"#),
            Ok(Verdict::Route(vec!["carrier".to_owned()]))
        );
        assert_eq!(
            said(r#"{"route":["a","b"]}"#),
            Ok(Verdict::Route(vec!["a".to_owned(), "b".to_owned()]))
        );
        assert_eq!(
            said(r#"{"refuse":403,"reason":"Not today"}"#),
            Ok(Verdict::Refuse {
                status: 403,
                reason: Some("Not today".to_owned())
            })
        );
        for wrong in [
            "no",
            "[]",
            r#"{"route":[]}"#,
            r#"{"refuse":200}"#,
            r#"{"refuse":403,"route":"a"}"#,
            r#"{"rute":"a"}"#,
        ] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }
}
