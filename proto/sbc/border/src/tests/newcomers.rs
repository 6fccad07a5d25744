//! INVITEs with Replaces: who takes the place of whom.

use super::stories::{ALICE_CONTACT, talking};
use super::town::{ANSWER, Town, assert_outer, next};
use sip_message::{HeaderName, Method, Replaces, Request};

/// Carol's phone calls in bob's place: what it says of the dialog that is replaced.
fn carol_replaces(town: &mut Town, replaces: &Replaces) -> Request {
    let mut invite = town.server_request(
        Method::Invite,
        "sip:anything@10.0.0.1",
        "carolcall",
        Some("v=0 carol"),
    );
    invite
        .headers
        .set(HeaderName::From, "<sip:carol@10.0.0.2>;tag=caroltag");
    invite.headers.push(HeaderName::Replaces, replaces);
    invite.headers.push(HeaderName::Require, "replaces");
    town.server_sends(invite.to_bytes());
    invite
}

/// The dialog between bob's phone and us, as we are to be told of it.
fn bobs(talk: &super::stories::Talk) -> Replaces {
    let headers = &talk.inner.headers;
    Replaces {
        call_id: headers.call_id().unwrap().to_owned(),
        to_tag: headers.from().unwrap().tag().unwrap().to_owned(),
        from_tag: "servertag".to_owned(),
        early_only: false,
    }
}

/// The answer to carol's INVITE, acknowledged.
fn refusal(town: &mut Town, invite: &Request) -> u16 {
    let mut told = town.server_hears();
    if told.status.code() == 100 {
        told = town.server_hears();
    }
    let mut ack = invite.clone();
    ack.method = Method::Ack;
    ack.headers.set(HeaderName::CSeq, "1 ACK");
    let to = told.headers.get(&HeaderName::To).unwrap();
    ack.headers.set(HeaderName::To, to);
    ack.body = Vec::new();
    town.server_sends(ack.to_bytes());
    told.status.code()
}

#[test]
fn a_phone_joins_its_colleague_with_the_page_it_talks_with() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = carol_replaces(&mut town, &bobs(&talk));
    assert_eq!(town.server_hears().status.code(), 100);
    let renewed = town.page_gets(1);
    assert_eq!(renewed.method, Method::Invite);
    assert_outer(&renewed.to_bytes());
    assert_eq!(renewed.body, b"v=0 carol reworded");
    assert!(renewed.headers.to().unwrap().tag().is_some(), "in her call");
    town.page_answers(
        1,
        &renewed,
        200,
        &[(HeaderName::Contact, ALICE_CONTACT)],
        Some(ANSWER),
    );
    assert_eq!(town.page_gets(1).method, Method::Ack);
    let ok = town.server_hears();
    assert_eq!(ok.status.code(), 200);
    assert_eq!(ok.body, b"v=0 answer reworded");
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("servertag"), "bob's");
    town.server_answers(&bye, 200, &[], None);
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.server_sends(ack.to_bytes());
    assert!(town.is_quiet());
    let bye = next(&invite, &ok, Method::Bye, 2, None);
    town.server_sends(bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let bye = town.page_gets(1);
    town.page_answers(1, &bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 1);
}

/// RFC 3891 with RFC 3261 §14.1: ours is in the 200, and the answer comes with the ACK.
#[test]
fn p43_a_newcomer_without_an_offer_gets_ours_and_takes_the_place() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let mut invite = town.server_request(Method::Invite, "sip:us@10.0.0.1", "carolcall", None);
    let headers = &mut invite.headers;
    headers.set(HeaderName::From, "<sip:carol@10.0.0.2>;tag=caroltag");
    headers.push(HeaderName::Replaces, bobs(&talk));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    let ok = town.server_hears();
    assert_eq!(ok.status.code(), 200);
    assert_eq!(ok.body, b"ours reworded");
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("servertag"), "bob's");
    town.server_answers(&bye, 200, &[], None);
    let ack = next(&invite, &ok, Method::Ack, 1, Some(ANSWER));
    town.server_sends(ack.to_bytes());
    assert!(town.is_quiet(), "the page hears nothing of it");
    assert_eq!(town.door.asked.last().unwrap(), "answer 2 final");
    let bye = next(&invite, &ok, Method::Bye, 2, None);
    town.server_sends(bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let bye = town.page_gets(1);
    town.page_answers(1, &bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 1);
}

#[test]
fn a_newcomer_that_the_other_end_cannot_follow_is_refused_and_the_call_goes_on() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let invite = carol_replaces(&mut town, &bobs(&talk));
    let renewed = town.page_gets(1);
    town.page_answers(1, &renewed, 488, &[], None);
    assert_eq!(town.page_gets(1).method, Method::Ack);
    assert_eq!(refusal(&mut town, &invite), 488);
    talk.ends(&mut town, 1, 2);
}

#[test]
fn p56_only_a_dialog_of_ones_own_side_is_replaced() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    // The page's own dialog, named by the server; one that nobody has; one that only its first half fits.
    let page = Replaces {
        call_id: talk.invite.headers.call_id().unwrap().to_owned(),
        to_tag: talk.ok.headers.to().unwrap().tag().unwrap().to_owned(),
        from_tag: "alicetag".to_owned(),
        early_only: false,
    };
    let mut guessed = bobs(&talk);
    guessed.from_tag = "guessed".to_owned();
    for replaces in [page, guessed] {
        let invite = carol_replaces(&mut town, &replaces);
        assert_eq!(refusal(&mut town, &invite), 481);
    }
    let mut early = bobs(&talk);
    early.early_only = true;
    let invite = carol_replaces(&mut town, &early);
    assert_eq!(refusal(&mut town, &invite), 486);
    talk.ends(&mut town, 1, 2);
}
