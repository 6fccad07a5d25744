//! What an operator reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use engine_telemetry::{Redaction, Telemetry};
use proto_base::{Flow, Time};
use sbc_border::{CallRecord, Tell};
use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The lines that these events make, each so many seconds after the start.
fn lines(redaction: Redaction, tells: &[(u64, Tell)]) -> (Telemetry, Vec<String>) {
    let paper = Paper::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(paper.clone())
        .with_ansi(false)
        .without_time()
        .finish();
    let mut telemetry = Telemetry::new(redaction);
    tracing::subscriber::with_default(subscriber, || {
        for (second, tell) in tells {
            telemetry.tell(Time::ZERO + Duration::from_secs(*second), tell);
        }
    });
    let octets = paper.0.lock().unwrap().clone();
    let text = String::from_utf8(octets).unwrap();
    (telemetry, text.lines().map(str::to_owned).collect())
}

fn registered(user: &str) -> Tell {
    Tell::Registered {
        address_of_record: user.to_owned(),
        flow: Flow::Connection(7),
        remote: "203.0.113.9:50000".parse().unwrap(),
        expires: 600,
    }
}

fn a_call() -> [(u64, Tell); 3] {
    let (from, to) = (
        "sip:alice@example.com".to_owned(),
        "sip:200@example.com".to_owned(),
    );
    let record = CallRecord {
        call: 1,
        from: from.clone(),
        to: to.clone(),
        answered: true,
        duration_ms: 61_000,
        ended_by: "caller".to_owned(),
        codecs: vec!["PCMU/8000".to_owned()],
    };
    [
        (1, Tell::CallStarted { call: 1, from, to }),
        (
            3,
            Tell::CallAnswered {
                call: 1,
                after_ms: 2000,
            },
        ),
        (64, Tell::CallEnded(record)),
    ]
}

#[test]
fn a_call_is_one_line_with_all_there_is_to_know() {
    let (telemetry, lines) = lines(Redaction::Off, &a_call());
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    for part in [
        "INFO",
        "call ended",
        "from=sip:alice@example.com",
        "duration_ms=61000",
        "ended_by=caller",
        "PCMU/8000",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let counters = telemetry.counters();
    assert_eq!(counters.calls_answered.load(Ordering::Relaxed), 1);
    assert_eq!(counters.calls(), 0);
}

#[test]
fn a_registration_is_one_line_and_its_user_can_be_hidden() {
    let (_, told) = lines(Redaction::Off, &[(1, registered("sip:alice@example.com"))]);
    assert_eq!(told.len(), 1);
    assert!(
        told.concat().contains("user=sip:alice@example.com"),
        "{told:?}"
    );
    let (_, hidden) = lines(Redaction::On, &[(1, registered("sip:alice@example.com"))]);
    let hidden = hidden.concat();
    assert!(hidden.contains("user=sip:***@example.com"), "{hidden}");
    assert!(
        !hidden.contains("alice") && !hidden.contains("203.0.113.9"),
        "{hidden}"
    );
}

#[test]
fn a_name_with_line_breaks_stays_in_its_line() {
    let (_, told) = lines(
        Redaction::Off,
        &[(1, registered("sip:a\r\n ERROR all is lost@example.com"))],
    );
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn noise_is_told_once_a_minute_and_counted_each_time() {
    let noise: Vec<(u64, Tell)> = (0..90)
        .map(|second| {
            let tell = Tell::Malformed {
                remote: "198.51.100.1:5060".parse().unwrap(),
                why: "no Via\r\n".to_owned(),
            };
            (100 + second, tell)
        })
        .collect();
    let (telemetry, told) = lines(Redaction::Off, &noise);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.concat().contains("silent=59"), "{told:?}");
    assert_eq!(telemetry.counters().malformed.load(Ordering::Relaxed), 90);
}

#[test]
fn a_server_that_is_gone_is_worth_waking_for() {
    let (_, told) = lines(
        Redaction::Off,
        &[(
            1,
            Tell::ServerDown {
                server: "pbx".to_owned(),
                why: "no answer",
            },
        )],
    );
    assert!(told.concat().contains("WARN"), "{told:?}");
}
