//! What is answered here, and what never is.

use super::{Desk, ONE, PAGE, TWO, ours, register};
use crate::{Change, Mode, Terms, Unprepared, Upward};
use proto_base::Flow;
use sip_message::{HeaderName, Headers, Request};
use std::time::Duration;

const THREE: Flow = Flow::Connection(3);

fn throttled(mode: Mode) -> Desk {
    Desk::on(Terms {
        mode,
        outgoing_expires: 3600,
        min_expires: 60,
        max_expires: 1800,
        ..Terms::mirror(4)
    })
}

fn other() -> String {
    PAGE.replace("urn:uuid:1", "urn:uuid:2")
}

fn upward(pending: &crate::Pending, request: &Request) -> Request {
    pending.request(Upward {
        request,
        contact: "sip:10.0.0.1:5060".parse().unwrap(),
        carried: Headers::new(),
        max_forwards: 69,
    })
}

#[test]
fn a_refresh_is_answered_here_while_the_registrars_binding_lasts() {
    for mode in [Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        let request = register("alice", Some(PAGE), Some(600));
        let first = desk.prepare(ONE, &request).unwrap();
        let sent = upward(&first, &request);
        assert_eq!(sent.headers.expires(), Ok(Some(3600)));
        let contact = sent.headers.contacts().unwrap().remove(0);
        assert_eq!(contact.params.value("expires"), Some("3600"));
        let granted = desk.granted(&first, &[ours(&first, 3600)]);
        assert_eq!(granted.contacts, [format!("{PAGE};expires=600")]);
        let mut absorbed = 0;
        loop {
            desk.waits(590);
            match desk.arrives(ONE, &request).unwrap() {
                crate::Prepared::Absorbed(granted) => {
                    assert_eq!(granted.contacts, [format!("{PAGE};expires=600")]);
                    let left = desk.bindings.left_upward(desk.now, &first.scope).unwrap();
                    assert!(left >= 600, "the promise is kept upward, too: {left}");
                    absorbed += 1;
                }
                crate::Prepared::Upward(_) => break,
            }
        }
        assert_eq!(absorbed, 5);
    }
}

#[test]
fn p1_a_new_connection_or_contact_is_never_added_without_the_registrars_word() {
    for mode in [Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        let request = register("alice", Some(PAGE), Some(600));
        desk.bind(ONE, &request, 3600);
        // The same page from elsewhere, another page from elsewhere, another page from here.
        desk.prepare(TWO, &request).unwrap();
        let stranger = register("alice", Some(&other()), Some(600));
        let claim = desk.prepare(TWO, &stranger).unwrap();
        desk.prepare(ONE, &stranger).unwrap();
        assert_eq!(desk.bindings.len(), 1);
        let mut refused = super::ok(&[], None);
        refused.status = sip_message::StatusCode::of(403);
        desk.hears(&claim, &refused);
        assert_eq!(desk.bindings.len(), 1);
        assert!(!desk.bindings.has_proved(TWO, "alice@example.com"));
        // And the page that is bound is not disturbed by it.
        desk.absorbed(ONE, &request);
    }
}

#[test]
fn p2_unregister_and_register_again_both_go_up_o1804() {
    for mode in [Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        let request = register("alice", Some(PAGE), Some(600));
        desk.bind(ONE, &request, 3600);
        let gone = desk
            .prepare(ONE, &register("alice", Some(PAGE), Some(0)))
            .unwrap();
        let sent = upward(&gone, &register("alice", Some(PAGE), Some(0)));
        assert_eq!(sent.headers.expires(), Ok(Some(0)));
        // Before the registrar has spoken, the page thinks again.
        let back = desk.prepare(ONE, &request).unwrap();
        desk.granted(&back, &[ours(&back, 3600)]);
        desk.granted(&gone, &[]);
        assert_eq!(desk.bindings.len(), 1, "the older answer changes nothing");
        assert!(desk.bindings.find(back.token()).is_some());
    }
}

#[test]
fn p2_a_challenged_refresh_goes_up_again_with_its_credentials_o1156() {
    let mut desk = throttled(Mode::Contact);
    let request = register("alice", Some(PAGE), Some(600));
    desk.bind(ONE, &request, 3600);
    for _ in 0..5 {
        desk.waits(590);
        desk.absorbed(ONE, &request);
    }
    desk.waits(590);
    let refresh = desk.prepare(ONE, &request).unwrap();
    desk.bindings.refused(&refresh, true);
    let again = desk.prepare(ONE, &request).unwrap();
    assert_eq!(again.registration.call_id, refresh.registration.call_id);
    assert!(again.registration.cseq > refresh.registration.cseq);
}

