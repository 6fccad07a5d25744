#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
//! A telephone and a registrar talk digest.

use proto_base::{Random, Time};
use sip_auth::{
    Algorithm, Asker, Client, Credentials, Denied, NONCE_LIFETIME, NONCES_REMEMBERED, Server,
    Unanswerable, Verified,
};
use sip_message::{HeaderName, Message, Method, Request, Response, StatusCode, parse};
use std::time::Duration;

fn register() -> Request {
    let text = "REGISTER sip:example.org SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@example.org>;tag=1\r\n\
        To: <sip:alice@example.org>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
    match parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("not a request"),
    }
}

/// A registrar that knows alice, its clock and its dice.
struct Registrar {
    server: Server,
    random: Random,
    now: Time,
}

impl Registrar {
    fn new() -> Self {
        let mut random = Random::from_number(1);
        Self {
            server: Server::new("example.org", &mut random),
            random,
            now: Time::from_micros(5_000_000),
        }
    }

    fn hears(&mut self, request: &Request) -> Result<Verified, Denied> {
        self.server.check(
            self.now,
            &mut self.random,
            Asker::UserAgent,
            request,
            |user| (user == "alice").then_some("wonderland"),
        )
    }

    fn refuses(&mut self, request: &Request) -> Response {
        self.hears(request).unwrap_err().answer(request)
    }
}

fn dice() -> Random {
    Random::from_number(2)
}

#[test]
fn alice_is_challenged_answers_and_is_let_in() {
    let mut registrar = Registrar::new();
    let mut alice = Client::new("alice", "wonderland");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    assert_eq!(challenge.status.code(), 401);
    assert_eq!(
        challenge
            .headers
            .get_all(&HeaderName::WwwAuthenticate)
            .count(),
        3,
        "one for each hash"
    );
    alice.answer(&challenge, &mut request, &mut dice()).unwrap();
    let credentials: Credentials = request
        .headers
        .get(&HeaderName::Authorization)
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(credentials.algorithm, Algorithm::Sha512Truncated256);
    assert_eq!(registrar.hears(&request).unwrap().user(), "alice");
}

#[test]
fn each_hash_lets_alice_in() {
    for algorithm in [
        Algorithm::Md5,
        Algorithm::Sha256,
        Algorithm::Sha512Truncated256,
    ] {
        let mut registrar = Registrar::new();
        registrar.server =
            Server::with_algorithms("example.org", &[algorithm], &mut registrar.random);
        let mut request = register();
        let challenge = registrar.refuses(&request);
        Client::new("alice", "wonderland")
            .answer(&challenge, &mut request, &mut dice())
            .unwrap();
        assert!(registrar.hears(&request).is_ok(), "{algorithm}");
    }
}

#[test]
fn a_wrong_password_is_refused_and_the_client_does_not_try_for_ever() {
    let mut registrar = Registrar::new();
    let mut mallory = Client::new("alice", "looking-glass");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    mallory
        .answer(&challenge, &mut request, &mut dice())
        .unwrap();
    let denied = registrar.hears(&request).unwrap_err();
    assert!(denied.wrong);
    assert!(denied.challenges().iter().all(|challenge| !challenge.stale));
    let again = mallory.answer(&denied.answer(&request), &mut request, &mut dice());
    assert_eq!(again, Err(Unanswerable::Refused));
}

#[test]
fn an_unknown_user_is_refused_like_a_wrong_password() {
    let mut registrar = Registrar::new();
    let mut request = register();
    let challenge = registrar.refuses(&request);
    // The password that an unknown user is silently compared with is empty.
    Client::new("nobody", "")
        .answer(&challenge, &mut request, &mut dice())
        .unwrap();
    assert!(registrar.hears(&request).unwrap_err().wrong);
}

