//! Offers before the answer: in an UPDATE or in a PRACK.

use super::*;

const SURE: [(HeaderName, &str); 3] = [
    (HeaderName::Require, "100rel"),
    (HeaderName::RSeq, "1"),
    (HeaderName::Allow, "INVITE, UPDATE, PRACK"),
];
/// A caller that knows both.
const ABLE: [(HeaderName, &str); 2] = [KNOWS, (HeaderName::Allow, "INVITE, UPDATE, PRACK")];

impl Line {
    /// A response to our INVITE, whatever was sent after it.
    fn invite_says(&mut self, code: u16, extra: Extra<'_>, body: &str) -> Vec<Action> {
        let invite = self.sent[0].clone();
        self.sent.push(invite);
        let actions = self.says(code, extra, body);
        let at = self.sent.iter().rposition(|(id, ..)| id.0 == 0).unwrap();
        self.sent.remove(at);
        actions
    }

    /// The phone rings with media that both sides are sure of; the PRACK that the caller owes is not sent yet.
    fn described(caller: Extra<'_>) -> (Self, String) {
        let mut line = Self::begin(caller, "a");
        let actions = line.says(183, &SURE, "b");
        assert_eq!(sent(&actions), ["1 PRACK"]);
        let told = response(&actions);
        let rack = match told.headers.has(&HeaderName::RSeq) {
            true => rack(told),
            false => String::new(),
        };
        line.door.asked.clear();
        (line, rack)
    }

    /// And now it is.
    fn sure(caller: Extra<'_>) -> Self {
        let (mut line, rack) = Self::described(caller);
        let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "");
        assert_eq!(told(&actions), ["200"]);
        line
    }
}

fn retry_after(actions: &[Action]) -> bool {
    response(actions).headers.has(&HeaderName::RetryAfter)
}

#[test]
fn an_early_offer_of_the_caller_reaches_the_phone_that_is_heard_and_its_answer_comes_back() {
    let mut line = Line::sure(&ABLE);
    let actions = line.asks(A, Method::Update, &[], "hold");
    assert_eq!(sent(&actions), ["1 UPDATE hold'"]);
    assert!(told(&actions).is_empty());
    assert_eq!(line.door.asked, ["answer b", "offer hold"]);
    let actions = line.says(200, &[], "held");
    assert_eq!(told(&actions), ["200 held'"]);
    // The call is answered, and what was agreed last stands: nothing is said again.
    let actions = line.invite_says(200, &[], "b");
    assert_eq!(told(&actions), ["200"]);
    assert_eq!(line.door.asked.last().unwrap(), "answer held");
    assert!(line.acks(1, "").is_empty());
    assert!(sent(&line.passes(30)).is_empty(), "nothing to mend");
}

#[test]
fn an_early_offer_in_a_prack_is_answered_in_its_200() {
    let (mut line, rack) = Line::described(&ABLE);
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "more");
    assert_eq!(sent(&actions), ["1 UPDATE more'"]);
    let actions = line.says(200, &[], "fine");
    assert_eq!(told(&actions), ["200 fine'"]);
    let (mut line, rack) = Line::described(&ABLE);
    let actions = line.asks(A, Method::Prack, &[(HeaderName::RAck, &rack)], "alone");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec![], vec!["200 alone'".to_owned()])
    );
}

#[test]
fn an_early_offer_of_the_phone_reaches_a_caller_that_can_answer_it() {
    let mut line = Line::sure(&ABLE);
    let actions = line.asks(B, Method::Update, &[], "other");
    assert_eq!(sent(&actions), ["0 UPDATE other'"]);
    let actions = line.says(200, &[], "a2");
    assert_eq!(told(&actions), ["200 a2'"]);
    let actions = line.invite_says(200, &[], "");
    assert_eq!(told(&actions), ["200"]);
}

#[test]
fn an_early_offer_that_concerns_the_phone_alone_is_answered_whatever_the_caller_can() {
    let mut line = Line::begin(&[], "a");
    line.says(183, &SURE, "b");
    let actions = line.asks(B, Method::Update, &[], "alone");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec![], vec!["200 alone'".to_owned()])
    );
    // Another that the caller would have to hear of cannot be told to it.
    let actions = line.asks(B, Method::Update, &[], "other");
    assert_eq!(
        (sent(&actions), told(&actions)),
        (vec![], vec!["488".to_owned()])
    );
    assert!(!retry_after(&actions));
    assert_eq!(line.door.asked.last().unwrap(), "withdraw");
    // The caller hears in the 200 what it heard before.
    let actions = line.invite_says(200, &[], "b");
    assert_eq!(told(&actions), ["200 b'"]);
}