#[test]
fn p2_one_phone_going_leaves_the_others_o2615() {
    let mut desk = throttled(Mode::AddressOfRecord);
    let (first, _) = desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    let (second, _) = desk.bind(TWO, &register("alice", Some(&other()), Some(600)), 3600);
    assert_eq!(first.token(), second.token(), "one Contact for the user");
    assert!(second.registration.cseq > first.registration.cseq);
    let gone = desk.absorbed(ONE, &register("alice", Some(PAGE), Some(0)));
    assert!(matches!(gone.change, Change::Unbound(ref gone) if gone.len() == 1));
    assert!(gone.contacts.is_empty());
    let called = desk.bindings.called(first.token()).unwrap();
    assert_eq!(called.reachable.len(), 1);
    assert_eq!(called.reachable[0].flow, Some(TWO));
    // The last one takes the Contact with it.
    let request = register("alice", Some(&other()), Some(0));
    let last = desk.prepare(TWO, &request).unwrap();
    assert_eq!(upward(&last, &request).headers.expires(), Ok(Some(0)));
    desk.granted(&last, &[]);
    assert!(desk.bindings.called(first.token()).is_none());
    assert!(desk.bindings.registrations.is_empty());
}

#[test]
fn p2_a_phone_that_unregisters_from_elsewhere_proves_itself_and_leaves_the_others() {
    let mut desk = throttled(Mode::AddressOfRecord);
    desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    desk.bind(TWO, &register("alice", Some(&other()), Some(600)), 3600);
    let request = register("alice", Some(PAGE), Some(0));
    let proof = desk.prepare(THREE, &request).unwrap();
    let sent = upward(&proof, &request);
    assert_eq!(sent.headers.expires(), Ok(Some(3600)), "a refresh in truth");
    assert_eq!(desk.bindings.len(), 2);
    desk.granted(&proof, &[ours(&proof, 3600)]);
    assert_eq!(desk.bindings.len(), 1);
    assert!(desk.bindings.has_proved(TWO, "alice@example.com"));
}

#[test]
fn p2_the_last_phone_does_not_take_the_contact_from_one_that_is_just_coming() {
    let mut desk = throttled(Mode::AddressOfRecord);
    desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    let coming = desk
        .prepare(TWO, &register("alice", Some(&other()), Some(600)))
        .unwrap();
    let request = register("alice", Some(PAGE), Some(0));
    let granted = desk.absorbed(ONE, &request);
    assert!(matches!(granted.change, Change::Unbound(_)));
    desk.granted(&coming, &[ours(&coming, 3600)]);
    assert_eq!(
        desk.bindings
            .of_address_of_record("alice@example.com")
            .len(),
        1
    );
}

#[test]
fn p2_two_phones_that_register_at_once_are_one_contact_o3471() {
    let mut desk = throttled(Mode::AddressOfRecord);
    let one = desk
        .prepare(ONE, &register("alice", Some(PAGE), Some(600)))
        .unwrap();
    let two = desk
        .prepare(TWO, &register("alice", Some(&other()), Some(600)))
        .unwrap();
    assert_eq!(one.token(), two.token());
    desk.granted(&two, &[ours(&two, 3600)]);
    desk.granted(&one, &[ours(&one, 3600)]);
    let called = desk.bindings.called(one.token()).unwrap();
    assert_eq!(called.reachable.len(), 2);
}

#[test]
fn p2_two_expiries_behind_one_contact_never_shorten_the_registrars_o2368() {
    let mut desk = throttled(Mode::AddressOfRecord);
    let long = register("alice", Some(PAGE), Some(1800));
    let (first, _) = desk.bind(ONE, &long, 3600);
    let request = register("alice", Some(&other()), Some(60));
    let second = desk.prepare(TWO, &request).unwrap();
    assert_eq!(upward(&second, &request).headers.expires(), Ok(Some(3600)));
    let granted = desk.granted(&second, &[ours(&second, 3600)]);
    assert_eq!(granted.contacts, [format!("{};expires=60", other())]);
    desk.waits(61);
    assert_eq!(desk.bindings.len(), 1);
    assert_eq!(desk.bindings.find(first.token()).unwrap().flow, Some(ONE));
    assert!(desk.bindings.left_upward(desk.now, &first.scope) > Some(3500));
}

#[test]
fn a_reloaded_page_replaces_its_own_binding_at_once() {
    for mode in [Mode::Mirror, Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        let (first, _) = desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
        let reloaded = PAGE.replace("abc", "def");
        let request = register("alice", Some(&reloaded), Some(600));
        let (second, _) = desk.bind(TWO, &request, 3600);
        assert_eq!(first.token(), second.token());
        assert_eq!(desk.bindings.len(), 1);
        let binding = desk.bindings.find(first.token()).unwrap();
        assert_eq!(binding.flow, Some(TWO));
        assert_eq!(binding.uri.user.as_deref(), Some("def"));
    }
}