#[test]
fn what_was_overheard_is_of_no_use_a_second_time() {
    let mut registrar = Registrar::new();
    let mut alice = Client::new("alice", "wonderland");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    alice.answer(&challenge, &mut request, &mut dice()).unwrap();
    registrar.hears(&request).unwrap();
    let denied = registrar.hears(&request).unwrap_err();
    assert!(!denied.wrong);
    assert!(denied.challenges().iter().all(|challenge| challenge.stale));
    // Nor for another method.
    let mut bye = request.clone();
    bye.method = Method::Bye;
    assert!(registrar.hears(&bye).unwrap_err().wrong);
}

#[test]
fn alice_goes_on_with_the_same_nonce_and_a_higher_counter() {
    let mut registrar = Registrar::new();
    let mut alice = Client::new("alice", "wonderland");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    alice.answer(&challenge, &mut request, &mut dice()).unwrap();
    let first = request.clone();
    registrar.hears(&request).unwrap();
    alice.authorize(&mut request, &mut dice());
    assert_eq!(
        request.headers.get_all(&HeaderName::Authorization).count(),
        1
    );
    registrar.hears(&request).unwrap();
    assert!(registrar.hears(&first).is_err());
}

#[test]
fn an_old_nonce_is_stale_and_alice_is_let_in_without_being_asked() {
    let mut registrar = Registrar::new();
    let mut alice = Client::new("alice", "wonderland");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    registrar.now = registrar.now + NONCE_LIFETIME + Duration::from_secs(1);
    alice.answer(&challenge, &mut request, &mut dice()).unwrap();
    let denied = registrar.hears(&request).unwrap_err();
    assert!(!denied.wrong);
    alice
        .answer(&denied.answer(&request), &mut request, &mut dice())
        .unwrap();
    assert!(registrar.hears(&request).is_ok());
}

#[test]
fn a_nonce_made_elsewhere_is_stale() {
    let mut registrar = Registrar::new();
    let mut other = Registrar::new();
    other.random = Random::from_number(99);
    other.server = Server::new("example.org", &mut other.random);
    let mut request = register();
    let challenge = other.refuses(&request);
    Client::new("alice", "wonderland")
        .answer(&challenge, &mut request, &mut dice())
        .unwrap();
    let denied = registrar.hears(&request).unwrap_err();
    assert!(!denied.wrong);
}

#[test]
fn counters_are_bounded_and_forgetting_lets_no_repeat_in() {
    let mut registrar = Registrar::new();
    let mut dice = dice();
    let mut first = None;
    for _ in 0..=NONCES_REMEMBERED {
        registrar.now = registrar.now + Duration::from_micros(10);
        let mut request = register();
        let challenge = registrar.refuses(&request);
        Client::new("alice", "wonderland")
            .answer(&challenge, &mut request, &mut dice)
            .unwrap();
        registrar.hears(&request).unwrap();
        first.get_or_insert(request);
    }
    assert!(
        registrar.hears(&first.unwrap()).is_err(),
        "overheard long ago"
    );
    let text = serde_json::to_string(&registrar.server).unwrap();
    assert!(text.len() < NONCES_REMEMBERED * 100);
}

#[test]
fn a_registrar_written_down_still_knows_its_nonces_and_counters() {
    let mut registrar = Registrar::new();
    let mut alice = Client::new("alice", "wonderland");
    let mut request = register();
    let challenge = registrar.refuses(&request);
    alice.answer(&challenge, &mut request, &mut dice()).unwrap();
    registrar.hears(&request).unwrap();
    let text = serde_json::to_string(&registrar.server).unwrap();
    registrar.server = serde_json::from_str(&text).unwrap();
    assert!(registrar.hears(&request).is_err(), "the repeat");
    alice.authorize(&mut request, &mut dice());
    assert!(registrar.hears(&request).is_ok(), "the next");
}