/// RFC 3311 §5.2.
#[test]
fn an_early_offer_out_of_turn_is_told_to_wait() {
    // We owe the caller an answer.
    let mut line = Line::begin(&ABLE, "a");
    let actions = line.asks(A, Method::Update, &[], "hold");
    assert_eq!(told(&actions), ["500"]);
    assert!(retry_after(&actions));
    let (mut line, _) = Line::described(&ABLE);
    let actions = line.asks(A, Method::Update, &[], "hold");
    assert_eq!(
        told(&actions),
        ["500"],
        "it has not acknowledged the answer"
    );
    assert!(retry_after(&actions));
    // The phone owes us one.
    let mut line = Line::begin(&ABLE, "a");
    line.says(183, &[], "b");
    let actions = line.asks(B, Method::Update, &[], "hold");
    assert_eq!(told(&actions), ["491"]);
    assert!(!retry_after(&actions));
    // Two cross, and a second comes before the first is answered.
    let mut line = Line::sure(&ABLE);
    line.asks(A, Method::Update, &[], "hold");
    let actions = line.asks(B, Method::Update, &[], "other");
    assert_eq!(told(&actions), ["491"]);
    let actions = line.asks(A, Method::Update, &[], "again");
    assert_eq!(told(&actions), ["500"]);
    assert!(retry_after(&actions));
}

#[test]
fn an_early_offer_that_is_refused_leaves_everything_as_it_was() {
    for code in [488, 491, 500] {
        let mut line = Line::sure(&ABLE);
        line.asks(A, Method::Update, &[], "hold");
        let actions = line.says(code, &[], "");
        assert_eq!(told(&actions), [code.to_string()]);
        assert_eq!(line.door.asked.last().unwrap(), "withdraw");
        let actions = line.invite_says(200, &[], "b");
        assert_eq!(told(&actions), ["200"]);
    }
}

#[test]
fn a_call_that_is_answered_while_an_early_offer_is_under_way_has_its_answer_too() {
    let mut line = Line::sure(&ABLE);
    line.asks(A, Method::Update, &[], "hold");
    let update = line.sent.last().unwrap().clone();
    let actions = line.invite_says(200, &[], "b");
    assert_eq!(told(&actions), ["200"]);
    line.sent.push(update);
    let actions = line.says(200, &[], "held");
    assert_eq!(told(&actions), ["200 held'"]);
    assert!(line.is_live());
}

#[test]
fn another_phone_that_answers_after_an_early_offer_is_heard_as_if_it_had_been_asked_first() {
    let mut line = Line::sure(&ABLE);
    line.asks(A, Method::Update, &[], "hold");
    let (id, _, invite) = line.sent[0].clone();
    let mut answer = invite.response(StatusCode::OK);
    let to = answer.headers.to().unwrap().with_tag("c");
    answer.headers.set(HeaderName::To, to);
    answer
        .headers
        .push(HeaderName::Contact, "<sip:carol@192.0.2.10>");
    answer.set_body("application/sdp", b"c".to_vec());
    let told_as = answer.status;
    line.door.asked.clear();
    let actions =
        line.act(|call, context| call.response(context, id, answer, told_as, described()));
    assert_eq!(told(&actions), ["491", "200"], "the UPDATE may come again");
    assert_eq!(line.door.asked, ["withdraw", "propose 1", "answer c"]);
    assert_eq!(sent(&actions), ["1 ACK"]);
}

#[test]
fn a_call_that_ends_answers_the_early_offer_that_waits() {
    let mut line = Line::sure(&ABLE);
    line.asks(A, Method::Update, &[], "hold");
    let actions = line.invite_says(486, &[], "");
    assert_eq!(told(&actions), ["491", "486"]);
    assert!(!line.is_live());
    let mut line = Line::sure(&ABLE);
    line.asks(B, Method::Update, &[], "other");
    let actions = line.act(|call, context| call.cancel(context, AskId(1), None));
    assert_eq!(told(&actions), ["487", "487"]);
    assert!(!line.is_live());
}
