use super::town::{ALICE, Town, assert_inner, assert_outer};
use crate::Tell;
use sip_message::{HeaderName, Method, StatusCode};
use std::time::Duration;

#[test]
fn p6_a_browser_is_challenged_and_then_bound_with_its_own_contact_back() {
    let mut town = Town::new();
    town.opens(1);
    let first = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", 1),
        &[(HeaderName::Contact, ALICE), (HeaderName::Expires, "300")],
        None,
    );
    town.browser_sends(1, first.to_bytes());
    let upward = town.server_gets();
    assert_inner(&upward.to_bytes());
    assert_eq!(upward.uri.to_string(), "sip:example.com");
    let contact = upward.headers.contacts().unwrap().remove(0);
    let token = contact.uri.user.clone().unwrap();
    assert_eq!(
        contact.uri.to_string(),
        format!("sip:{token}@10.0.0.1:5060;transport=udp")
    );
    assert_eq!(
        contact.params.value("+sip.instance"),
        Some("<urn:uuid:aaaa>")
    );
    let challenge = "Digest realm=\"example.com\", nonce=\"abc\", algorithm=MD5";
    town.server_answers(
        &upward,
        401,
        &[(HeaderName::WwwAuthenticate, challenge)],
        None,
    );
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 401);
    assert_eq!(
        told.headers.get(&HeaderName::WwwAuthenticate),
        Some(challenge)
    );
    assert_eq!(
        told.headers.get(&HeaderName::Via),
        first.headers.get(&HeaderName::Via)
    );
    assert_eq!(town.border.bindings(), 0);

    let second = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", 2),
        &[
            (HeaderName::Contact, ALICE),
            (HeaderName::Expires, "300"),
            (HeaderName::Authorization, "Digest username=\"alice\""),
        ],
        None,
    );
    town.browser_sends(1, second.to_bytes());
    let again = town.server_gets();
    assert_eq!(
        again.headers.call_id(),
        upward.headers.call_id(),
        "one registration, one Call-ID"
    );
    assert_eq!(again.headers.cseq().unwrap().number, 2);
    assert_eq!(again.headers.contacts().unwrap()[0].uri, contact.uri);
    assert_eq!(
        again.headers.get(&HeaderName::Authorization),
        Some("Digest username=\"alice\"")
    );
    let ours = format!("<{}>;expires=240", contact.uri);
    town.server_answers(
        &again,
        200,
        &[
            (HeaderName::Contact, "<sip:desk@10.0.0.9>;expires=99"),
            (HeaderName::Contact, &ours),
            (HeaderName::ServiceRoute, "<sip:10.0.0.2;lr>"),
        ],
        None,
    );
    let told = town.page_hears(1);
    assert_eq!(told.status, StatusCode::OK);
    assert_outer(&told.to_bytes());
    let contacts: Vec<_> = told.headers.get_all(&HeaderName::Contact).collect();
    assert_eq!(contacts, [format!("{ALICE};expires=240")]);
    assert!(town.is_quiet());
    assert_eq!(town.border.bindings(), 1);
    assert!(matches!(
        town.told.as_slice(),
        [Tell::Registered { expires: 240, .. }]
    ));
}

#[test]
fn a_refused_password_binds_nothing_and_is_told() {
    let mut town = Town::new();
    town.opens(1);
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", 1),
        &[
            (HeaderName::Contact, ALICE),
            (HeaderName::Authorization, "Digest wrong"),
        ],
        None,
    );
    town.browser_sends(1, register.to_bytes());
    let upward = town.server_gets();
    town.server_answers(&upward, 403, &[], None);
    assert_eq!(town.page_hears(1).status.code(), 403);
    assert_eq!(town.border.bindings(), 0);
    assert!(matches!(
        town.told.as_slice(),
        [Tell::RegistrationRefused { status: 403, .. }]
    ));
    // And so it cannot call.
    let invite = town.page_request(Method::Invite, "sip:bob@example.com", ("c", 1), &[], None);
    town.browser_sends(1, invite.to_bytes());
    town.page_hears(1);
    assert_eq!(town.page_hears(1).status.code(), 403);
    assert!(town.to_server.is_empty());
}

#[test]
fn a_reloaded_page_with_the_same_instance_takes_its_own_binding_over() {
    let mut town = Town::new();
    let token = town.registered(1);
    town.closes(1);
    assert_eq!(town.border.bindings(), 1, "known, but not reachable");
    let again = town.registered(2);
    assert_eq!(token, again);
    assert_eq!(town.border.bindings(), 1);
}