#[test]
fn a_proxy_and_a_registrar_are_answered_side_by_side() {
    let mut random = dice();
    let mut proxy = Server::new("proxy", &mut random);
    let mut request = register();
    let mut alice = Client::new("alice", "wonderland");
    let now = Time::ZERO;
    let known = |_: &str| Some("wonderland");
    let denied = proxy
        .check(now, &mut random, Asker::Proxy, &request, known)
        .unwrap_err();
    let response = denied.answer(&request);
    assert_eq!(response.status.code(), 407);
    alice.answer(&response, &mut request, &mut random).unwrap();
    let mut registrar = Registrar::new();
    let challenge = registrar.refuses(&request);
    alice.answer(&challenge, &mut request, &mut random).unwrap();
    assert!(registrar.hears(&request).is_ok());
    assert!(
        proxy
            .check(now, &mut random, Asker::Proxy, &request, known)
            .is_ok()
    );
}

#[test]
fn a_challenge_of_old_without_qop_is_answered_as_rfc_2069_did() {
    let mut response = register().response(StatusCode::of(401));
    response.headers.push(
        HeaderName::WwwAuthenticate,
        "Digest realm=\"example.org\",nonce=\"abc\", algorithm=MD5",
    );
    let mut request = register();
    Client::new("alice", "wonderland")
        .answer(&response, &mut request, &mut dice())
        .unwrap();
    let credentials: Credentials = request
        .headers
        .get(&HeaderName::Authorization)
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(credentials.qop_auth, None);
    // H(H(alice:example.org:wonderland):abc:H(REGISTER:sip:example.org)) by another implementation of MD5.
    assert_eq!(credentials.response, "5a3f2c23bbbea1d34a064a9cb3d056ff");
}

#[test]
fn challenges_of_unknown_schemes_and_hashes_are_passed_over() {
    let mut response = register().response(StatusCode::of(401));
    for value in [
        "Bearer authz_server=\"https://example.org\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA3-512, qop=\"auth\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=md5, qop=\"auth-int,auth\"",
    ] {
        response.headers.push(HeaderName::WwwAuthenticate, value);
    }
    let mut request = register();
    let mut alice = Client::new("alice", "wonderland");
    alice.answer(&response, &mut request, &mut dice()).unwrap();
    let value = request.headers.get(&HeaderName::Authorization).unwrap();
    assert!(value.contains("algorithm=MD5, qop=auth, nc=00000001, cnonce=\""));
    response
        .headers
        .set(HeaderName::WwwAuthenticate, "Digest realm=\"r\"");
    assert_eq!(
        alice.answer(&response, &mut register(), &mut dice()),
        Err(Unanswerable::NoChallenge)
    );
}

#[test]
fn names_with_quotes_survive_the_header() {
    let mut registrar = Registrar::new();
    let mut request = register();
    let challenge = registrar.refuses(&request);
    let name = "al\"ice\\ Jäsøn";
    Client::new(name, "wonderland")
        .answer(&challenge, &mut request, &mut dice())
        .unwrap();
    let credentials: Credentials = request
        .headers
        .get(&HeaderName::Authorization)
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(credentials.username, name);
}

#[test]
fn malformed_credentials_are_refused() {
    for value in [
        "",
        "Digest",
        "Digest username",
        "Digest username=",
        "Digest username=\"alice",
        "Digest username=\"alice\\",
        "Digest username=\"alice\" realm=\"example.org\"",
        "Digest username=\"a\", username=\"b\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\"",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth, nc=1, cnonce=\"c\"",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth, nc=+0000001, cnonce=\"c\"",
        "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth-int",
        "Basic YWxpY2U6d29uZGVybGFuZA==",
    ] {
        assert!(value.parse::<Credentials>().is_err(), "{value}");
    }
    let many = format!(
        "Digest {}",
        (0..40).map(|n| format!("p{n}=1,")).collect::<String>()
    );
    assert!(many.parse::<Credentials>().is_err());
}

#[test]
fn neither_password_nor_secret_is_printed() {
    let alice = format!("{:?}", Client::new("alice", "wonderland"));
    assert!(!alice.contains("wonderland"));
    assert!(!format!("{:?}", Registrar::new().server).contains("secret"));
}
