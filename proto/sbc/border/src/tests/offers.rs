//! Offers inside a call: hold, resume, refusals, glare.

use super::endings::{ack_of, cancel};
use super::stories::{FROM_PAGE, FROM_PHONE, Talk, talking};
use super::town::{ANSWER, Town, assert_inner, assert_outer};
use sip_message::{HeaderName, Method};
use std::time::Duration;

fn alice_holds(town: &mut Town, talk: &Talk, cseq: u32) {
    let hold = talk.alice(Method::Invite, cseq, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Invite);
    assert_eq!(inner.body, b"v=0 hold reworded");
    assert_eq!(
        inner.headers.to().unwrap().tag(),
        Some("servertag"),
        "inside the dialog"
    );
    assert_inner(&inner.to_bytes());
    town.server_answers(&inner, 200, FROM_PHONE, Some("v=0 held"));
    let ack = town.server_gets();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(
        ack.headers.cseq().unwrap().number,
        inner.headers.cseq().unwrap().number
    );
    let ok = town.page_hears(1);
    assert_eq!(ok.status.code(), 200);
    assert_eq!(ok.body, b"v=0 held reworded");
    assert_outer(&ok.to_bytes());
    town.browser_sends(1, talk.alice(Method::Ack, cseq, None).to_bytes());
    assert!(town.is_quiet());
}

#[test]
fn alice_holds_and_resumes() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    alice_holds(&mut town, &talk, 2);
    town.wait(Duration::from_secs(30));
    assert!(town.is_quiet());
    alice_holds(&mut town, &talk, 3);
    talk.ends(&mut town, 1, 4);
}

#[test]
fn bob_holds_and_resumes() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    for cseq in [1, 2] {
        let hold = talk.bob(Method::Invite, cseq, Some("v=0 hold"));
        town.server_sends(hold.to_bytes());
        assert_eq!(town.server_hears().status.code(), 100);
        let outer = town.page_gets(1);
        assert_eq!(outer.method, Method::Invite);
        assert_outer(&outer.to_bytes());
        town.page_answers(1, &outer, 200, FROM_PAGE, Some("v=0 held"));
        assert_eq!(town.page_gets(1).method, Method::Ack);
        let ok = town.server_hears();
        assert_eq!(ok.body, b"v=0 held reworded");
        assert_inner(&ok.to_bytes());
        town.server_sends(talk.bob(Method::Ack, cseq, None).to_bytes());
    }
    assert_eq!(town.door.asked.len(), 6);
    talk.ends(&mut town, 1, 2);
}

#[test]
fn a_refused_offer_leaves_the_session_as_it_was() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let video = talk.alice(Method::Invite, 2, Some("v=0 video"));
    town.browser_sends(1, video.to_bytes());
    town.page_hears(1);
    let inner = town.server_gets();
    town.server_answers(&inner, 488, &[], None);
    town.server_gets();
    assert_eq!(town.page_hears(1).status.code(), 488);
    assert_eq!(town.door.asked.last().unwrap(), "withdraw");
    assert_eq!(town.border.calls(), 1);
    alice_holds(&mut town, &talk, 3);
    talk.ends(&mut town, 1, 4);
}

#[test]
fn two_offers_at_once_are_told_apart_with_491() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let hold = talk.alice(Method::Invite, 2, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    town.page_hears(1);
    let inner = town.server_gets();
    // Bob's came at the same time: he refuses ours, we refuse his.
    let theirs = talk.bob(Method::Invite, 1, Some("v=0 bob"));
    town.server_sends(theirs.to_bytes());
    town.server_hears();
    let refused = town.server_hears();
    assert_eq!(refused.status.code(), 491);
    town.server_sends(ack_of(&theirs, &refused).to_bytes());
    town.server_answers(&inner, 491, &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    assert_eq!(town.page_hears(1).status.code(), 491);
    assert_eq!(town.door.asked.last().unwrap(), "withdraw");
    alice_holds(&mut town, &talk, 3);
    talk.ends(&mut town, 1, 4);
}

#[test]
fn a_second_offer_of_the_same_side_is_asked_to_wait() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    for cseq in [2, 3] {
        let offer = talk.alice(Method::Invite, cseq, Some("v=0 hold"));
        town.browser_sends(1, offer.to_bytes());
        assert_eq!(town.page_hears(1).status.code(), 100);
    }
    let refused = town.page_hears(1);
    assert_eq!(refused.status.code(), 500);
    assert!(refused.headers.has(&HeaderName::RetryAfter));
}

