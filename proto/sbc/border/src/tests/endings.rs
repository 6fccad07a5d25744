//! The many ways in which a call ends, or never begins.

use super::stories::{FROM_PAGE, FROM_PHONE, alice_calls, alice_calls_with, bob_calls, talking};
use super::town::{ANSWER, SERVER, Town, assert_outer, next, plan};
use crate::{Input, Target, Tell};
use control_command::{Refusal, What};
use proto_base::{Flow, Transport};
use sip_message::{HeaderName, Method};
use std::time::Duration;

#[test]
fn alice_cancels_a_ringing_phone() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    assert_eq!(town.page_hears(1).status.code(), 180);
    town.browser_sends(1, cancel(&invite).to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200, "of the CANCEL");
    let refused = town.page_hears(1);
    assert_eq!(refused.status.code(), 487);
    let cancel = town.server_gets();
    assert_eq!(cancel.method, Method::Cancel);
    assert_eq!(
        cancel.headers.via().unwrap().branch(),
        inner.headers.via().unwrap().branch()
    );
    town.server_answers(&cancel, 200, &[], None);
    town.server_answers(&inner, 487, &[], None);
    assert_eq!(town.server_gets().method, Method::Ack);
    town.browser_sends(1, ack_of(&invite, &refused).to_bytes());
    town.settle();
    assert!(town.is_quiet());
    let record = town.only_record();
    assert_eq!(
        (record.ended_by.as_str(), record.answered),
        ("caller", false)
    );
    assert_eq!(town.door.deleted.len(), 1);
}

#[test]
fn a_cancel_waits_for_the_servers_first_word() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.browser_sends(1, cancel(&invite).to_bytes());
    town.page_hears(1);
    assert_eq!(town.page_hears(1).status.code(), 487);
    assert!(town.is_quiet());
    town.server_answers(&inner, 180, FROM_PHONE, None);
    assert_eq!(town.server_gets().method, Method::Cancel);
    assert!(town.is_quiet(), "the ringing is not told any more");
}

#[test]
fn a_cancel_that_crosses_the_200_hangs_up() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    town.browser_sends(1, cancel(&invite).to_bytes());
    town.server_gets();
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert_eq!(town.door.deleted.len(), 1);
    assert!(!town.only_record().answered);
}

#[test]
fn a_call_taken_elsewhere_is_no_missed_call() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, outer) = bob_calls(&mut town, &token);
    town.page_answers(1, &outer, 180, FROM_PAGE, None);
    town.server_hears();
    let mut cancel = cancel(&invite);
    cancel.headers.push(
        HeaderName::Reason,
        "SIP;cause=200;text=\"answered at 10.0.0.9\"",
    );
    town.server_sends(cancel.to_bytes());
    let told = town.page_gets(1);
    assert_eq!(told.method, Method::Cancel);
    assert_outer(&told.to_bytes());
    assert_eq!(told.headers.get(&HeaderName::Reason), Some("SIP;cause=200"));
}

#[test]
fn a_busy_phone_is_busy_and_a_redirect_names_nobody() {
    for (code, told) in [(486, 486), (302, 480), (603, 603), (404, 404)] {
        let mut town = Town::new();
        town.registered(1);
        let (invite, inner) = alice_calls(&mut town);
        town.server_answers(
            &inner,
            code,
            &[
                (HeaderName::Contact, "<sip:carol@10.0.0.8>"),
                (HeaderName::Warning, "399 10.0.0.2 \"no\""),
            ],
            None,
        );
        assert_eq!(town.server_gets().method, Method::Ack);
        let refused = town.page_hears(1);
        assert_eq!(refused.status.code(), told);
        assert_outer(&refused.to_bytes());
        town.browser_sends(1, ack_of(&invite, &refused).to_bytes());
        town.settle();
        assert!(town.is_quiet());
        assert_eq!(town.only_record().ended_by, format!("refused {told}"));
        assert_eq!(town.door.deleted.len(), 1);
    }
}

