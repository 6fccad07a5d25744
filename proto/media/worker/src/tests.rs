//! What a broken invariant costs: one session.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods
)]

use crate::{MAX_SESSIONS, Output, PUBLIC_SOCKETS, Slot, Verdict, Worker, WorkerPlan};
use control_command::{
    Direction, DtlsRole, Fingerprint, IcePlan, LegId, LegPlan, MAX_LEGS, PayloadMap, RemoteIce,
    RemoteRtp, RemoteWebRtc, Route, RtpPlan, SessionId, SessionPlan, TransportPlan, WebRtcPlan,
    What, WorkerCommand,
};
use proto_base::{NetworkId, Random, SocketId, Time};
use rtc_dtls::generate_certificate;
use rtc_ice::check::Check;
use rtc_ice::{Credentials, TransactionId};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

fn ours(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

fn phone(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 9], port))
}

/// A session between two phones, on ports of its own.
fn plan(session: u64) -> SessionPlan {
    let base = u16::try_from(10_000 + 10 * (session % 5_000)).unwrap();
    let leg = |id: u8| LegPlan {
        leg: LegId(id),
        network: NetworkId(0),
        transport: TransportPlan::Rtp(RtpPlan {
            protection: control_command::Protection::Plain,
            local_rtp: ours(base + 2 * u16::from(id)),
            local_rtcp: ours(base + 2 * u16::from(id) + 1),
            remote: Some(RemoteRtp {
                rtp: phone(base + 2 * u16::from(id)),
                rtcp: phone(base + 2 * u16::from(id) + 1),
                signalled_from: None,
                generation: 1,
            }),
        }),
        direction: Direction::SendRecv,
        formats: vec![control_command::Format {
            payload_type: 0,
            encoding: "PCMU".to_owned(),
            clock_rate: 8000,
            channels: 1,
        }],
        ssrc: 1 + u32::from(id),
        cname: "c".to_owned(),
    };
    let route = |from, to| Route {
        from: LegId(from),
        to: LegId(to),
        payload_types: vec![PayloadMap { from: 0, to: 0 }],
        transcodes: Vec::new(),
        open: true,
    };
    SessionPlan {
        session: SessionId(session),
        worker: 0,
        legs: vec![leg(0), leg(1)],
        routes: vec![route(0, 1), route(1, 0)],
    }
}

fn worker() -> Worker {
    let (certificate, private_key) = generate_certificate().unwrap();
    Worker::new(
        WorkerPlan {
            worker: 0,
            certificate,
            private_key,
            epoch: Instant::now(),
        },
        Random::from_number(1),
    )
}

fn now() -> Time {
    Time::from_micros(1_000_000)
}

fn outputs(worker: &mut Worker) -> Vec<Output> {
    std::iter::from_fn(|| worker.poll_output()).collect()
}

/// A packet of the first phone of a session, to the socket asked for as number `bound`, from one.
fn speak(worker: &mut Worker, bound: u32, session: u64, sequence: u16) -> Verdict {
    let mut buffer = vec![0; 300];
    buffer[0] = 0x80;
    buffer[2..4].copy_from_slice(&sequence.to_be_bytes());
    buffer[11] = 77;
    let from = phone(u16::try_from(10_000 + 10 * session).unwrap());
    let mut slot = Slot {
        buffer: &mut buffer,
        length: 172,
    };
    let socket = SocketId(PUBLIC_SOCKETS - 1 + bound);
    worker.handle_datagram(now(), socket, from, &mut slot)
}

#[test]
fn a_session_that_breaks_is_ended_alone() {
    let mut worker = worker();
    for session in 0..2 {
        worker.command(now(), WorkerCommand::Apply(plan(session)));
    }
    assert_eq!(outputs(&mut worker).len(), 8, "eight ports");
    assert!(matches!(
        speak(&mut worker, 1, 0, 1),
        Verdict::Forward { .. }
    ));
    assert!(matches!(
        speak(&mut worker, 5, 1, 1),
        Verdict::Forward { .. }
    ));
    outputs(&mut worker);

    let place = worker.sessions.place_of(SessionId(0)).unwrap();
    worker.sessions.get_mut(place).unwrap().is_broken = true;
    assert_eq!(speak(&mut worker, 1, 0, 2), Verdict::Drop);
    let said = outputs(&mut worker);
    let closed = said
        .iter()
        .filter(|output| matches!(output, Output::Unbind { .. }))
        .count();
    assert_eq!(closed, 4);
    let Some(Output::Event(event)) = said.last() else {
        panic!("{said:?}");
    };
    assert_eq!(event.session, SessionId(0));
    assert!(matches!(&event.what, What::Ended(counters) if counters[0].packets_received == 1));
    assert_eq!(worker.counters().sessions_broken, 1);

    assert!(matches!(
        speak(&mut worker, 5, 1, 2),
        Verdict::Forward { .. }
    ));
    assert_eq!(speak(&mut worker, 1, 0, 3), Verdict::Drop);
    worker.command(now(), WorkerCommand::Close(SessionId(1)));
    outputs(&mut worker);
    assert!(worker.is_idle());
}

