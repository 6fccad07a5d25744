//! SUBSCRIBE, NOTIFY, PUBLISH: what pages and servers tell each other beside calls.

use super::town::{PAGE_VIA, SERVER_VIA, Town, assert_inner, assert_outer, back, next};
use sip_message::{HeaderName, Method, Request, Response};
use std::time::Duration;

const CONTACT: (HeaderName, &str) = (
    HeaderName::Contact,
    "<sip:k3j2h1@6vq2.invalid;transport=ws>",
);
const SUMMARY: &str = "application/simple-message-summary";

fn state() -> HeaderName {
    HeaderName::SubscriptionState
}

/// Alice's page watches bob's line. Gives her SUBSCRIBE, its 200, and what the server got.
fn watches(town: &mut Town) -> (Request, Response, Request) {
    let subscribe = town.page_request(
        Method::Subscribe,
        "sip:bob@example.com",
        ("sub", 1),
        &[
            CONTACT,
            (HeaderName::Event, "dialog"),
            (HeaderName::Accept, "application/dialog-info+xml"),
            (HeaderName::Expires, "3600"),
        ],
        None,
    );
    town.browser_sends(1, subscribe.to_bytes());
    let inner = town.server_gets();
    assert_inner(&inner.to_bytes());
    town.server_answers(
        &inner,
        200,
        &[
            (HeaderName::Expires, "1800"),
            (HeaderName::Contact, "<sip:bob@10.0.0.2>"),
            (HeaderName::RecordRoute, "<sip:10.0.0.2;lr>"),
        ],
        None,
    );
    let granted = town.page_hears(1);
    assert_outer(&granted.to_bytes());
    assert_eq!(granted.status.code(), 200);
    assert_eq!(granted.headers.expires(), Ok(Some(1800)));
    (subscribe, granted, inner)
}

fn notify(town: &mut Town, inner: &Request, cseq: u32, told: &str) {
    let mut notify = back(inner, "servertag", SERVER_VIA, Method::Notify, cseq, None);
    notify.headers.push(HeaderName::Event, "dialog");
    notify.headers.push(state(), told);
    notify.set_body("application/dialog-info+xml", b"<dialog-info/>".to_vec());
    town.server_sends(notify.to_bytes());
}