#[test]
fn a_contact_that_says_something_new_goes_up() {
    let mut desk = throttled(Mode::Contact);
    desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    let timed = format!("{PAGE};expires=500");
    desk.absorbed(ONE, &register("alice", Some(&timed), None));
    let video = format!("{PAGE};video");
    desk.prepare(ONE, &register("alice", Some(&video), Some(600)))
        .unwrap();
}

#[test]
fn what_the_registrar_still_holds_is_known_without_a_browser() {
    let mut desk = throttled(Mode::Contact);
    let (pending, _) = desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    desk.waits(601);
    assert!(desk.bindings.is_empty());
    let called = desk.bindings.called(pending.token()).unwrap();
    assert_eq!(called.address_of_record, "alice@example.com");
    assert!(called.reachable.is_empty());
    // Whoever comes back is the same to the registrar.
    let (again, _) = desk.bind(TWO, &register("alice", Some(PAGE), Some(600)), 3600);
    assert_eq!(again.token(), pending.token());
    assert_eq!(again.registration.call_id, pending.registration.call_id);
    desk.waits(4000);
    assert!(desk.bindings.called(pending.token()).is_none());
    assert!(desk.bindings.registrations.is_empty());
    assert_eq!(desk.bindings.deadline(), None);
}

#[test]
fn times_are_bounded_and_too_brief_ones_refused() {
    let mut desk = throttled(Mode::Contact);
    let brief = register("alice", Some(PAGE), Some(5));
    assert_eq!(
        desk.arrives(ONE, &brief).unwrap_err(),
        Unprepared::TooBrief(60)
    );
    let (_, granted) = desk.bind(ONE, &register("alice", Some(PAGE), Some(99_999)), 99_999);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=1800")]);
}

#[test]
fn granted_times_deviate_by_chance_and_only_downwards() {
    let mut desk = throttled(Mode::Contact);
    desk.terms.deviation = 20;
    desk.terms.most = 100;
    let mut seen = std::collections::BTreeSet::new();
    for user in 0..40 {
        let request = register(&format!("user{user}"), Some(PAGE), Some(1000));
        desk.bind(ONE, &request, 3600);
        let aor = format!("user{user}@example.com");
        let left = desk
            .bindings
            .of_flow(ONE, &aor)
            .unwrap()
            .expires
            .since(desk.now);
        assert!(left >= Duration::from_secs(800) && left <= Duration::from_secs(1000));
        seen.insert(left);
    }
    assert!(seen.len() > 10);
}

#[test]
fn a_star_takes_all_from_the_registrar() {
    let mut desk = throttled(Mode::AddressOfRecord);
    let (first, _) = desk.bind(ONE, &register("alice", Some(PAGE), Some(600)), 3600);
    desk.bind(TWO, &register("alice", Some(&other()), Some(600)), 3600);
    let request = register("alice", Some("*"), Some(0));
    let star = desk.prepare(ONE, &request).unwrap();
    let sent = upward(&star, &request);
    assert_eq!(sent.headers.get(&HeaderName::Contact), Some("*"));
    // Nothing is taken for granted while it is on its way.
    let refresh = register("alice", Some(&other()), Some(600));
    desk.prepare(TWO, &refresh).unwrap();
    desk.granted(&star, &[]);
    assert!(desk.bindings.is_empty());
    let _ = first;
}

#[test]
fn nothing_is_left_of_tries_that_come_to_nothing() {
    for mode in [Mode::Mirror, Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        for at in 0..50 {
            let request = register(&format!("user{at}"), Some(PAGE), Some(600));
            let tried = desk.prepare(ONE, &request).unwrap();
            desk.bindings.refused(&tried, at % 2 == 0);
        }
        assert!(desk.bindings.registrations.len() <= 4);
        desk.bindings.flow_closed(ONE);
        assert!(desk.bindings.registrations.is_empty());
        assert!(desk.bindings.scope_of.is_empty());
        assert!(desk.bindings.attempting.is_empty());
    }
}

#[test]
fn pages_that_are_another_at_each_load_leave_no_more_than_some_behind() {
    for mode in [Mode::Mirror, Mode::Contact, Mode::AddressOfRecord] {
        let mut desk = throttled(mode);
        for load in 0..500 {
            let flow = Flow::Connection(1000 + load);
            let page = PAGE.replace("urn:uuid:1", &format!("urn:uuid:load{load}"));
            desk.bind(flow, &register("alice", Some(&page), Some(60)), 3600);
            desk.bindings.flow_closed(flow);
            desk.waits(1);
        }
        let held = desk.bindings.registrations.len();
        assert!(held <= 129, "{mode:?}: {held}");
        assert!(desk.bindings.len() <= 64);
        desk.waits(4000);
        assert!(desk.bindings.registrations.is_empty());
        assert!(desk.bindings.scope_of.is_empty() && desk.bindings.by_until.is_empty());
    }
}
