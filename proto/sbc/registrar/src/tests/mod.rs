//! One desk, two connections, and a registrar that says what each test wants.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use crate::{Bindings, Change, Claim, ClaimError, Granted, Pending, Prepared, Terms, Unprepared};
use proto_base::{Flow, Random, Time};
use sip_message::{HeaderName, Method, Request, Response, StatusCode};
use std::time::Duration;

const PAGE: &str = "<sip:abc@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:1>\";reg-id=1";
const ONE: Flow = Flow::Connection(1);
const TWO: Flow = Flow::Connection(2);

fn register(user: &str, contact: Option<&str>, expires: Option<u32>) -> Request {
    let mut request = Request::new(Method::Register, "sip:example.com".parse().unwrap());
    for (name, value) in [
        (HeaderName::From, format!("<sip:{user}@example.com>;tag=t")),
        (HeaderName::To, format!("<sip:{user}@EXAMPLE.com>")),
        (HeaderName::CallId, "c".to_owned()),
        (HeaderName::CSeq, "1 REGISTER".to_owned()),
    ] {
        request.headers.push(name, value);
    }
    if let Some(contact) = contact {
        request.headers.push(HeaderName::Contact, contact);
    }
    if let Some(expires) = expires {
        request.headers.push(HeaderName::Expires, expires);
    }
    request
}

struct Desk {
    bindings: Bindings,
    random: Random,
    now: Time,
    terms: Terms,
}

impl Desk {
    fn new() -> Self {
        Self::on(Terms::mirror(2))
    }

    fn on(terms: Terms) -> Self {
        Self {
            bindings: Bindings::new(),
            random: Random::from_number(3),
            now: Time::from_micros(5_000_000),
            terms,
        }
    }

    fn arrives(&mut self, flow: Flow, request: &Request) -> Result<Prepared, Unprepared> {
        let claim = Claim::read(request).unwrap();
        self.bindings
            .prepare(self.now, flow, claim, &self.terms, &mut self.random)
    }

    fn prepare(&mut self, flow: Flow, request: &Request) -> Result<Pending, Unprepared> {
        match self.arrives(flow, request)? {
            Prepared::Upward(pending) => Ok(*pending),
            Prepared::Absorbed(granted) => panic!("absorbed: {granted:?}"),
        }
    }

    fn absorbed(&mut self, flow: Flow, request: &Request) -> Granted {
        match self.arrives(flow, request).unwrap() {
            Prepared::Absorbed(granted) => granted,
            Prepared::Upward(pending) => panic!("goes up: {pending:?}"),
        }
    }

    fn granted(&mut self, pending: &Pending, contacts: &[String]) -> Granted {
        self.hears(pending, &ok(contacts, None))
    }

    fn hears(&mut self, pending: &Pending, response: &Response) -> Granted {
        self.bindings
            .granted(self.now, pending, true, response, &mut self.random)
    }

    fn waits(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.bindings.expire(self.now);
    }

    fn bind(&mut self, flow: Flow, request: &Request, seconds: u32) -> (Pending, Granted) {
        let pending = self.prepare(flow, request).unwrap();
        let ours = ours(&pending, seconds);
        let granted = self.granted(&pending, &[ours]);
        (pending, granted)
    }
}

fn ours(pending: &Pending, seconds: u32) -> String {
    format!("<sip:{}@10.0.0.1:5060>;expires={seconds}", pending.token())
}

fn ok(contacts: &[String], expires: Option<u32>) -> Response {
    let mut response = register("x", None, None).response(StatusCode::OK);
    for contact in contacts {
        response.headers.push(HeaderName::Contact, contact);
    }
    if let Some(expires) = expires {
        response.headers.push(HeaderName::Expires, expires);
    }
    response
}