#[test]
fn a_challenged_call_is_tried_again_under_the_same_names() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, first) = alice_calls(&mut town);
    town.server_answers(
        &first,
        407,
        &[(HeaderName::ProxyAuthenticate, "Digest realm=\"x\"")],
        None,
    );
    town.server_gets();
    let challenge = town.page_hears(1);
    assert_eq!(challenge.status.code(), 407);
    assert!(challenge.headers.has(&HeaderName::ProxyAuthenticate));
    town.browser_sends(1, ack_of(&invite, &challenge).to_bytes());
    let (invite, second) = alice_calls_with(
        &mut town,
        2,
        &[(HeaderName::ProxyAuthorization, "Digest response=\"y\"")],
    );
    assert_eq!(second.headers.call_id(), first.headers.call_id());
    assert_eq!(
        second.headers.from().unwrap().tag(),
        first.headers.from().unwrap().tag()
    );
    assert_eq!(second.headers.cseq().unwrap().number, 2);
    assert!(second.headers.has(&HeaderName::ProxyAuthorization));
    town.server_answers(&second, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    let ok = town.page_hears(1);
    let ack = next(&invite, &ok, Method::Ack, 2, None);
    town.browser_sends(1, ack.to_bytes());
    // The first attempt is long forgotten when the phone hangs up.
    town.wait(Duration::from_secs(200));
    let bye = super::town::back(
        &second,
        "servertag",
        super::town::SERVER_VIA,
        Method::Bye,
        1,
        None,
    );
    town.server_sends(bye.to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let outer = town.page_gets(1);
    town.page_answers(1, &outer, 200, &[], None);
    town.settle();
    assert_eq!(
        town.only_record().ended_by,
        "callee",
        "a challenge is no call"
    );
    assert_eq!(town.door.deleted.len(), 2);
}

#[test]
fn a_phone_that_nobody_picks_up_stops_ringing() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    town.page_hears(1);
    town.wait(Duration::from_secs(171));
    assert_eq!(town.page_hears(1).status.code(), 408);
    let cancel = town.server_gets();
    assert_eq!(cancel.method, Method::Cancel);
    town.server_answers(&cancel, 200, &[], None);
    town.server_answers(&inner, 487, &[], None);
    town.settle();
    assert_eq!(town.only_record().ended_by, "no answer");
}

#[test]
fn a_caller_whose_connection_breaks_lets_the_phone_stop_at_once() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    town.page_hears(1);
    town.closes(1);
    let cancel = town.server_gets();
    assert_eq!(cancel.method, Method::Cancel);
    town.server_answers(&cancel, 200, &[], None);
    town.server_answers(&inner, 487, &[], None);
    town.server_gets();
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "connection lost");
}

#[test]
fn a_callee_whose_connection_breaks_cannot_pick_up() {
    let mut town = Town::new();
    let token = town.registered(1);
    let (invite, _) = bob_calls(&mut town, &token);
    town.closes(1);
    let refused = town.server_hears();
    assert_eq!(refused.status.code(), 480);
    town.server_sends(ack_of(&invite, &refused).to_bytes());
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "connection lost");
    // And the next call finds nobody.
    let uri = format!("sip:{token}@10.0.0.1");
    let again = town.server_request(Method::Invite, &uri, "later", Some("v=0"));
    town.server_sends(again.to_bytes());
    town.server_hears();
    assert_eq!(town.server_hears().status.code(), 480);
}

#[test]
fn a_connection_lost_in_mid_call_ends_it_after_the_grace_time() {
    let mut town = Town::new();
    talking(&mut town);
    town.closes(1);
    town.wait(Duration::from_millis(14_900));
    assert!(town.is_quiet());
    assert_eq!(town.border.calls(), 1);
    town.wait(Duration::from_millis(200));
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "connection lost");
    assert!(town.only_record().answered);
}

#[test]
fn a_page_that_comes_back_within_the_grace_time_keeps_its_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.wait(Duration::from_secs(5));
    town.registered(2);
    town.wait(Duration::from_secs(60));
    assert_eq!(town.border.calls(), 1);
    // The phone's BYE finds it where it is now.
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    let outer = town.page_gets(2);
    assert_eq!(outer.method, Method::Bye);
    town.page_answers(2, &outer, 200, &[], None);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn a_page_on_a_new_connection_hangs_up_its_old_call() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    // The network changed; the old connection is not known to be dead yet.
    town.registered(2);
    talk.ends(&mut town, 2, 2);
}