#[test]
fn a_session_too_many_is_refused_and_the_others_stay() {
    let mut worker = worker();
    for session in 0..MAX_SESSIONS as u64 {
        let mut small = plan(session);
        small.legs.clear();
        small.routes.clear();
        worker.command(now(), WorkerCommand::Apply(small));
    }
    outputs(&mut worker);
    worker.command(now(), WorkerCommand::Apply(plan(1_000_000)));
    let said = outputs(&mut worker);
    assert!(
        matches!(&said[..], [Output::Event(event)] if event.session == SessionId(1_000_000)
            && event.what == What::Ended(vec![]))
    );
    assert_eq!(worker.session_count(), MAX_SESSIONS);
    worker.command(now(), WorkerCommand::Close(SessionId(0)));
    worker.command(now(), WorkerCommand::Apply(plan(1_000_000)));
    assert_eq!(worker.session_count(), MAX_SESSIONS);
}

#[test]
fn a_length_beyond_the_buffer_is_refused() {
    let mut worker = worker();
    let mut buffer = [0x80; 20];
    let mut slot = Slot {
        buffer: &mut buffer,
        length: 21,
    };
    let verdict = worker.handle_datagram(now(), crate::PUBLIC, phone(1), &mut slot);
    assert_eq!(verdict, Verdict::Drop);
}

#[test]
fn deadlines_are_indexed_and_time_goes_on() {
    let mut worker = worker();
    for session in 0..50 {
        worker.command(now(), WorkerCommand::Apply(plan(session)));
    }
    outputs(&mut worker);
    let mut clock = now();
    for _ in 0..500 {
        let Some(at) = worker.poll_timeout() else {
            break;
        };
        assert!(at > clock, "a timer that has fired is not asked for again");
        clock = at;
        worker.handle_timeout(clock);
        outputs(&mut worker);
        assert!(worker.deadlines.len() <= 50);
    }
    for session in 0..50 {
        worker.command(clock, WorkerCommand::Close(SessionId(session)));
    }
    outputs(&mut worker);
    assert!(worker.is_idle());
}

#[test]
fn an_unusable_certificate_is_told_and_only_browsers_suffer() {
    let plan_of_worker = WorkerPlan {
        worker: 0,
        certificate: vec![1],
        private_key: vec![2],
        epoch: Instant::now(),
    };
    let mut worker = Worker::new(plan_of_worker.clone(), Random::from_number(1));
    assert!(worker.check().is_err());
    assert!(!format!("{plan_of_worker:?}").contains("private_key"));
    let mut plan = plan(0);
    plan.legs[0].transport = TransportPlan::WebRtc(WebRtcPlan {
        local_ufrag: "0000abcd".to_owned(),
        local_pwd: "p".repeat(22),
        ice: IcePlan::Lite,
        remote: None,
    });
    worker.command(now(), WorkerCommand::Apply(plan));
    let said = outputs(&mut worker);
    assert!(said.iter().any(|output| matches!(
        output,
        Output::Event(event) if matches!(event.what, What::DtlsFailed(_))
    )));
}

/// A check from `from` that came in on `socket`.
fn check(worker: &mut Worker, at: Time, socket: SocketId, from: SocketAddr, nominate: bool) {
    let check = Check {
        transaction: TransactionId([from.port() as u8; 12]),
        priority: 1,
        tie_breaker: 1,
        nominate,
    };
    let bytes = check.to_bytes(
        &Credentials::new("them", "their-password-of-22-ch"),
        &Credentials::new("0000abcd", "p".repeat(22)),
    );
    let mut buffer = bytes.clone();
    buffer.resize(bytes.len() + 64, 0);
    let mut slot = Slot {
        buffer: &mut buffer,
        length: bytes.len(),
    };
    let verdict = worker.handle_datagram(at, socket, from, &mut slot);
    assert_eq!(verdict, Verdict::Consumed);
}