#[test]
fn a_phone_that_has_forgotten_the_call_ends_it() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let hold = talk.alice(Method::Invite, 2, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    town.page_hears(1);
    let inner = town.server_gets();
    town.server_answers(&inner, 481, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 481);
    assert_eq!(town.page_gets(1).method, Method::Bye);
    assert_eq!(town.only_record().ended_by, "peer gone");
}

#[test]
fn an_offer_that_the_other_side_never_answers_ends_the_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let hold = talk.alice(Method::Invite, 2, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    town.page_hears(1);
    town.settle();
    assert!(!town.page_hears(1).status.is_success());
    assert_eq!(town.page_gets(1).method, Method::Bye);
    assert_eq!(town.records().len(), 1);
    assert_eq!(town.door.deleted.len(), 1);
}

#[test]
fn a_cancelled_offer_that_was_accepted_stands() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let hold = talk.alice(Method::Invite, 2, Some("v=0 hold"));
    town.browser_sends(1, hold.to_bytes());
    town.page_hears(1);
    let inner = town.server_gets();
    town.server_answers(&inner, 100, &[], None);
    town.browser_sends(1, cancel(&hold).to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200, "of the CANCEL");
    let inner_cancel = town.server_gets();
    assert_eq!(inner_cancel.method, Method::Cancel);
    town.server_answers(&inner_cancel, 200, &[], None);
    assert!(town.is_quiet(), "what the phone did decides");
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.browser_sends(1, talk.alice(Method::Ack, 2, None).to_bytes());
    talk.ends(&mut town, 1, 3);
}

#[test]
fn an_update_with_an_offer_is_passed_on_as_a_reinvite() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.server_sends(talk.bob(Method::Update, 1, Some("v=0 hold")).to_bytes());
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Invite);
    town.page_answers(1, &outer, 200, FROM_PAGE, Some("v=0 held"));
    assert_eq!(town.page_gets(1).method, Method::Ack);
    let ok = town.server_hears();
    assert_eq!(ok.status.code(), 200);
    assert_eq!(ok.headers.cseq().unwrap().method, Method::Update);
    town.wait(Duration::from_secs(5));
    assert!(town.is_quiet(), "nothing to be acknowledged");
    talk.ends(&mut town, 1, 2);
}

#[test]
fn an_offer_during_the_grace_time_waits_for_the_page() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Invite, 1, Some("v=0 hold")).to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    town.wait(std::time::Duration::from_secs(5));
    assert!(town.is_quiet());
    town.registered(2);
    let outer = town.page_gets(2);
    assert_eq!(outer.method, Method::Invite);
    town.page_answers(2, &outer, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.page_gets(2).method, Method::Ack);
    assert_eq!(town.server_hears().status.code(), 200);
    town.server_sends(talk.bob(Method::Ack, 1, None).to_bytes());
    assert_eq!(town.border.calls(), 1);
    assert!(town.is_quiet());
}

#[test]
fn an_offer_under_way_when_the_connection_breaks_is_asked_again_on_the_next() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.server_sends(talk.bob(Method::Invite, 1, Some("v=0 hold")).to_bytes());
    town.server_hears();
    let first = town.page_gets(1);
    town.closes(1);
    assert_eq!(town.border.calls(), 1);
    town.registered(2);
    let again = town.page_gets(2);
    assert_eq!(
        first.to_bytes(),
        again.to_bytes(),
        "a retransmission to who has heard it"
    );
    town.page_answers(2, &again, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.page_gets(2).method, Method::Ack);
    assert_eq!(town.server_hears().status.code(), 200);
    town.server_sends(talk.bob(Method::Ack, 1, None).to_bytes());
    talk.ends(&mut town, 2, 2);
}

#[test]
fn an_offer_to_a_page_that_does_not_come_back_ends_with_the_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Invite, 1, Some("v=0 hold")).to_bytes());
    town.server_hears();
    town.wait(std::time::Duration::from_secs(16));
    assert_eq!(town.server_hears().status.code(), 487);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "connection lost");
}
