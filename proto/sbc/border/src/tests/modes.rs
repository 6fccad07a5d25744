//! The three modes of registering, Path, outbound, GRUU and their limits.

use super::stories::{FROM_PAGE, bob_calls};
use super::town::{ALICE, ANSWER, OFFER, Town, assert_outer, plan};
use sbc_policy::{Plan, Registering, Throttle};
use sip_message::{HeaderName, Method, Request, StatusCode};
use std::time::Duration;

const BOTH: [Throttle; 2] = [Throttle::Contact, Throttle::AddressOfRecord];
const OTHER: &str =
    "<sip:zz9zz9@8xy4.invalid;transport=ws>;+sip.instance=\"<urn:uuid:bbbb>\";reg-id=1";

fn registering(rules: Registering) -> Plan {
    let mut plan = plan();
    plan.peers[0].registering = rules;
    plan
}

fn throttled(throttle: Throttle) -> Town {
    Town::with(registering(Registering {
        throttle,
        ..Registering::default()
    }))
}

/// A REGISTER of alice's from a page with this Contact.
fn registers(
    town: &mut Town,
    number: u64,
    contact: &str,
    expires: &str,
    extra: &[(HeaderName, &str)],
) -> Request {
    let cseq = town.branches + 1;
    let mut headers = vec![
        (HeaderName::Contact, contact),
        (HeaderName::Expires, expires),
    ];
    headers.extend_from_slice(extra);
    let request = town.page_request(
        Method::Register,
        "sip:example.com",
        (&format!("reg{number}"), cseq),
        &headers,
        None,
    );
    town.browser_sends(number, request.to_bytes());
    request
}

/// What went up is granted as asked; gives our token.
pub(crate) fn grants(town: &mut Town, upward: &Request) -> String {
    let contact = upward.headers.contacts().unwrap().remove(0);
    let expires = contact
        .params
        .value("expires")
        .map(str::to_owned)
        .unwrap_or_else(|| upward.headers.get(&HeaderName::Expires).unwrap().to_owned());
    let granted = format!("<{}>;expires={expires}", contact.uri);
    town.server_answers(upward, 200, &[(HeaderName::Contact, &granted)], None);
    contact.uri.user.unwrap()
}

/// Alice registers from a page with this Contact.
pub(crate) fn binds(town: &mut Town, number: u64, contact: &str) -> String {
    town.opens(number);
    registers(town, number, contact, "600", &[]);
    let upward = town.server_gets();
    let token = grants(town, &upward);
    assert_eq!(town.page_hears(number).status, StatusCode::OK);
    token
}

#[test]
fn p15_refreshes_between_are_answered_here() {
    for throttle in BOTH {
        let mut town = throttled(throttle);
        town.opens(1);
        registers(&mut town, 1, ALICE, "600", &[]);
        let upward = town.server_gets();
        assert_eq!(upward.headers.expires(), Ok(Some(3600)));
        grants(&mut town, &upward);
        let told = town.page_hears(1);
        assert_eq!(
            told.headers.get(&HeaderName::Contact),
            Some(format!("{ALICE};expires=600").as_str())
        );
        for _ in 0..5 {
            town.wait(Duration::from_secs(580));
            registers(&mut town, 1, ALICE, "600", &[]);
            let told = town.page_hears(1);
            assert_eq!(told.status, StatusCode::OK);
            assert_outer(&told.to_bytes());
            assert_eq!(
                told.headers.get(&HeaderName::Contact),
                Some(format!("{ALICE};expires=600").as_str())
            );
            assert!(town.is_quiet(), "the registrar hears nothing");
        }
        assert_eq!(town.told.len(), 1, "registered once: {:?}", town.told);
        town.wait(Duration::from_secs(580));
        registers(&mut town, 1, ALICE, "600", &[]);
        assert_eq!(town.server_gets().method, Method::Register);
    }
}

#[test]
fn p1_who_has_no_password_is_not_added_to_a_user_that_is_there() {
    for throttle in BOTH {
        let mut town = throttled(throttle);
        let token = binds(&mut town, 1, ALICE);
        town.opens(2);
        for contact in [ALICE, OTHER] {
            registers(&mut town, 2, contact, "600", &[]);
            let upward = town.server_gets();
            town.server_answers(&upward, 401, &[], None);
            assert_eq!(town.page_hears(2).status.code(), 401);
        }
        assert_eq!(town.border.bindings(), 1);
        bob_calls(&mut town, &token);
        assert!(town.is_quiet());
    }
}

