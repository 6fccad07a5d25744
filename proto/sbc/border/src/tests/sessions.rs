//! Session-ID (RFC 7989): one word for a call on both sides of the border.

use super::stories::{FROM_PHONE, alice_calls, alice_calls_with, talking};
use super::town::{ANSWER, Town, next};
use crate::Input;
use sip_message::{HeaderName, Headers, Method, Request, Response};

const ALICE: &str = "ab30317f1a784dc48ff824d0d3715d86";
const BOB: &str = "47755a9de7794ba387653f2099600ef2";
const CAROL: &str = "99995a9de7794ba387653f2099600ef2";
const NIL: &str = "00000000000000000000000000000000";

fn pair(local: &str, remote: &str) -> String {
    format!("{local};remote={remote}")
}

fn session(headers: &Headers) -> Option<&str> {
    headers.get(&HeaderName::SessionId)
}

/// As the phone says it.
fn of_phone(told: &str) -> Vec<(HeaderName, &str)> {
    let mut headers = FROM_PHONE.to_vec();
    headers.push((HeaderName::SessionId, told));
    headers
}

/// Alice calls, and both ends speak of the session. Gives her INVITE and the 200 she got.
fn both_speak(town: &mut Town) -> (Request, Response) {
    town.registered(1);
    let hers = pair(ALICE, NIL);
    let (invite, inner) = alice_calls_with(town, 1, &[(HeaderName::SessionId, &hers)]);
    assert_eq!(session(&inner.headers), Some(hers.as_str()));
    let his = pair(BOB, ALICE);
    town.server_answers(&inner, 180, &of_phone(&his), None);
    let ringing = town.page_hears(1);
    assert_eq!(session(&ringing.headers), Some(his.as_str()));
    town.server_answers(&inner, 200, &of_phone(&his), Some(ANSWER));
    let ack = town.server_gets();
    assert_eq!(session(&ack.headers), Some(pair(ALICE, BOB).as_str()));
    let ok = town.page_hears(1);
    assert_eq!(session(&ok.headers), Some(his.as_str()));
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    (invite, ok)
}

#[test]
fn a_session_has_one_name_on_both_sides_in_requests_and_responses() {
    let mut town = Town::new();
    let (invite, ok) = both_speak(&mut town);
    let bye = next(&invite, &ok, Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let bye = town.server_gets();
    assert_eq!(session(&bye.headers), Some(pair(ALICE, BOB).as_str()));
    town.server_answers(&bye, 200, &[], None);
    let fine = town.page_hears(1);
    assert_eq!(session(&fine.headers), Some(pair(BOB, ALICE).as_str()));
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn who_knows_nothing_of_sessions_is_spoken_for_and_told() {
    let mut town = Town::new();
    town.registered(1);
    let hers = pair(ALICE, NIL);
    let (_, inner) = alice_calls_with(&mut town, 1, &[(HeaderName::SessionId, &hers)]);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    let ringing = town.page_hears(1);
    assert_eq!(session(&ringing.headers), Some(pair(NIL, ALICE).as_str()));
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    let ack = town.server_gets();
    let told = session(&ack.headers).unwrap().to_owned();
    let drawn = told.strip_prefix(&format!("{ALICE};remote=")).unwrap();
    assert_ne!(drawn, NIL);
    let ok = town.page_hears(1);
    assert_eq!(session(&ok.headers), Some(pair(drawn, ALICE).as_str()));
}

#[test]
fn where_no_end_speaks_of_sessions_no_message_does() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    assert_eq!(session(&inner.headers), None);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    assert_eq!(session(&town.server_gets().headers), None);
    assert_eq!(session(&town.page_hears(1).headers), None);
}

/// RFC 7989 §7: who stays keeps its name, who comes brings its own.
#[test]
fn a_session_goes_on_under_its_name_through_a_transfer() {
    let mut town = Town::new();
    let (invite, ok) = both_speak(&mut town);
    let mut refer = next(&invite, &ok, Method::Refer, 2, None);
    refer
        .headers
        .push(HeaderName::ReferTo, "<sip:carol@example.com>");
    town.browser_sends(1, refer.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 202);
    let trying = town.page_gets(1);
    assert_eq!(trying.method, Method::Notify);
    town.page_answers(1, &trying, 200, &[], None);
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Invite);
    assert_eq!(session(&inner.headers), Some(pair(BOB, NIL).as_str()));
    let hers = pair(CAROL, BOB);
    let carol = [
        (HeaderName::Contact, "<sip:carol@10.0.0.8>"),
        (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
        (HeaderName::SessionId, &hers),
    ];
    town.server_answers_as(&inner, 200, "caroltag", &carol, Some(ANSWER));
    let ack = town.server_gets();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(session(&ack.headers), Some(pair(BOB, CAROL).as_str()));
    // Whatever goes to bob from now on is from carol.
    town.page_gets(1);
    town.input(Input::Shutdown);
    let byes = [town.server_gets(), town.server_gets()];
    let told: Vec<_> = byes.iter().map(|bye| session(&bye.headers)).collect();
    let (to_bob, to_carol) = (pair(CAROL, BOB), pair(BOB, CAROL));
    assert!(told.contains(&Some(to_bob.as_str())), "{told:?}");
    assert!(told.contains(&Some(to_carol.as_str())), "{told:?}");
}

#[test]
fn a_refusal_of_our_own_names_the_session_it_refuses() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let mut stray = talk.bob(Method::Info, 2, None);
    stray.headers.set(HeaderName::CallId, "unknown");
    stray.headers.set(HeaderName::SessionId, pair(BOB, NIL));
    town.server_sends(stray.to_bytes());
    let gone = town.server_hears();
    assert_eq!(gone.status.code(), 481);
    assert_eq!(session(&gone.headers), Some(pair(NIL, BOB).as_str()));
}