#[test]
fn only_a_2xx_binds() {
    let mut desk = Desk::new();
    let pending = desk
        .prepare(ONE, &register("alice", Some(PAGE), None))
        .unwrap();
    let mut refused = ok(&[ours(&pending, 60)], None);
    refused.status = StatusCode::of(403);
    let granted = desk.hears(&pending, &refused);
    assert_eq!(granted.change, Change::Nothing);
    assert!(desk.bindings.is_empty());
    assert!(!desk.bindings.has_proved(ONE, "alice@example.com"));
    desk.granted(&pending, &[ours(&pending, 60)]);
    assert!(desk.bindings.has_proved(ONE, "alice@example.com"));
    assert!(!desk.bindings.has_proved(TWO, "alice@example.com"));
    assert!(!desk.bindings.has_proved(ONE, "bob@example.com"));
}

#[test]
fn the_contact_comes_back_as_written_with_the_seconds_granted() {
    let mut desk = Desk::new();
    let (_, granted) = desk.bind(ONE, &register("alice", Some(PAGE), None), 77);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=77")]);
    let with = format!("{PAGE};expires=600");
    let (_, granted) = desk.bind(ONE, &register("alice", Some(&with), None), 78);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=78")]);
    assert!(matches!(
        granted.change,
        Change::Bound {
            expires: 78,
            refreshed: true,
            ..
        }
    ));
}

#[test]
fn a_registrar_that_does_not_list_us_has_not_bound_us() {
    let mut desk = Desk::new();
    let pending = desk
        .prepare(ONE, &register("alice", Some(PAGE), None))
        .unwrap();
    let granted = desk.granted(&pending, &["<sip:other@10.0.0.9>;expires=60".to_owned()]);
    assert!(granted.contacts.is_empty());
    assert!(desk.bindings.is_empty());
    // One that lists nothing at all is taken at its word.
    let plain = ok(&[], Some(120));
    let granted = desk.hears(&pending, &plain);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=120")]);
}

#[test]
fn the_answer_to_an_older_register_does_not_move_the_binding_back() {
    let mut desk = Desk::new();
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    let slow = desk
        .prepare(ONE, &register("alice", Some(PAGE), None))
        .unwrap();
    let quick = desk
        .prepare(TWO, &register("alice", Some(PAGE), None))
        .unwrap();
    desk.granted(&quick, &[ours(&quick, 60)]);
    desk.granted(&slow, &[ours(&slow, 60)]);
    assert_eq!(desk.bindings.find(quick.token()).unwrap().flow, Some(TWO));
    let gone = desk
        .prepare(ONE, &register("alice", Some(PAGE), Some(0)))
        .unwrap();
    let back = desk
        .prepare(TWO, &register("alice", Some(PAGE), None))
        .unwrap();
    desk.granted(&back, &[ours(&back, 60)]);
    desk.granted(&gone, &[]);
    assert!(desk.bindings.has_proved(TWO, "alice@example.com"));
}

#[test]
fn one_device_going_leaves_the_other() {
    let mut desk = Desk::new();
    let other = PAGE.replace("urn:uuid:1", "urn:uuid:2");
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    desk.bind(TWO, &register("alice", Some(&other), None), 60);
    assert_eq!(desk.bindings.len(), 2);
    let gone = desk
        .prepare(ONE, &register("alice", Some(PAGE), Some(0)))
        .unwrap();
    let granted = desk.granted(&gone, &["<sip:z@10.0.0.9>".to_owned()]);
    assert!(matches!(granted.change, Change::Unbound(gone) if gone.len() == 1));
    assert!(granted.contacts.is_empty(), "nobody else's contacts");
    assert!(!desk.bindings.has_proved(ONE, "alice@example.com"));
    assert!(desk.bindings.has_proved(TWO, "alice@example.com"));
}

#[test]
fn a_star_removes_all_devices_of_one_and_nobody_elses() {
    let mut desk = Desk::new();
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    desk.bind(TWO, &register("alicea", Some(PAGE), None), 60);
    let all = desk
        .prepare(ONE, &register("alice", Some("*"), Some(0)))
        .unwrap();
    desk.granted(&all, &[]);
    assert!(!desk.bindings.has_proved(ONE, "alice@example.com"));
    assert!(desk.bindings.has_proved(TWO, "alicea@example.com"));
}

