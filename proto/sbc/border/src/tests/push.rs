//! RFC 8599: a call for somebody who sleeps.

use super::stories::FROM_PAGE;
use super::town::{ANSWER, OFFER, Town, plan};
use crate::Input;
use sbc_policy::PushPlan;
use sip_message::{HeaderName, Method, Request, StatusCode};
use std::time::Duration;

const SLEEPER: &str = "<sip:k3j2h1@6vq2.invalid;transport=ws;pn-provider=webpush;pn-prid=secret;\
                       pn-param=endpoint>;+sip.instance=\"<urn:uuid:aaaa>\";reg-id=1";

fn town() -> Town {
    let mut plan = plan();
    plan.push = Some(PushPlan {
        providers: vec!["webpush".to_owned()],
        wait: Duration::from_secs(20),
        shown_upward: false,
    });
    Town::with(plan)
}

/// The app registers; gives the token and what it was told.
fn registers(town: &mut Town, number: u64) -> (String, sip_message::Response) {
    town.opens(number);
    let cseq = town.branches + 1;
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        (&format!("reg{number}"), cseq),
        &[(HeaderName::Contact, SLEEPER), (HeaderName::Expires, "600")],
        None,
    );
    town.browser_sends(number, register.to_bytes());
    let upward = town.server_gets();
    let sent = String::from_utf8(upward.to_bytes()).unwrap();
    assert!(!sent.contains("pn-") && !sent.contains("secret"), "{sent}");
    let token = super::modes::grants(town, &upward);
    (token, town.page_hears(number))
}

fn calls(town: &mut Town, token: &str) -> Request {
    let uri = format!("sip:{token}@10.0.0.1:5060");
    let invite = town.server_request(Method::Invite, &uri, "call", Some(OFFER));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    invite
}

#[test]
fn a_call_wakes_the_app_and_rings_there() {
    let mut town = town();
    let (token, told) = registers(&mut town, 1);
    let caps = HeaderName::Other("Feature-Caps".into());
    assert_eq!(told.headers.get(&caps), Some("*;+sip.pns=\"webpush\""));
    town.closes(1);
    calls(&mut town, &token);
    let [wake] = town.wakes.as_slice() else {
        panic!("{:?}", town.wakes);
    };
    assert_eq!(wake.address_of_record, "alice@example.com");
    assert_eq!(
        (
            wake.provider.as_str(),
            wake.prid.as_str(),
            wake.param.as_str()
        ),
        ("webpush", "secret", "endpoint")
    );
    assert_eq!(wake.caller, "bob@10.0.0.2");
    town.wait(Duration::from_secs(5));
    assert!(town.is_quiet());
    registers(&mut town, 2);
    let outer = town.page_gets(2);
    assert_eq!(outer.method, Method::Invite);
    town.page_answers(2, &outer, 200, FROM_PAGE, Some(ANSWER));
    assert_eq!(town.page_gets(2).method, Method::Ack);
    assert_eq!(town.server_hears().status.code(), 200);
}

#[test]
fn who_does_not_wake_in_time_is_unavailable() {
    let mut town = town();
    let (token, _) = registers(&mut town, 1);
    town.closes(1);
    calls(&mut town, &token);
    town.wait(Duration::from_secs(19));
    assert!(town.is_quiet());
    town.wait(Duration::from_secs(2));
    assert_eq!(town.server_hears().status.code(), 480);
    town.to_server.clear();
    registers(&mut town, 2);
    assert!(town.is_quiet(), "too late");
    town.settle();
}

#[test]
fn a_push_service_that_fails_is_not_waited_for() {
    let mut town = town();
    let (token, _) = registers(&mut town, 1);
    town.closes(1);
    calls(&mut town, &token);
    let wake = town.wakes[0].wake;
    town.input(Input::Unwoken(wake));
    assert_eq!(town.server_hears().status.code(), 480);
    town.input(Input::Unwoken(wake));
    town.to_server.clear();
    town.settle();
}

#[test]
fn who_gives_up_before_the_app_wakes_rings_nobody() {
    let mut town = town();
    let (token, _) = registers(&mut town, 1);
    town.closes(1);
    let invite = calls(&mut town, &token);
    let mut cancel = Request::new(Method::Cancel, invite.uri.clone());
    for name in [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
    ] {
        let value = invite.headers.get(&name).unwrap();
        cancel.headers.push(name.clone(), value);
    }
    cancel.headers.push(HeaderName::CSeq, "1 CANCEL");
    town.server_sends(cancel.to_bytes());
    assert_eq!(town.server_hears().status, StatusCode::OK);
    assert_eq!(town.server_hears().status.code(), 487);
    town.to_server.clear();
    registers(&mut town, 2);
    assert!(town.is_quiet());
    town.settle();
}

#[test]
fn a_message_waits_for_the_app_as_well() {
    let mut town = town();
    let (token, _) = registers(&mut town, 1);
    town.closes(1);
    let uri = format!("sip:{token}@10.0.0.1:5060");
    let mut message = town.server_request(Method::Message, &uri, "note", None);
    message.set_body("text/plain", b"call me".to_vec());
    town.server_sends(message.to_bytes());
    assert_eq!(town.wakes.len(), 1);
    town.wait(Duration::from_secs(3));
    registers(&mut town, 2);
    let outer = town.page_gets(2);
    assert_eq!(outer.method, Method::Message);
    town.page_answers(2, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status, StatusCode::OK);
    town.settle();
}

#[test]
fn a_shutdown_lets_those_go_who_wait() {
    let mut town = town();
    let (token, _) = registers(&mut town, 1);
    town.closes(1);
    calls(&mut town, &token);
    town.input(Input::Shutdown);
    assert_eq!(town.server_hears().status.code(), 503);
}

#[test]
fn without_push_nobody_is_woken() {
    let mut plan = plan();
    plan.push = None;
    let mut town = Town::with(plan);
    let (token, told) = registers(&mut town, 1);
    assert!(!told.headers.has(&HeaderName::Other("Feature-Caps".into())));
    town.closes(1);
    calls(&mut town, &token);
    assert_eq!(town.server_hears().status.code(), 480);
    assert!(town.wakes.is_empty());
}
