//! A hook that asks a small HTTP server on loopback.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use engine_hook::{Endpoint, Hook, HookAnswers, HookSettings, Question};
use sbc_border::{Consult, Input, Verdict, Wake};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Answers each request with the next of these; what was asked comes out.
fn server(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (told, asked) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            told.send(request(&mut stream)).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
    }
}

fn http(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn hook(calls: Option<&str>, wake: Option<&str>) -> (Hook, HookAnswers) {
    let endpoint = |url: &str| Endpoint {
        url: url.parse().unwrap(),
        timeout: Duration::from_millis(500),
    };
    Hook::start(HookSettings {
        calls: calls.map(endpoint),
        wake: wake.map(endpoint),
    })
    .unwrap()
}

fn consult(id: u64) -> Question {
    Question::Consult(Consult {
        id,
        from: "alice@example.com".to_owned(),
        to: "+49301234567".to_owned(),
        uri: "sip:0301234567@example.com".to_owned(),
        peer: None,
        call_id: "abc".to_owned(),
        remote: "192.0.2.1:5060".parse().unwrap(),
    })
}

fn wait(answers: &mut HookAnswers) -> Input {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(10), answers.recv()).await })
        .expect("an answer in time")
        .unwrap()
}

#[test]
fn a_hook_names_a_route_or_refuses() {
    let (url, asked) = server(vec![
        http("200 OK", r#"{"route":["carrier"]}"#),
        http("200 OK", r#"{"refuse":403}"#),
        http("204 No Content", ""),
    ]);
    let (hook, mut answers) = hook(Some(&url), None);
    for (id, verdict) in [
        (1, Verdict::Route(vec!["carrier".to_owned()])),
        (
            2,
            Verdict::Refuse {
                status: 403,
                reason: None,
            },
        ),
        (3, Verdict::Continue),
    ] {
        hook.outlet().ask(consult(id)).unwrap();
        let Input::Decided(decided, told) = wait(&mut answers) else {
            panic!("no verdict");
        };
        assert_eq!((decided, told), (id, verdict));
        let asked = asked.recv().unwrap();
        assert!(asked.starts_with("POST /hook HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains(r#""from":"alice@example.com""#), "{asked}");
        assert!(asked.contains(r#""to":"+49301234567""#), "{asked}");
    }
}

#[test]
fn a_hook_that_errs_or_is_gone_or_says_too_much_or_nothing_is_no_answer() {
    let (url, _asked) = server(vec![
        http("500 Oops", ""),
        http("302 Found\r\nLocation: http://127.0.0.1:1/", ""),
        http("200 OK", "nonsense"),
        http("200 OK", &format!("\"{}\"", "x".repeat(20_000))),
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_owned(),
    ]);
    let (hook, mut answers) = hook(Some(&url), None);
    for id in 0..6 {
        hook.outlet().ask(consult(id)).unwrap();
        assert!(
            matches!(wait(&mut answers), Input::Decided(decided, Verdict::Unanswered) if decided == id)
        );
    }
}

#[test]
fn a_silent_hook_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (hook, mut answers) = hook(Some(&url), None);
    hook.outlet().ask(consult(1)).unwrap();
    assert!(matches!(
        wait(&mut answers),
        Input::Decided(1, Verdict::Unanswered)
    ));
}

#[test]
fn more_questions_than_have_room_are_unanswered_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (hook, _answers) = hook(Some(&url), None);
    let outlet = hook.outlet();
    let refused = (0..2000)
        .filter(|id| outlet.ask(consult(*id)).is_err())
        .count();
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_sleeper_is_woken_or_not() {
    let (url, asked) = server(vec![http("202 Accepted", ""), http("410 Gone", "")]);
    let (hook, mut answers) = hook(None, Some(&url));
    let wake = |wake| {
        Question::Wake(Wake {
            wake,
            address_of_record: "alice@example.com".to_owned(),
            provider: "webpush".to_owned(),
            prid: "token".to_owned(),
            param: String::new(),
            caller: "bob@example.com".to_owned(),
            method: "INVITE".to_owned(),
        })
    };
    hook.outlet().ask(wake(1)).unwrap();
    assert!(asked.recv().unwrap().contains(r#""prid":"token""#));
    hook.outlet().ask(wake(2)).unwrap();
    assert!(
        matches!(wait(&mut answers), Input::Unwoken(2)),
        "the first needs no answer"
    );
    hook.outlet().ask(consult(9)).unwrap();
    assert!(
        matches!(wait(&mut answers), Input::Decided(9, Verdict::Unanswered)),
        "nobody to ask"
    );
}
