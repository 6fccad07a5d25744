#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use crate::{Due, Place, Rate, Settings, Standing, Trunk};
use proto_base::{Random, Time};
use sip_message::{HeaderName, Method, Request, Response, StatusCode};
use std::time::Duration;

const START: Time = Time::from_micros(1_000_000);

fn place() -> Place {
    Place {
        registrar: "sip:carrier.example".parse().unwrap(),
        address_of_record: "sip:4930123@carrier.example".parse().unwrap(),
        contact: "sip:4930123@203.0.113.5:5060".parse().unwrap(),
    }
}

fn settings() -> Settings {
    Settings {
        account: Some(("4930123".to_owned(), "secret".to_owned())),
        register: Some(Duration::from_secs(600)),
        probe: None,
        calls_per_second: None,
    }
}

struct Desk {
    trunk: Trunk,
    random: Random,
    now: Time,
}

impl Desk {
    fn new(settings: &Settings) -> Self {
        let mut random = Random::from_number(7);
        Self {
            trunk: Trunk::new(settings, &mut random),
            random,
            now: START,
        }
    }

    fn sends(&mut self) -> Request {
        let mut due = self.trunk.poll(self.now, &place(), &mut self.random);
        assert_eq!(due.len(), 1);
        match due.remove(0) {
            Due::Register(request) | Due::Probe(request) => request,
        }
    }

    fn hears(&mut self, request: &Request, code: u16, extra: &[(HeaderName, &str)]) -> Standing {
        let mut response: Response = request.response(StatusCode::of(code));
        for (name, value) in extra {
            response.headers.push(name.clone(), value);
        }
        self.trunk.registered(self.now, &response, &mut self.random)
    }

    fn waits(&mut self) -> Duration {
        let at = self.trunk.deadline().expect("something to wait for");
        let span = at.since(self.now);
        self.now = at;
        span
    }
}

const CHALLENGE: (HeaderName, &str) = (
    HeaderName::WwwAuthenticate,
    "Digest realm=\"carrier.example\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"",
);

#[test]
fn a_challenged_registration_is_answered_and_renewed_in_good_time() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    assert_eq!(first.method, Method::Register);
    assert!(!first.headers.has(&HeaderName::Authorization));
    let Standing::Again(again) = desk.hears(&first, 401, &[CHALLENGE]) else {
        panic!("the challenge was not answered");
    };
    assert!(again.headers.has(&HeaderName::Authorization));
    assert_eq!(again.headers.cseq().unwrap().number, 2);
    assert_eq!(again.headers.call_id(), first.headers.call_id());
    let granted = desk.hears(
        &again,
        200,
        &[(
            HeaderName::Contact,
            "<sip:4930123@203.0.113.5:5060>;expires=300",
        )],
    );
    assert_eq!(granted, Standing::Registered { expires: 300 });
    assert_eq!(desk.trunk.is_registered(), Some(true));
    let span = desk.waits();
    assert!(
        span < Duration::from_secs(270),
        "renewed too late: {span:?}"
    );
    assert!(
        span > Duration::from_secs(180),
        "renewed too early: {span:?}"
    );
    let renewal = desk.sends();
    assert!(
        renewal.headers.has(&HeaderName::Authorization),
        "known nonces spare a round trip"
    );
    assert_eq!(desk.hears(&renewal, 200, &[]), Standing::Same);
}

#[test]
fn a_refused_password_is_told_once_and_tried_again_ever_more_rarely() {
    let mut desk = Desk::new(&settings());
    let mut spans = Vec::new();
    for round in 0..12 {
        let first = desk.sends();
        let mut last = first.clone();
        let mut standing = desk.hears(&first, 401, &[CHALLENGE]);
        while let Standing::Again(again) = standing {
            last = *again;
            standing = desk.hears(&last, 401, &[CHALLENGE]);
        }
        assert!(last.headers.has(&HeaderName::Authorization));
        let told = standing == Standing::Lost { status: 401 };
        assert_eq!(told, round == 0, "round {round}");
        spans.push(desk.waits());
    }
    assert!(spans[0] >= Duration::from_secs(30) && spans[0] <= Duration::from_secs(60));
    assert!(spans[11] >= Duration::from_secs(900), "{spans:?}");
    assert!(spans.iter().all(|span| *span <= Duration::from_secs(1800)));
}