#[test]
fn a_page_that_moves_into_the_lan_is_told_of_the_lan() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let arrival = crate::Arrival {
        flow: Flow::Connection(7),
        network: super::town::INSIDE,
        transport: Transport::Ws,
        local: "10.0.0.1:8080".parse().unwrap(),
        remote: "10.0.0.77:50000".parse().unwrap(),
    };
    town.input(Input::Opened(arrival, Vec::new()));
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg7", 1),
        &[(HeaderName::Contact, super::town::ALICE)],
        None,
    );
    town.input(Input::Received(arrival, register.to_bytes()));
    let upward = town.server_gets();
    let ours = upward.headers.get(&HeaderName::Contact).unwrap().to_owned();
    let ours = format!("{ours};expires=60");
    town.server_answers(&upward, 200, &[(HeaderName::Contact, &ours)], None);
    town.page_hears(7);
    let restart = talk.alice(Method::Invite, 2, Some("v=0 ice restart"));
    town.input(Input::Received(arrival, restart.to_bytes()));
    town.page_hears(7);
    let offerer = town.door.last_offerer.unwrap();
    assert_eq!(offerer.network, super::town::INSIDE);
    assert_eq!(offerer.signalled_from, Some(arrival.remote.ip()));
    assert_eq!(offerer.leg.0, 0);
    let inner = town.server_gets();
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    let ok = town.page_hears(7);
    let contact = ok.headers.contacts().unwrap().remove(0).uri;
    assert_eq!(
        contact.to_string().split('@').nth(1),
        Some("10.0.0.1:8080;transport=ws")
    );
}

#[test]
fn a_phone_may_hang_up_during_the_grace_time() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.closes(1);
    town.server_sends(talk.bob(Method::Bye, 1, None).to_bytes());
    assert_eq!(town.server_hears().status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.only_record().ended_by, "callee");
}

#[test]
fn media_that_fails_ends_the_call_on_both_sides() {
    let mut town = Town::new();
    talking(&mut town);
    town.media(1, What::MediaStarted("192.0.2.1:4000".parse().unwrap()));
    assert_eq!(town.border.calls(), 1);
    town.media(1, What::IceFailed);
    let inner = town.server_gets();
    let outer = town.page_gets(1);
    assert_eq!(
        (inner.method.clone(), outer.method.clone()),
        (Method::Bye, Method::Bye)
    );
    town.server_answers(&inner, 200, &[], None);
    town.page_answers(1, &outer, 200, &[], None);
    // Media says it again, of a call that is no more.
    town.media(1, What::MediaTimeout);
    town.settle();
    assert!(town.is_quiet());
    assert!(town.only_record().ended_by.starts_with("media failed"));
    assert_eq!(town.door.deleted.len(), 1);
}

#[test]
fn media_that_fails_on_a_leg_which_talks_no_more_takes_nobody_along() {
    let mut town = Town::new();
    talking(&mut town);
    town.input(crate::Input::Media(control_command::Event {
        session: control_command::SessionId(1),
        leg: Some(control_command::LegId(7)),
        what: What::IceFailed,
    }));
    assert_eq!(town.border.calls(), 1);
    assert!(town.is_quiet());
}

/// A worker that is full, or that had to drop a session, says so and nothing else.
#[test]
fn media_that_ends_unasked_ends_the_call() {
    let mut town = Town::new();
    talking(&mut town);
    town.media(1, What::Ended(Vec::new()));
    let inner = town.server_gets();
    let outer = town.page_gets(1);
    assert_eq!(
        (inner.method.clone(), outer.method.clone()),
        (Method::Bye, Method::Bye)
    );
    town.server_answers(&inner, 200, &[], None);
    town.page_answers(1, &outer, 200, &[], None);
    // This is the end that we asked for.
    town.media(1, What::Ended(Vec::new()));
    town.settle();
    assert!(town.is_quiet());
    assert!(town.only_record().ended_by.starts_with("media failed"));
    assert_eq!(town.door.deleted.len(), 1);
}

