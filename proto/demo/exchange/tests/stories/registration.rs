use crate::town::{Phone, SECOND, Town, at};
use sip_message::{HeaderName, Method};

#[test]
fn a_telephone_registers_with_its_password() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let response = town.registers(&mut alice);
    assert_eq!(response.status.code(), 200);
    let contacts = response.headers.contacts().unwrap();
    assert_eq!(contacts.len(), 1);
    assert_eq!(format!("<{}>", contacts[0].uri), alice.contact());
    assert_eq!(contacts[0].params.value("expires"), Some("600"));
    assert_eq!(town.exchange.contacts(), 1);
    town.settles();
}

#[test]
fn a_wrong_password_is_refused() {
    let mut town = Town::new();
    let mut mallory = Phone::new("alice", "looking-glass", at(66, 5060));
    assert_eq!(town.registers(&mut mallory).status.code(), 401);
    assert_eq!(town.exchange.contacts(), 0);
}

#[test]
fn an_unknown_user_is_refused_like_a_wrong_password() {
    let mut town = Town::new();
    let mut mallory = Phone::new("mallory", "", at(66, 5060));
    assert_eq!(town.registers(&mut mallory).status.code(), 401);
}

#[test]
fn nobody_registers_for_another() {
    let (mut town, mut bob) = (Town::new(), Phone::bob());
    let mut request = bob.register(600);
    request
        .headers
        .set(HeaderName::To, "<sip:alice@example.org>");
    let (_, response) = town.asks(&mut bob, request);
    assert_eq!(response.status.code(), 403);
    assert_eq!(town.exchange.contacts(), 0);
}

#[test]
fn a_registration_ends_when_nobody_renews_it() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    town.registers(&mut alice);
    town.wait(SECOND * 599);
    assert_eq!(town.exchange.contacts(), 1);
    town.registers(&mut alice);
    assert_eq!(town.exchange.contacts(), 1, "the same telephone");
    town.wait(SECOND * 600);
    assert_eq!(town.exchange.contacts(), 0);
    assert_eq!(town.exchange.poll_timeout(), None);
}

#[test]
fn too_short_a_registration_gets_423() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let request = alice.register(9);
    let (_, response) = town.asks(&mut alice, request);
    assert_eq!(response.status.code(), 423);
    assert_eq!(response.headers.get(&HeaderName::MinExpires), Some("10"));
    assert_eq!(town.exchange.contacts(), 0);
}

#[test]
fn a_long_registration_is_cut() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let request = alice.register(1_000_000);
    let (_, response) = town.asks(&mut alice, request);
    let contacts = response.headers.contacts().unwrap();
    assert_eq!(contacts[0].params.value("expires"), Some("3600"));
}

#[test]
fn a_telephone_signs_off_and_the_others_stay() {
    let (mut town, mut desk) = (Town::new(), Phone::alice());
    let mut mobile = Phone::new("alice", "wonderland", at(11, 5060));
    town.registers(&mut desk);
    let mut request = mobile.register(600);
    request.headers.set(HeaderName::CallId, "mobile");
    let (_, response) = town.asks(&mut mobile, request);
    assert_eq!(response.headers.contacts().unwrap().len(), 2);
    let request = desk.register(0);
    let (_, response) = town.asks(&mut desk, request);
    let left = response.headers.contacts().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(format!("<{}>", left[0].uri), mobile.contact());
}

#[test]
fn a_star_removes_all_but_only_with_expires_0() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    town.registers(&mut alice);
    for (expires, status, left) in [(600, 400, 1), (0, 200, 0)] {
        let mut request = alice.register(expires);
        request.headers.set(HeaderName::Contact, "*");
        let (_, response) = town.asks(&mut alice, request);
        assert_eq!(response.status.code(), status);
        assert_eq!(town.exchange.contacts(), left);
    }
}

#[test]
fn a_question_without_contact_tells_what_is_bound() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    town.registers(&mut alice);
    town.wait(SECOND * 100);
    let mut request = alice.register(600);
    request.headers.remove(&HeaderName::Contact);
    let (_, response) = town.asks(&mut alice, request);
    let contacts = response.headers.contacts().unwrap();
    assert_eq!(contacts[0].params.value("expires"), Some("500"));
}

#[test]
fn a_reloaded_browser_replaces_itself_by_its_instance() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    for page in ["one", "two"] {
        let mut request = alice.register(600);
        request.headers.set(HeaderName::CallId, page);
        let contact = format!("<sip:{page}@192.0.2.10>;+sip.instance=\"<urn:uuid:7>\";reg-id=1");
        request.headers.set(HeaderName::Contact, contact);
        let (_, response) = town.asks(&mut alice, request);
        let contacts = response.headers.contacts().unwrap();
        assert_eq!(contacts.len(), 1);
        assert_eq!(contacts[0].uri.user.as_deref(), Some(page));
        assert_eq!(
            contacts[0].params.value("+sip.instance"),
            Some("<urn:uuid:7>")
        );
    }
}

#[test]
fn a_late_register_does_not_undo_a_newer_one() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let old = alice.register(0);
    let (mut old, _) = town.asks(&mut alice, old);
    town.registers(&mut alice);
    // The same CSeq as before, by a request that is none of the transactions seen.
    let branch = "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKlate;rport";
    old.headers.set(HeaderName::Via, branch);
    alice
        .digest
        .authorize(&mut old, &mut proto_base::Random::from_number(4));
    town.send(alice.at, old);
    assert_eq!(town.final_for(alice.at).status.code(), 500);
    assert_eq!(town.exchange.contacts(), 1);
}

#[test]
fn options_to_the_exchange_itself_is_answered() {
    let (mut town, mut alice) = (Town::new(), Phone::alice());
    let request = alice.request(Method::Options, "sip:192.0.2.1");
    let (_, response) = town.asks(&mut alice, request);
    assert_eq!(response.status.code(), 200);
    assert!(response.headers.has_token(&HeaderName::Allow, "INVITE"));
    town.settles();
}
