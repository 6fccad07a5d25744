//! Calls about which somebody else is asked.

use super::stories::FROM_PAGE;
use super::town::{ANSWER, OFFER, Town, plan};
use crate::{Input, Verdict};
use proto_base::Transport;
use sbc_policy::{HookPlan, Otherwise, Peer, PeerId, Role};
use sip_message::{Method, Request};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(500);

fn town(otherwise: Otherwise) -> Town {
    let mut plan = plan();
    plan.hook = Some(HookPlan {
        patience: PATIENCE,
        otherwise,
    });
    let network = plan.peers[0].network;
    let id = PeerId(u16::try_from(plan.peers.len()).unwrap());
    let mut carrier = Peer::new(id, Role::Trunk, network, Transport::Udp)
        .at("10.0.0.77:5060".parse().unwrap())
        .serving("carrier.example");
    carrier.name = "carrier".to_owned();
    plan.peers.push(carrier);
    let mut town = Town::with(plan);
    town.registered(1);
    town
}

/// The browser calls and waits.
fn calls(town: &mut Town) -> Request {
    let invite = town.page_request(
        Method::Invite,
        "sip:0301234567@example.com",
        ("call1", 1),
        FROM_PAGE,
        Some(OFFER),
    );
    town.browser_sends(1, invite.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 100);
    invite
}

#[test]
fn a_call_waits_for_the_verdict_and_goes_on() {
    let mut town = town(Otherwise::Refuse);
    calls(&mut town);
    let [consult] = town.consults.as_slice() else {
        panic!("{:?}", town.consults);
    };
    assert_eq!(consult.from, "alice@example.com");
    assert_eq!(consult.to, "0301234567");
    assert_eq!(consult.peer, None);
    let id = consult.id;
    assert!(town.is_quiet(), "nobody has heard of the call");
    town.input(Input::Decided(id, Verdict::Continue));
    let invite = town.server_gets();
    town.server_answers(&invite, 200, &[], Some(ANSWER));
    town.input(Input::Decided(id, Verdict::Unanswered));
    town.wait(PATIENCE);
    assert_eq!(town.border.calls(), 1, "a verdict counts once");
}

#[test]
fn a_hook_sends_a_call_to_a_trunk() {
    let mut town = town(Otherwise::Continue);
    calls(&mut town);
    let id = town.consults[0].id;
    town.input(Input::Decided(
        id,
        Verdict::Route(vec!["carrier".to_owned()]),
    ));
    let sent = std::mem::take(&mut town.elsewhere);
    let (_, bytes) = sent.first().expect("the carrier is called");
    let text = String::from_utf8_lossy(bytes);
    assert!(
        text.starts_with("INVITE sip:0301234567@carrier.example SIP/2.0"),
        "{text}"
    );
}

#[test]
fn a_hook_that_names_nobody_we_know_has_not_answered() {
    let mut town = town(Otherwise::Refuse);
    calls(&mut town);
    let id = town.consults[0].id;
    town.input(Input::Decided(
        id,
        Verdict::Route(vec!["carrier".to_owned(), "nobody".to_owned()]),
    ));
    assert_eq!(town.page_hears(1).status.code(), 503);
}

#[test]
fn a_hook_refuses_in_its_own_words_and_they_stay_one_line() {
    let mut town = town(Otherwise::Continue);
    calls(&mut town);
    let verdict = Verdict::Refuse {
        status: 403,
        reason: Some("Not\r\nVia: today".to_owned()),
    };
    let id = town.consults[0].id;
    town.input(Input::Decided(id, verdict));
    let told = town.page_hears(1);
    assert_eq!(
        (told.status.code(), told.reason.as_str()),
        (403, "NotVia: today")
    );
    town.settle();
    assert!(town.border.is_idle());
}

#[test]
fn a_silent_hook_leaves_the_call_to_the_routes_or_refuses_it() {
    let mut continuing = town(Otherwise::Continue);
    calls(&mut continuing);
    continuing.wait(PATIENCE);
    assert_eq!(continuing.server_gets().method, Method::Invite);
    let mut refusing = town(Otherwise::Refuse);
    calls(&mut refusing);
    refusing.wait(PATIENCE);
    assert_eq!(refusing.page_hears(1).status.code(), 503);
    refusing.settle();
    assert!(refusing.border.is_idle());
}

#[test]
fn who_gives_up_while_the_hook_thinks_calls_nobody() {
    let mut town = town(Otherwise::Continue);
    let invite = calls(&mut town);
    let mut cancel = invite.clone();
    cancel.method = Method::Cancel;
    cancel.body = Vec::new();
    cancel
        .headers
        .set(sip_message::HeaderName::CSeq, "1 CANCEL");
    town.browser_sends(1, cancel.to_bytes());
    let mut told = [
        town.page_hears(1).status.code(),
        town.page_hears(1).status.code(),
    ];
    told.sort_unstable();
    assert_eq!(told, [200, 487]);
    let id = town.consults[0].id;
    town.input(Input::Decided(id, Verdict::Continue));
    assert!(town.is_quiet(), "the verdict comes too late");
    town.settle();
    assert!(town.border.is_idle());
}

#[test]
fn a_call_that_waits_for_a_hook_is_told_when_we_stop() {
    let mut town = town(Otherwise::Continue);
    calls(&mut town);
    town.input(Input::Shutdown);
    assert_eq!(town.page_hears(1).status.code(), 503);
}

#[test]
fn calls_that_wait_for_a_hook_together_are_not_more_than_one_user_may_have() {
    let mut plan = plan();
    plan.max_calls_per_user = 1;
    plan.hook = Some(HookPlan {
        patience: PATIENCE,
        otherwise: Otherwise::Continue,
    });
    let mut town = Town::with(plan);
    town.registered(1);
    for call_id in ["one", "two", "three"] {
        let uri = "sip:bob@example.com";
        let invite = town.page_request(Method::Invite, uri, (call_id, 1), FROM_PAGE, Some(OFFER));
        town.browser_sends(1, invite.to_bytes());
    }
    for consult in std::mem::take(&mut town.consults) {
        town.input(Input::Decided(consult.id, Verdict::Continue));
    }
    assert_eq!(town.border.calls(), 1);
}