/// A 183 may bring SDP and never a packet, and a phone may ring for three minutes.
#[test]
fn silence_before_the_answer_ends_nothing() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 183, FROM_PHONE, Some(ANSWER));
    town.media(1, What::MediaTimeout);
    assert_eq!(town.page_hears(1).status.code(), 183);
    assert_eq!(town.border.calls(), 1);
    assert!(town.door.deleted.is_empty());
}

#[test]
fn a_silent_server_is_answered_for_and_its_late_200_hung_up_on() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.wait(Duration::from_secs(5));
    let refused = town.page_hears(1);
    assert_eq!(refused.status.code(), 503);
    assert!(refused.headers.has(&HeaderName::RetryAfter));
    assert!(matches!(
        town.told
            .iter()
            .filter(|tell| matches!(tell, Tell::ServerDown { .. }))
            .count(),
        1
    ));
    town.to_server.clear();
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    assert_eq!(town.server_gets().method, Method::Ack);
    let bye = town.server_gets();
    assert_eq!(bye.method, Method::Bye);
    town.server_answers(&bye, 200, &[], None);
    assert!(
        town.told
            .iter()
            .any(|tell| matches!(tell, Tell::ServerUp { .. }))
    );
    town.settle();
    assert_eq!(town.only_record().ended_by, "server unreachable");
}

#[test]
fn an_unreachable_server_is_noticed_at_once() {
    let mut town = Town::new();
    town.registered(1);
    let (_, _) = alice_calls(&mut town);
    let server = Flow::Datagram(super::town::INSIDE, SERVER.parse().unwrap());
    town.input(Input::Unreachable(Target::Flow(server)));
    assert_eq!(town.page_hears(1).status.code(), 503);
    town.settle();
}

#[test]
fn a_server_over_tcp_is_dialled_by_its_address() {
    let mut plan = plan();
    for peer in &mut plan.peers {
        peer.transport = Transport::Tcp;
    }
    let mut town = Town::with(plan);
    town.opens(1);
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", 1),
        &[(HeaderName::Contact, super::town::ALICE)],
        None,
    );
    town.browser_sends(1, register.to_bytes());
    let (target, _) = town.elsewhere.remove(0);
    assert_eq!(
        target,
        Target::Address {
            network: super::town::INSIDE,
            transport: Transport::Tcp,
            address: SERVER.parse().unwrap()
        }
    );
    town.input(Input::Unreachable(target));
    assert_eq!(town.page_hears(1).status.code(), 503);
    town.settle();
}

#[test]
fn a_shutdown_ends_every_call_and_refuses_new_ones() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    town.input(Input::Shutdown);
    let inner = town.server_gets();
    let outer = town.page_gets(1);
    assert_eq!(
        (inner.method.clone(), outer.method.clone()),
        (Method::Bye, Method::Bye)
    );
    assert!(!drained(&town));
    town.server_answers(&inner, 200, &[], None);
    let again = town.page_request(Method::Invite, "sip:bob@example.com", ("n", 1), &[], None);
    town.browser_sends(1, again.to_bytes());
    town.page_hears(1);
    assert_eq!(town.page_hears(1).status.code(), 503);
    assert!(!drained(&town));
    town.page_answers(1, &outer, 200, &[], None);
    assert!(drained(&town), "at once when the last goodbye is answered");
    town.input(Input::Shutdown);
    let told = town.told.iter();
    assert_eq!(told.filter(|tell| matches!(tell, Tell::Drained)).count(), 1);
    assert_eq!(town.only_record().ended_by, "shutdown");
    let _ = talk;
}

fn drained(town: &Town) -> bool {
    town.told.iter().any(|tell| matches!(tell, Tell::Drained))
}

#[test]
fn a_shutdown_stops_a_ringing_phone() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 180, FROM_PHONE, None);
    town.page_hears(1);
    town.input(Input::Shutdown);
    assert_eq!(town.page_hears(1).status.code(), 503);
    assert_eq!(town.server_gets().method, Method::Cancel);
    town.server_answers(&inner, 487, &[], None);
    assert!(drained(&town));
}

