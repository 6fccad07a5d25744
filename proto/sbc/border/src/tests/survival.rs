//! A call survives its network: whoever has proved who he is takes it up where it was, and nobody else does.

use super::modes::binds;
use super::stories::{FROM_PAGE, FROM_PHONE, Talk, bob_calls, talking};
use super::town::{ALICE, ANSWER, Town, next};
use sip_message::{HeaderName, Method, Request};
use std::time::Duration;

const OTHER_TAB: &str =
    "<sip:zz9zz9@8xy4.invalid;transport=ws>;+sip.instance=\"<urn:uuid:bbbb>\";reg-id=1";

/// Whatever page `number` gets next, which it answers.
fn page_is_told_goodbye(town: &mut Town, number: u64) {
    let bye = town.page_gets(number);
    assert_eq!(bye.method, Method::Bye);
    assert_eq!(
        bye.uri.to_string(),
        "sip:k3j2h1@6vq2.invalid;transport=ws;ob"
    );
    town.page_answers(number, &bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn t5_a_goodbye_that_came_while_the_page_was_away_reaches_it() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    assert_eq!(
        town.server_hears().status.code(),
        200,
        "the phone need not wait"
    );
    assert_eq!(town.door.deleted.len(), 1);
    town.wait(Duration::from_secs(25));
    assert!(town.is_quiet());
    town.registered(2);
    page_is_told_goodbye(&mut town, 2);
    assert_eq!(town.only_record().ended_by, "callee");
}

#[test]
fn a_goodbye_to_who_never_comes_back_is_forgotten_in_time() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    town.server_hears();
    town.wait(Duration::from_secs(33));
    assert!(town.border.is_idle());
    town.registered(2);
    assert!(town.is_quiet());
}

#[test]
fn p3_a_goodbye_goes_on_the_connection_and_never_to_the_name_in_the_contact() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.registered(2);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    town.server_hears();
    page_is_told_goodbye(&mut town, 2);
    assert!(town.elsewhere.is_empty());
}

#[test]
fn p5_the_ack_and_the_goodbye_follow_a_page_that_changed_its_address() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, outer) = bob_calls(&mut town, &token);
    // It answers from where it is now.
    town.registered(2);
    town.page_answers(1, &outer, 200, FROM_PAGE, Some(ANSWER));
    let ack = town.page_gets(2);
    assert_eq!(ack.method, Method::Ack);
    let ok = town.server_hears();
    assert_eq!(ok.status.code(), 200);
    town.server_sends(next(&invite, &ok, Method::Ack, 1, None).to_bytes());
    town.server_sends(next(&invite, &ok, Method::Bye, 2, None).to_bytes());
    town.server_hears();
    page_is_told_goodbye(&mut town, 2);
}

#[test]
fn p7_a_goodbye_of_our_own_reaches_the_page_where_it_is() {
    let mut town = Town::new();
    talking(&mut town);
    town.registered(2);
    town.media(1, control_command::What::MediaTimeout);
    let inner = town.server_gets();
    assert_eq!(inner.method, Method::Bye);
    town.server_answers(&inner, 200, &[], None);
    page_is_told_goodbye(&mut town, 2);
}

#[test]
fn p9_a_dead_connection_that_nobody_noticed_keeps_nothing_to_itself() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    // The lid is closed. The server hangs up, into a connection that looks open.
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    town.server_hears();
    let lost = town.page_gets(1);
    town.wait(Duration::from_secs(10));
    // The lid is opened: another connection, the same page. Only then is the old one found dead.
    town.registered(2);
    let found = town.page_gets(2);
    assert_eq!(lost.to_bytes(), found.to_bytes());
    town.closes(1);
    town.page_answers(2, &found, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn p10_what_is_sent_after_the_page_registered_again_goes_to_the_new_connection() {
    let mut town = Town::new();
    let token = town.registered(1);
    town.registered(2);
    let uri = format!("sip:{token}@10.0.0.1:5060");
    let invite = town.server_request(Method::Invite, &uri, "call", Some("v=0"));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.page_gets(2).method, Method::Invite);
    assert!(town.to_browser.get(&1).is_none_or(|queue| queue.is_empty()));
}

#[test]
fn a_200_that_nobody_acknowledged_is_repeated_on_the_new_connection() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = super::stories::alice_calls(&mut town);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    town.page_hears(1);
    town.closes(1);
    town.wait(Duration::from_secs(3));
    town.registered(2);
    town.wait(Duration::from_secs(5));
    let ok = town.page_hears(2);
    assert_eq!(ok.status.code(), 200);
    while town
        .to_browser
        .get(&2)
        .is_some_and(|queue| !queue.is_empty())
    {
        town.page_hears(2);
    }
    town.browser_sends(2, next(&invite, &ok, Method::Ack, 1, None).to_bytes());
    town.wait(Duration::from_secs(40));
    assert_eq!(town.border.calls(), 1);
}

fn restart(talk: &Talk) -> Request {
    talk.alice(Method::Invite, 2, Some("v=0 ice restart"))
}

#[test]
fn t5_another_tab_of_the_same_user_takes_no_call_over() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    binds(&mut town, 2, OTHER_TAB);
    for away in [false, true] {
        if away {
            town.closes(1);
        }
        town.browser_sends(2, restart(&talk).to_bytes());
        let refused = town.page_hears(2).status.code();
        let refused = if refused == 100 {
            town.page_hears(2).status.code()
        } else {
            refused
        };
        assert_eq!(refused, 481);
        let bye = talk.alice(Method::Bye, 3, None);
        town.browser_sends(2, bye.to_bytes());
        assert_eq!(town.page_hears(2).status.code(), 481);
    }
    assert_eq!(town.border.calls(), 1);
    // The call is its own page's.
    town.registered(3);
    let talk_on = talk.alice(Method::Bye, 4, None);
    town.browser_sends(3, talk_on.to_bytes());
    assert_eq!(town.server_gets().method, Method::Bye);
}

#[test]
fn a_claim_of_the_instance_opens_no_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.opens(2);
    let claim = town.page_request(
        Method::Register,
        "sip:example.com",
        ("evil", 1),
        &[(HeaderName::Contact, ALICE)],
        None,
    );
    town.browser_sends(2, claim.to_bytes());
    let upward = town.server_gets();
    town.browser_sends(2, talk.alice(Method::Bye, 2, None).to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    town.server_answers(&upward, 401, &[], None);
    town.page_hears(2);
    town.browser_sends(2, talk.alice(Method::Bye, 3, None).to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    assert_eq!(town.border.calls(), 1);
}

#[test]
fn digits_sent_to_a_page_that_is_away_wait_for_it() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, outer) = bob_calls(&mut town, &token);
    town.page_answers(1, &outer, 200, FROM_PAGE, Some(ANSWER));
    town.page_gets(1);
    let ok = town.server_hears();
    town.server_sends(next(&invite, &ok, Method::Ack, 1, None).to_bytes());
    town.closes(1);
    let mut info = next(&invite, &ok, Method::Info, 2, None);
    info.set_body("application/dtmf-relay", b"Signal=5\r\n".to_vec());
    town.server_sends(info.to_bytes());
    town.wait(Duration::from_secs(3));
    town.to_server.clear();
    town.registered(2);
    let outer = town.page_gets(2);
    assert_eq!(outer.method, Method::Info);
    town.page_answers(2, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
}

#[test]
fn a_border_that_stops_does_not_wait_for_who_is_away() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    town.server_hears();
    town.input(crate::Input::Shutdown);
    assert!(
        town.told
            .iter()
            .any(|tell| matches!(tell, crate::Tell::Drained))
    );
}