#[test]
fn a_lamp_lights_and_goes_out() {
    let mut town = Town::new();
    town.registered(1);
    let (subscribe, granted, inner) = watches(&mut town);
    notify(&mut town, &inner, 1, "active;expires=1800");
    let outer = town.page_gets(1);
    assert_outer(&outer.to_bytes());
    assert_eq!(outer.headers.get(&state()), Some("active;expires=1800"));
    assert_eq!(outer.body, b"<dialog-info/>");
    town.page_answers(1, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);

    let mut leave = next(&subscribe, &granted, Method::Subscribe, 2, None);
    leave.headers.push(HeaderName::Event, "dialog");
    leave.headers.push(HeaderName::Expires, 0);
    town.browser_sends(1, leave.to_bytes());
    let leaving = town.server_gets();
    assert_inner(&leaving.to_bytes());
    assert_eq!(leaving.headers.expires(), Ok(Some(0)));
    town.server_answers(&leaving, 200, &[(HeaderName::Expires, "0")], None);
    assert_eq!(town.page_hears(1).status.code(), 200);
    notify(&mut town, &inner, 2, "terminated;reason=timeout");
    let last = town.page_gets(1);
    town.page_answers(1, &last, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn a_challenged_subscription_is_asked_for_again_with_credentials() {
    let mut town = Town::new();
    town.registered(1);
    let extra = [CONTACT, (HeaderName::Event, "message-summary")];
    let uri = "sip:alice@example.com";
    let subscribe = town.page_request(Method::Subscribe, uri, ("sub", 1), &extra, None);
    town.browser_sends(1, subscribe.to_bytes());
    let inner = town.server_gets();
    let challenge = [(
        HeaderName::WwwAuthenticate,
        "Digest realm=\"pbx\", nonce=\"1\"",
    )];
    town.server_answers(&inner, 401, &challenge, None);
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 401);
    assert!(told.headers.has(&HeaderName::WwwAuthenticate));
    let mut again = town.page_request(Method::Subscribe, uri, ("sub", 2), &extra, None);
    let credentials = "Digest username=\"alice\"";
    again.headers.push(HeaderName::Authorization, credentials);
    town.browser_sends(1, again.to_bytes());
    let inner = town.server_gets();
    assert_eq!(
        inner.headers.get(&HeaderName::Authorization),
        Some(credentials)
    );
    // The first word is the NOTIFY, and the 2xx comes behind it.
    let mut first = back(&inner, "servertag", SERVER_VIA, Method::Notify, 7, None);
    first.headers.push(HeaderName::Event, "message-summary");
    first.headers.push(state(), "terminated;reason=noresource");
    first.set_body(SUMMARY, b"Messages-Waiting: no\r\n".to_vec());
    town.server_sends(first.to_bytes());
    assert_eq!(town.page_hears(1).status.code(), 200);
    let outer = town.page_gets(1);
    town.page_answers(1, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
    let contact = [
        (HeaderName::Contact, "<sip:10.0.0.2>"),
        (HeaderName::Expires, "0"),
    ];
    town.server_answers(&inner, 200, &contact, None);
    town.settle();
    assert!(town.is_quiet());
}

#[test]
fn p56_a_stranger_can_neither_notify_nor_refresh_what_a_page_watches() {
    let mut town = Town::new();
    town.registered(1);
    let (subscribe, granted, inner) = watches(&mut town);
    town.opens(2);
    let mut forged = back(&inner, "servertag", PAGE_VIA, Method::Notify, 1, None);
    forged.headers.push(HeaderName::Event, "dialog");
    forged.headers.push(state(), "terminated");
    town.browser_sends(2, forged.to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    let mut stolen = next(&subscribe, &granted, Method::Subscribe, 2, None);
    stolen.headers.push(HeaderName::Event, "dialog");
    stolen.headers.push(HeaderName::Expires, 0);
    town.browser_sends(2, stolen.to_bytes());
    assert_eq!(town.page_hears(2).status.code(), 403);
    assert!(town.is_quiet(), "neither server nor page heard of it");
}

#[test]
fn a_page_that_does_not_come_back_watches_no_more() {
    let mut town = Town::new();
    town.registered(1);
    let (_, _, inner) = watches(&mut town);
    town.closes(1);
    notify(&mut town, &inner, 1, "active");
    let later = town.server_hears();
    assert_eq!(later.status.code(), 480);
    assert!(later.headers.has(&HeaderName::RetryAfter));
    town.wait(Duration::from_secs(20));
    let leaving = town.server_gets();
    assert_eq!(leaving.method, Method::Subscribe);
    assert_eq!(leaving.headers.expires(), Ok(Some(0)));
    town.server_answers(&leaving, 200, &[(HeaderName::Expires, "0")], None);
    town.settle();
}

#[test]
fn a_page_that_comes_back_on_another_connection_goes_on_watching() {
    let mut town = Town::new();
    town.registered(1);
    let (_, _, inner) = watches(&mut town);
    town.closes(1);
    town.registered(2);
    notify(&mut town, &inner, 1, "active");
    let outer = town.page_gets(2);
    town.page_answers(2, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
}

#[test]
fn a_server_watches_a_page() {
    let mut town = Town::new();
    let token = town.registered(1);
    let uri = format!("sip:{token}@10.0.0.1");
    let mut subscribe = town.server_request(Method::Subscribe, &uri, "watch", None);
    subscribe.headers.push(HeaderName::Event, "presence");
    subscribe.headers.push(HeaderName::Expires, 600);
    town.server_sends(subscribe.to_bytes());
    let outer = town.page_gets(1);
    assert_outer(&outer.to_bytes());
    town.page_answers(1, &outer, 489, &[(HeaderName::AllowEvents, "dialog")], None);
    let told = town.server_hears();
    assert_eq!(told.status.code(), 489);
    assert_eq!(told.headers.get(&HeaderName::AllowEvents), Some("dialog"));
    town.settle();
}

#[test]
fn a_lamp_that_nobody_asked_for_lights_all_the_same() {
    let mut town = Town::new();
    let token = town.registered(1);
    let uri = format!("sip:{token}@10.0.0.1");
    let mut notify = town.server_request(Method::Notify, &uri, "mwi", None);
    notify.headers.push(HeaderName::Event, "message-summary");
    notify.headers.push(state(), "active");
    notify.set_body(SUMMARY, b"Messages-Waiting: yes\r\n".to_vec());
    town.server_sends(notify.to_bytes());
    let outer = town.page_gets(1);
    assert_outer(&outer.to_bytes());
    assert_eq!(outer.body, b"Messages-Waiting: yes\r\n");
    assert_eq!(
        outer.headers.get(&HeaderName::Event),
        Some("message-summary")
    );
    assert!(outer.headers.has(&HeaderName::Contact));
    town.page_answers(1, &outer, 200, &[], None);
    assert_eq!(town.server_hears().status.code(), 200);
    town.settle();
}

#[test]
fn a_publication_is_refreshed_by_its_etag() {
    let mut town = Town::new();
    town.registered(1);
    let uri = "sip:alice@example.com";
    let event = (HeaderName::Event, "presence");
    let mut publish = town.page_request(
        Method::Publish,
        uri,
        ("pub", 1),
        std::slice::from_ref(&event),
        None,
    );
    publish.set_body("application/pidf+xml", b"<presence/>".to_vec());
    town.browser_sends(1, publish.to_bytes());
    let inner = town.server_gets();
    assert_inner(&inner.to_bytes());
    assert_eq!(inner.body, b"<presence/>");
    let granted = [
        (HeaderName::SipEtag, "dx200xyz"),
        (HeaderName::Expires, "1800"),
    ];
    town.server_answers(&inner, 200, &granted, None);
    let told = town.page_hears(1);
    assert_eq!(told.headers.get(&HeaderName::SipEtag), Some("dx200xyz"));
    assert_eq!(told.headers.expires(), Ok(Some(1800)));
    let refresh = [
        event,
        (HeaderName::SipIfMatch, "dx200xyz"),
        (HeaderName::Expires, "1800"),
    ];
    let again = town.page_request(Method::Publish, uri, ("pub", 2), &refresh, None);
    town.browser_sends(1, again.to_bytes());
    let inner = town.server_gets();
    assert_eq!(inner.headers.get(&HeaderName::SipIfMatch), Some("dx200xyz"));
    town.server_answers(&inner, 412, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 412);
    town.settle();
}

#[test]
fn a_body_that_is_no_event_or_too_long_does_not_cross() {
    let mut town = Town::new();
    town.registered(1);
    for (kind, length) in [("application/sdp", 10), ("application/pidf+xml", 40_000)] {
        let uri = "sip:alice@example.com";
        let event = (HeaderName::Event, "presence");
        let mut publish = town.page_request(Method::Publish, uri, (kind, 1), &[event], None);
        publish.set_body(kind, vec![b'x'; length]);
        town.browser_sends(1, publish.to_bytes());
        assert_eq!(town.page_hears(1).status.code(), 415);
    }
    assert!(town.is_quiet());
}