#[test]
fn a_shutdown_waits_for_the_ack_before_its_bye() {
    let mut town = Town::new();
    town.registered(1);
    let (invite, inner) = alice_calls(&mut town);
    town.server_answers(&inner, 200, FROM_PHONE, Some(ANSWER));
    town.server_gets();
    let ok = town.page_hears(1);
    town.input(Input::Shutdown);
    let bye = town.server_gets();
    town.server_answers(&bye, 200, &[], None);
    assert!(town.is_quiet(), "RFC 3261 §15: no BYE before the ACK");
    let ack = next(&invite, &ok, Method::Ack, 1, None);
    town.browser_sends(1, ack.to_bytes());
    assert_eq!(town.page_gets(1).method, Method::Bye);
}

#[test]
fn an_answer_that_media_refuses_ends_both_sides() {
    let mut town = Town::new();
    town.registered(1);
    let (_, inner) = alice_calls(&mut town);
    town.door.refuse_next = Some(Refusal::NotAcceptable);
    town.server_answers(&inner, 200, FROM_PHONE, Some("v=0 video only"));
    assert_eq!(town.server_gets().method, Method::Ack);
    assert_eq!(town.server_gets().method, Method::Bye);
    assert_eq!(town.page_hears(1).status.code(), 488);
    assert_eq!(town.door.deleted.len(), 1);
}

/// The CANCEL of an INVITE, by its sender.
pub(crate) fn cancel(invite: &sip_message::Request) -> sip_message::Request {
    let mut cancel = invite.clone();
    cancel.method = Method::Cancel;
    cancel.body = Vec::new();
    cancel.headers.remove(&HeaderName::ContentType);
    cancel.headers.remove(&HeaderName::Contact);
    let number = invite.headers.cseq().unwrap().number;
    cancel
        .headers
        .set(HeaderName::CSeq, format!("{number} CANCEL"));
    cancel
}

/// The ACK of a refusal, by the INVITE's sender.
pub(crate) fn ack_of(
    invite: &sip_message::Request,
    response: &sip_message::Response,
) -> sip_message::Request {
    let mut ack = cancel(invite);
    ack.method = Method::Ack;
    let number = invite.headers.cseq().unwrap().number;
    ack.headers.set(HeaderName::CSeq, format!("{number} ACK"));
    let to = response.headers.get(&HeaderName::To).unwrap();
    ack.headers.set(HeaderName::To, to);
    ack
}

#[test]
fn a_server_may_ask_who_hangs_up_and_hears_it_from_the_page() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bye = talk.alice(Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let first = town.server_gets();
    assert_eq!(first.method, Method::Bye);
    let challenge = [(
        HeaderName::ProxyAuthenticate,
        "Digest realm=\"a\", nonce=\"b\"",
    )];
    town.server_answers(&first, 407, &challenge, None);
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 407);
    assert!(told.headers.has(&HeaderName::ProxyAuthenticate));
    assert_eq!(town.records().len(), 1, "the call is over all the same");
    town.wait(Duration::from_secs(10));

    let mut bye = talk.alice(Method::Bye, 3, None);
    bye.headers
        .push(HeaderName::ProxyAuthorization, "Digest username=\"alice\"");
    town.browser_sends(1, bye.to_bytes());
    let second = town.server_gets();
    assert_eq!(second.method, Method::Bye);
    assert_eq!(
        second.headers.get(&HeaderName::ProxyAuthorization),
        Some("Digest username=\"alice\"")
    );
    assert!(second.headers.cseq().unwrap().number > first.headers.cseq().unwrap().number);
    town.server_answers(&second, 200, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
    assert_eq!(town.records().len(), 1);
}

#[test]
fn a_page_that_does_not_answer_the_challenge_to_its_bye_leaves_nothing_behind() {
    let mut town = Town::new();
    let talk = talking(&mut town);
    let bye = talk.alice(Method::Bye, 2, None);
    town.browser_sends(1, bye.to_bytes());
    let inner = town.server_gets();
    town.server_answers(&inner, 401, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 401);
    town.settle();
}