fn sent(worker: &mut Worker) -> Vec<(SocketId, SocketAddr)> {
    let outputs = outputs(worker).into_iter();
    let transmits = outputs.filter_map(|output| match output {
        Output::Transmit { socket, to, .. } => Some((socket, to)),
        _ => None,
    });
    transmits.collect()
}

#[test]
fn each_pair_keeps_to_the_local_address_that_it_was_checked_on() {
    let mut worker = worker();
    let mut plan = plan(0);
    plan.legs[0].transport = TransportPlan::WebRtc(WebRtcPlan {
        local_ufrag: "0000abcd".to_owned(),
        local_pwd: "p".repeat(22),
        ice: IcePlan::Lite,
        remote: Some(RemoteWebRtc {
            ice: RemoteIce::default(),
            ufrag: "them".to_owned(),
            pwd: "their-password-of-22-ch".to_owned(),
            candidates: Vec::new(),
            fingerprints: vec![Fingerprint {
                algorithm: "sha-256".to_owned(),
                digest: vec![0; 32],
            }],
            dtls_role: DtlsRole::Client,
        }),
    });
    worker.command(now(), WorkerCommand::Apply(plan));
    outputs(&mut worker);
    let (first, second) = (SocketId(0), SocketId(1));
    let (chosen, spare) = (phone(1), phone(2));
    check(&mut worker, now(), first, chosen, true);
    let said = sent(&mut worker);
    assert_eq!(
        said,
        [(first, chosen), (first, chosen)],
        "and a ClientHello"
    );
    // A browser keeps its other pairs alive: by IPv6, say, and our sockets are of one family each.
    check(&mut worker, now(), second, spare, false);
    assert_eq!(sent(&mut worker), [(second, spare)]);
    let repeated = now() + Duration::from_millis(200);
    worker.handle_timeout(repeated);
    assert_eq!(
        sent(&mut worker),
        [(first, chosen)],
        "the ClientHello again"
    );
    check(&mut worker, repeated, second, spare, true);
    assert_eq!(sent(&mut worker), [(second, spare)]);
}

#[test]
fn a_leg_that_a_plan_no_longer_has_is_let_go_and_said_so_once() {
    let mut worker = worker();
    let both = plan(1);
    worker.command(now(), WorkerCommand::Apply(both.clone()));
    outputs(&mut worker);
    let mut alone = both.clone();
    alone.legs.pop();
    alone.routes.clear();
    for _ in 0..2 {
        worker.command(now(), WorkerCommand::Apply(alone.clone()));
    }
    let told = outputs(&mut worker);
    let unbound = |it: &&Output| matches!(it, Output::Unbind { .. });
    assert_eq!(told.iter().filter(unbound).count(), 2);
    let ended: Vec<_> = told
        .iter()
        .filter_map(|output| match output {
            Output::Event(event) => Some(event),
            _ => None,
        })
        .collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].leg, Some(LegId(1)));
    assert!(matches!(ended[0].what, What::LegEnded(_)));
    assert!(
        matches!(told.last(), Some(Output::Event(_))),
        "after its ports are closed"
    );
    // It may come back, on the same ports.
    worker.command(now(), WorkerCommand::Apply(both));
    let told = outputs(&mut worker);
    let bound = |it: &&Output| matches!(it, Output::Bind { .. });
    assert_eq!(told.iter().filter(bound).count(), 2);
}

#[test]
fn as_many_legs_as_negotiation_gives_are_taken() {
    let mut worker = worker();
    let mut many = plan(1);
    many.legs = (0..MAX_LEGS)
        .map(|leg| {
            let id = u8::try_from(leg).unwrap();
            let mut leg = many.legs[0].clone();
            leg.leg = LegId(id);
            leg.ssrc = 1 + u32::from(id);
            if let TransportPlan::Rtp(rtp) = &mut leg.transport {
                rtp.local_rtp.set_port(20_000 + 2 * u16::from(id));
                rtp.local_rtcp.set_port(20_001 + 2 * u16::from(id));
            }
            leg
        })
        .collect();
    worker.command(now(), WorkerCommand::Apply(many));
    let bound = outputs(&mut worker);
    assert_eq!(bound.len(), 2 * MAX_LEGS);
    worker.command(now(), WorkerCommand::Close(SessionId(1)));
    let ended = outputs(&mut worker).into_iter().any(|it| {
        matches!(it, Output::Event(event) if matches!(&event.what, What::Ended(legs) if legs.len() == MAX_LEGS))
    });
    assert!(ended && worker.is_idle());
}