#[test]
fn p1_a_contact_that_the_registrar_refuses_is_not_bound_o2536() {
    let mut town = throttled(Throttle::AddressOfRecord);
    binds(&mut town, 1, ALICE);
    town.opens(2);
    registers(
        &mut town,
        2,
        OTHER,
        "600",
        &[(HeaderName::Authorization, "Digest wrong")],
    );
    let upward = town.server_gets();
    town.server_answers(&upward, 403, &[], None);
    assert_eq!(town.page_hears(2).status.code(), 403);
    assert_eq!(town.border.bindings(), 1);
    let invite = town.page_request(Method::Invite, "sip:bob@example.com", ("c", 1), &[], None);
    town.browser_sends(2, invite.to_bytes());
    town.page_hears(2);
    assert_eq!(town.page_hears(2).status.code(), 403);
}

#[test]
fn p2_one_of_two_phones_unregisters_and_the_other_is_still_called_o2615() {
    let mut town = throttled(Throttle::AddressOfRecord);
    let token = binds(&mut town, 1, ALICE);
    assert_eq!(binds(&mut town, 2, OTHER), token, "one Contact for alice");
    registers(&mut town, 2, OTHER, "0", &[]);
    assert_eq!(town.page_hears(2).status, StatusCode::OK);
    assert!(town.is_quiet(), "the registrar keeps its Contact");
    assert_eq!(town.border.bindings(), 1);
    bob_calls(&mut town, &token);
    // The last one goes, and now the registrar is told.
    let mut town = throttled(Throttle::AddressOfRecord);
    binds(&mut town, 1, ALICE);
    registers(&mut town, 1, ALICE, "0", &[]);
    let upward = town.server_gets();
    assert_eq!(upward.headers.expires(), Ok(Some(0)));
}

#[test]
fn a_query_is_answered_with_what_the_registrar_holds() {
    let mut town = throttled(Throttle::Contact);
    let token = binds(&mut town, 1, ALICE);
    for held in [true, false] {
        let query = town.page_request(
            Method::Register,
            "sip:example.com",
            ("reg1", 7 + u32::from(held)),
            &[],
            None,
        );
        town.browser_sends(1, query.to_bytes());
        let upward = town.server_gets();
        assert!(!upward.headers.has(&HeaderName::Contact));
        let ours = format!("<sip:{token}@10.0.0.1:5060>;expires=3000");
        let listed = (HeaderName::Contact, ours.as_str());
        let listed: &[_] = if held { &[listed] } else { &[] };
        town.server_answers(&upward, 200, listed, None);
        let told = town.page_hears(1);
        assert_eq!(told.headers.has(&HeaderName::Contact), held);
    }
}

#[test]
fn a_page_without_its_connection_is_not_called_however_long_the_registrar_holds_it() {
    let mut town = throttled(Throttle::Contact);
    let token = binds(&mut town, 1, ALICE);
    town.closes(1);
    for _ in 0..2 {
        let uri = format!("sip:{token}@10.0.0.1:5060");
        let invite = town.server_request(Method::Invite, &uri, "call", Some(OFFER));
        town.server_sends(invite.to_bytes());
        assert_eq!(town.server_hears().status.code(), 100);
        assert_eq!(town.server_hears().status.code(), 480);
        // Its own time is over, the registrar's is not.
        town.wait(Duration::from_secs(700));
        town.to_server.clear();
    }
    assert_eq!(town.border.bindings(), 0);
    town.wait(Duration::from_secs(3000));
    let uri = format!("sip:{token}@10.0.0.1:5060");
    let options = town.server_request(Method::Options, &uri, "ping", None);
    town.server_sends(options.to_bytes());
    assert_eq!(town.server_hears().status.code(), 404);
}

#[test]
fn an_absurdly_short_time_is_too_brief() {
    let mut town = Town::new();
    town.opens(1);
    registers(&mut town, 1, ALICE, "1", &[]);
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 423);
    assert_eq!(told.headers.get(&HeaderName::MinExpires), Some("10"));
    assert!(town.is_quiet());
}

fn by_path() -> Town {
    Town::with(registering(Registering {
        path: true,
        flow_timer: Some(120),
        ..Registering::default()
    }))
}

/// A request of the registrar to a browser that is registered by Path.
fn routed(town: &mut Town, method: Method, path: &str, body: Option<&str>) -> Request {
    let contact = "sip:k3j2h1@6vq2.invalid;transport=ws";
    let mut request = town.server_request(method, contact, "routed", body);
    request.headers.push(HeaderName::Route, path);
    request
}