#[test]
fn a_query_shows_a_page_its_own_binding_only() {
    let mut desk = Desk::new();
    let other = PAGE.replace("urn:uuid:1", "urn:uuid:2");
    let (bound, _) = desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    desk.bind(TWO, &register("alice", Some(&other), None), 60);
    let query = desk.prepare(ONE, &register("alice", None, None)).unwrap();
    desk.now = desk.now + Duration::from_secs(10);
    let granted = desk.granted(&query, &[ours(&bound, 50)]);
    assert_eq!(granted.change, Change::Nothing);
    assert_eq!(granted.contacts, [format!("{PAGE};expires=50")]);
    // What the registrar has forgotten is not vouched for.
    let query = desk.prepare(ONE, &register("alice", None, None)).unwrap();
    assert!(desk.granted(&query, &[]).contacts.is_empty());
}

#[test]
fn bindings_end_in_their_order() {
    let mut desk = Desk::new();
    let other = PAGE.replace("urn:uuid:1", "urn:uuid:2");
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    desk.bind(ONE, &register("alice", Some(&other), None), 30);
    let start = desk.now;
    assert_eq!(
        desk.bindings.deadline(),
        Some(start + Duration::from_secs(30))
    );
    assert!(
        desk.bindings
            .expire(start + Duration::from_secs(29))
            .is_empty()
    );
    assert_eq!(
        desk.bindings.expire(start + Duration::from_secs(30)).len(),
        1
    );
    assert_eq!(
        desk.bindings.expire(start + Duration::from_secs(90)).len(),
        1
    );
    assert_eq!(desk.bindings.deadline(), None);
}

#[test]
fn a_flow_may_try_many_users_but_hold_few_bindings() {
    let mut desk = Desk::new();
    for at in 0..50 {
        let request = register(&format!("user{at}"), Some(PAGE), None);
        desk.prepare(ONE, &request).unwrap();
    }
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    desk.bind(ONE, &register("bob", Some(PAGE), None), 60);
    let carol = register("carol", Some(PAGE), None);
    assert_eq!(desk.prepare(ONE, &carol).unwrap_err(), Unprepared::Full);
    // A third binding taken over from another flow counts as well.
    desk.bind(TWO, &carol, 60);
    assert_eq!(desk.prepare(ONE, &carol).unwrap_err(), Unprepared::Full);
    // Its own are refreshed as before.
    desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
}

#[test]
fn claims_that_no_browser_makes_are_refused() {
    let read = |request: &Request| Claim::read(request).unwrap_err();
    let mut two = register("alice", Some(PAGE), None);
    two.headers.push(HeaderName::Contact, "<sip:evil@x>");
    assert_eq!(read(&two), ClaimError::Contacts);
    let star = register("alice", Some("*"), Some(60));
    assert_eq!(read(&star), ClaimError::Contacts);
    let mut third = register("alice", Some(PAGE), None);
    third
        .headers
        .set(HeaderName::From, "<sip:mallory@example.com>;tag=t");
    assert_eq!(read(&third), ClaimError::ThirdParty);
}

#[test]
fn the_way_home_is_forgotten_with_the_connection() {
    let mut desk = Desk::new();
    let (pending, _) = desk.bind(ONE, &register("alice", Some(PAGE), None), 60);
    assert_eq!(desk.bindings.flow_closed(ONE), ["alice@example.com"]);
    assert!(!desk.bindings.has_proved(ONE, "alice@example.com"));
    assert_eq!(desk.bindings.find(pending.token()).unwrap().flow, None);
    // Back on another connection: the same token, so the registrar's contact is the same.
    let (again, granted) = desk.bind(TWO, &register("alice", Some(PAGE), None), 60);
    assert_eq!(again.token(), pending.token());
    assert!(matches!(
        granted.change,
        Change::Bound {
            refreshed: false,
            ..
        }
    ));
}

mod extensions;
mod sequences;
mod throttling;