#[test]
fn a_registrar_that_comes_back_is_told_of() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    assert!(matches!(
        desk.hears(&first, 200, &[]),
        Standing::Registered { expires: 600 }
    ));
    desk.waits();
    desk.sends();
    let lost = desk.trunk.unregistered(desk.now, &mut desk.random);
    assert_eq!(lost, Standing::Lost { status: 408 });
    desk.waits();
    let again = desk.sends();
    assert!(matches!(
        desk.hears(&again, 200, &[]),
        Standing::Registered { .. }
    ));
}

#[test]
fn a_brief_interval_is_lengthened_as_the_registrar_wants_it() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    let standing = desk.hears(&first, 423, &[(HeaderName::MinExpires, "1800")]);
    let Standing::Again(again) = standing else {
        panic!("{standing:?}");
    };
    assert_eq!(again.headers.expires().unwrap(), Some(1800));
}

#[test]
fn retry_after_is_obeyed() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    desk.hears(
        &first,
        503,
        &[(HeaderName::RetryAfter, "600 (maintenance)")],
    );
    assert!(desk.waits() >= Duration::from_secs(600));
}

#[test]
fn who_leaves_takes_the_contact_back() {
    let mut desk = Desk::new(&settings());
    assert!(desk.trunk.end(&place(), &mut desk.random.clone()).is_none());
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    desk.hears(&first, 200, &[]);
    let last = desk.trunk.end(&place(), &mut desk.random).unwrap();
    assert_eq!(last.headers.expires().unwrap(), Some(0));
    assert_eq!(desk.trunk.deadline(), None);
}

#[test]
fn who_leaves_says_who_it_is_if_it_is_asked() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    desk.hears(&first, 200, &[]);
    let last = desk.trunk.end(&place(), &mut desk.random).unwrap();
    let Standing::Again(again) = desk.hears(&last, 401, &[CHALLENGE]) else {
        panic!("it was not answered");
    };
    assert_eq!(again.headers.expires().unwrap(), Some(0));
    assert!(again.headers.has(&HeaderName::Authorization));
    assert!(again.headers.cseq().unwrap().number > last.headers.cseq().unwrap().number);
    assert_eq!(desk.hears(&again, 200, &[]), Standing::Same);
    assert_eq!(desk.trunk.deadline(), None);
}

#[test]
fn who_leaves_while_it_is_asking_takes_that_back_too() {
    let mut desk = Desk::new(&settings());
    let first = desk.sends();
    let last = desk.trunk.end(&place(), &mut desk.random).unwrap();
    assert_eq!(last.headers.expires().unwrap(), Some(0));
    // The answer to the one that was out before says nothing of it.
    assert_eq!(desk.hears(&first, 401, &[CHALLENGE]), Standing::Same);
    assert!(matches!(
        desk.hears(&last, 401, &[CHALLENGE]),
        Standing::Again(_)
    ));
}

#[test]
fn two_probes_missed_in_a_row_are_needed_to_be_down() {
    let mut desk = Desk::new(&Settings {
        probe: Some(Duration::from_secs(30)),
        ..Settings::default()
    });
    assert_eq!(desk.sends().method, Method::Options);
    assert!(!desk.trunk.probed(desk.now, None, &mut desk.random));
    let sooner = desk.waits();
    assert!(sooner <= Duration::from_secs(8), "a miss is looked at soon");
    desk.sends();
    assert!(desk.trunk.probed(desk.now, None, &mut desk.random));
    desk.waits();
    desk.sends();
    assert!(
        !desk.trunk.probed(desk.now, Some(405), &mut desk.random),
        "any answer is a sign of life"
    );
    assert!(desk.waits() >= Duration::from_secs(27));
}

#[test]
fn a_rate_lets_so_many_through_in_any_second() {
    let mut rate = Rate::new(5, START);
    let burst = (0..20).filter(|_| rate.take(START)).count();
    assert_eq!(burst, 5);
    let mut through = 0;
    for millis in 1..=10_000_u64 {
        let now = START + Duration::from_millis(millis);
        through += usize::from(rate.take(now));
    }
    assert_eq!(through, 50);
}

#[test]
fn a_trunk_is_a_value() {
    let mut desk = Desk::new(&settings());
    desk.sends();
    let mut bytes = Vec::new();
    ciborium::into_writer(&desk.trunk, &mut bytes).unwrap();
    let copy: Trunk = ciborium::from_reader(bytes.as_slice()).unwrap();
    assert_eq!(format!("{copy:?}"), format!("{:?}", desk.trunk));
    assert!(!format!("{copy:?}").contains("secret"));
}