#[test]
fn by_path_the_registrar_sees_the_pages_contact_and_reaches_it_by_ours() {
    let mut town = by_path();
    town.opens(1);
    let supported = (HeaderName::Supported, "path, outbound");
    registers(&mut town, 1, ALICE, "600", &[supported]);
    let upward = town.server_gets();
    let contact = upward.headers.contacts().unwrap().remove(0);
    assert_eq!(
        contact.uri.to_string(),
        "sip:k3j2h1@6vq2.invalid;transport=ws"
    );
    let path = upward.headers.get(&HeaderName::Path).unwrap().to_owned();
    assert!(
        path.ends_with("@10.0.0.1:5060;transport=udp;lr;ob>"),
        "{path}"
    );
    let granted = format!("<{}>;expires=600", contact.uri);
    town.server_answers(
        &upward,
        200,
        &[
            (HeaderName::Contact, &granted),
            (HeaderName::Path, &path),
            (HeaderName::Require, "outbound"),
        ],
        None,
    );
    let told = town.page_hears(1);
    assert_outer(&told.to_bytes());
    assert_eq!(told.headers.get(&HeaderName::Require), Some("outbound"));
    assert_eq!(told.headers.get(&HeaderName::FlowTimer), Some("120"));
    let invite = routed(&mut town, Method::Invite, &path, Some(OFFER));
    town.server_sends(invite.to_bytes());
    assert_eq!(town.server_hears().status.code(), 100);
    let outer = town.page_gets(1);
    assert_eq!(outer.method, Method::Invite);
    assert_outer(&outer.to_bytes());
    town.page_answers(1, &outer, 200, FROM_PAGE, Some(ANSWER));
    town.page_gets(1);
    assert_eq!(town.server_hears().status.code(), 200);
    // A flow that is gone is told as such: the registrar may know another (RFC 5626 §5.3).
    town.closes(1);
    let mut invite = routed(&mut town, Method::Invite, &path, Some(OFFER));
    invite.headers.set(HeaderName::CallId, "again");
    town.server_sends(invite.to_bytes());
    town.server_hears();
    assert_eq!(town.server_hears().status.code(), 430);
}

#[test]
fn a_first_hop_that_lacks_outbound_costs_the_page_nothing() {
    let mut town = by_path();
    town.opens(1);
    let supported = (HeaderName::Supported, "path, outbound");
    registers(&mut town, 1, ALICE, "600", &[supported]);
    let upward = town.server_gets();
    town.server_answers(&upward, 439, &[], None);
    let again = town.server_gets();
    assert!(!again.headers.has_token(&HeaderName::Supported, "outbound"));
    assert_eq!(again.headers.cseq().unwrap().number, 2);
    grants(&mut town, &again);
    assert_eq!(town.page_hears(1).status, StatusCode::OK);
}

/// Tries a password from page `number`; gives what the border says by itself, if it does.
fn guesses(town: &mut Town, number: u64) -> Option<u16> {
    let wrong = (HeaderName::Authorization, "Digest wrong");
    registers(town, number, ALICE, "600", &[wrong]);
    if town.to_server.is_empty() {
        return Some(town.page_hears(number).status.code());
    }
    let upward = town.server_gets();
    town.server_answers(&upward, 403, &[], None);
    assert_eq!(town.page_hears(number).status.code(), 403);
    None
}

#[test]
fn p16_wrong_passwords_are_counted_for_the_address_and_right_ones_forgiven() {
    let mut plan = plan();
    plan.max_trials_per_source = 6;
    let mut town = Town::with(plan);
    // Each on a connection of its own, all from one address.
    let mut refused = None;
    for number in 1..=20 {
        town.opens(number);
        refused = guesses(&mut town, number);
        if refused.is_some() {
            assert_eq!(number, 7);
            break;
        }
    }
    assert_eq!(refused, Some(503));
    town.wait(Duration::from_secs(17));
    // An office behind one address, whose people now and then mistype: nobody is locked out.
    for number in 30..60 {
        town.opens(number);
        if number % 2 == 0 {
            assert_eq!(guesses(&mut town, number), None);
        } else {
            let right = (HeaderName::Authorization, "Digest right");
            registers(&mut town, number, ALICE, "600", &[right]);
            let upward = town.server_gets();
            grants(&mut town, &upward);
            assert_eq!(town.page_hears(number).status, StatusCode::OK);
        }
    }
}

#[test]
fn one_user_has_so_many_calls_and_no_more() {
    let mut plan = plan();
    plan.max_calls_per_user = 1;
    let mut town = Town::with(plan);
    let token = town.registered(1);
    bob_calls(&mut town, &token);
    let uri = format!("sip:{token}@10.0.0.1:5060");
    let invite = town.server_request(Method::Invite, &uri, "second", Some(OFFER));
    town.server_sends(invite.to_bytes());
    town.server_hears();
    assert_eq!(town.server_hears().status.code(), 486);
    let invite = town.page_request(Method::Invite, "sip:bob@example.com", ("c", 1), &[], None);
    town.browser_sends(1, invite.to_bytes());
    town.page_hears(1);
    assert_eq!(town.page_hears(1).status.code(), 503);
}