#[test]
fn a_claim_of_anothers_instance_moves_nothing() {
    let mut town = Town::new();
    let token = town.registered(1);
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
    town.server_answers(&upward, 401, &[], None);
    town.page_hears(2);
    // The server still reaches the first page.
    let invite = town.server_request(
        Method::Invite,
        &format!("sip:{token}@10.0.0.1"),
        "call",
        Some("v=0"),
    );
    town.server_sends(invite.to_bytes());
    assert_eq!(town.page_gets(1).method, Method::Invite);
    assert!(town.to_browser.get(&2).is_none_or(|queue| queue.is_empty()));
}

#[test]
fn a_browser_that_removes_its_binding_can_no_longer_call() {
    let mut town = Town::new();
    town.registered(1);
    let remove = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg1", 2),
        &[(HeaderName::Contact, ALICE), (HeaderName::Expires, "0")],
        None,
    );
    town.browser_sends(1, remove.to_bytes());
    let upward = town.server_gets();
    assert_eq!(upward.headers.cseq().unwrap().number, 2);
    assert_eq!(upward.headers.expires().unwrap(), Some(0));
    town.server_answers(&upward, 200, &[], None);
    assert_eq!(town.page_hears(1).status, StatusCode::OK);
    assert_eq!(town.border.bindings(), 0);
    let invite = town.page_request(Method::Invite, "sip:bob@example.com", ("c", 1), &[], None);
    town.browser_sends(1, invite.to_bytes());
    town.page_hears(1);
    assert_eq!(town.page_hears(1).status.code(), 403);
}

#[test]
fn a_binding_ends_with_its_time() {
    let mut town = Town::new();
    let token = town.registered(1);
    town.wait(Duration::from_secs(601));
    assert_eq!(town.border.bindings(), 0);
    let options = town.server_request(
        Method::Options,
        &format!("sip:{token}@10.0.0.1"),
        "ping",
        None,
    );
    town.server_sends(options.to_bytes());
    assert_eq!(town.server_hears().status.code(), 404);
}

#[test]
fn a_silent_registrar_is_answered_for_in_time() {
    let mut town = Town::new();
    town.opens(1);
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", 1),
        &[(HeaderName::Contact, ALICE)],
        None,
    );
    town.browser_sends(1, register.to_bytes());
    town.wait(Duration::from_secs(5));
    // RFC 4320: the transaction layer sends 100 after 3.5 s.
    assert_eq!(town.page_hears(1).status.code(), 100);
    let told = town.page_hears(1);
    assert_eq!(told.status.code(), 503);
    assert!(told.headers.has(&HeaderName::RetryAfter));
    assert!(
        town.told
            .iter()
            .any(|tell| matches!(tell, Tell::ServerDown { .. }))
    );
    town.to_server.clear();
    town.registered(2);
    assert!(
        town.told
            .iter()
            .any(|tell| matches!(tell, Tell::ServerUp { .. }))
    );
    town.to_server.clear();
    town.settle();
}

/// A page that is challenged, and asks for nothing more than the next challenge.
fn tries(town: &mut Town, at: u32) -> Option<u16> {
    let register = town.page_request(
        Method::Register,
        "sip:example.com",
        ("reg", at),
        &[(HeaderName::Contact, ALICE)],
        None,
    );
    town.browser_sends(1, register.to_bytes());
    let page = town.to_browser.entry(1).or_default();
    if !page.is_empty() {
        let told = town.page_hears(1);
        assert!(told.headers.has(&HeaderName::RetryAfter));
        return Some(told.status.code());
    }
    None
}

#[test]
fn a_page_that_guesses_passwords_is_soon_asked_to_wait() {
    let mut town = Town::new();
    town.opens(1);
    let mut refused = None;
    let mut upward = 0;
    for at in 1..=100 {
        refused = tries(&mut town, at);
        if refused.is_some() {
            break;
        }
        let asked = town.server_gets();
        upward += 1;
        town.server_answers(&asked, 401, &[], None);
        assert_eq!(town.page_hears(1).status.code(), 401);
    }
    assert_eq!(refused, Some(503));
    assert!(upward < 50);
    town.wait(Duration::from_secs(20));
    assert_eq!(tries(&mut town, 101), None, "heard again after a while");
    town.server_gets();
}

#[test]
fn a_silent_registrar_is_not_buried_under_registers() {
    let mut town = Town::new();
    town.opens(1);
    let refused = (1..=100).find_map(|at| tries(&mut town, at));
    assert_eq!(refused, Some(503));
    assert!(town.to_server.len() < 50);
    town.closes(1);
    town.settle();
}
