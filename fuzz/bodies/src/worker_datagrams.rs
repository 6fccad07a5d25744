//! Arbitrary datagrams on all sockets of a worker that carries one call.
#![expect(clippy::expect_used, reason = "a fuzz body speaks by panicking")]

use control_command::{
    Direction, DtlsRole, Fingerprint, Format, IcePlan, LegId, LegPlan, PayloadMap, RemoteIce,
    RemoteRtp, RemoteWebRtc, Route, RtpPlan, SessionId, SessionPlan, TransportPlan, WebRtcPlan,
    WorkerCommand,
};
use media_worker::{Output, PUBLIC, Slot, Verdict, Worker, WorkerPlan};
use proto_base::{NetworkId, Random, SocketId, Time};
use rtc_dtls::generate_certificate;
use rtc_ice::check::Check;
use rtc_ice::{Credentials, Message, TransactionId};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static PLAN: LazyLock<WorkerPlan> = LazyLock::new(|| {
    let (certificate, private_key) = generate_certificate().expect("a certificate is made");
    WorkerPlan {
        worker: 0,
        certificate,
        private_key,
        epoch: Instant::now(),
    }
});

const ROOM: usize = 64;
const CALL: SessionId = SessionId(1);
const PASSWORD: &str = "our-password-of-22-chars";

fn address(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], port))
}

fn browser() -> SocketAddr {
    address(1, 1000)
}

fn phone() -> SocketAddr {
    address(2, 2000)
}

fn stranger() -> SocketAddr {
    address(66, 6666)
}

fn leg(id: u8, transport: TransportPlan) -> LegPlan {
    LegPlan {
        leg: LegId(id),
        network: NetworkId(0),
        transport,
        direction: Direction::SendRecv,
        formats: vec![Format {
            payload_type: 0,
            encoding: "PCMU".to_owned(),
            clock_rate: 8000,
            channels: 1,
        }],
        ssrc: u32::from(id) + 1,
        cname: "c".to_owned(),
    }
}

fn route(from: u8, to: u8) -> Route {
    Route {
        from: LegId(from),
        to: LegId(to),
        payload_types: vec![PayloadMap { from: 0, to: 0 }],
        transcodes: Vec::new(),
        open: true,
    }
}

fn call() -> SessionPlan {
    SessionPlan {
        session: CALL,
        worker: 0,
        legs: vec![
            leg(
                0,
                TransportPlan::WebRtc(WebRtcPlan {
                    local_ufrag: "0000ours".to_owned(),
                    local_pwd: PASSWORD.to_owned(),
                    ice: IcePlan::Lite,
                    remote: Some(RemoteWebRtc {
                        ice: RemoteIce::default(),
                        ufrag: "brow".to_owned(),
                        pwd: "-".to_owned(),
                        candidates: vec![],
                        fingerprints: vec![Fingerprint {
                            algorithm: "sha-256".to_owned(),
                            digest: vec![0; 32],
                        }],
                        dtls_role: DtlsRole::Server,
                    }),
                }),
            ),
            leg(
                1,
                TransportPlan::Rtp(RtpPlan {
                    protection: control_command::Protection::Plain,
                    local_rtp: address(9, 20000),
                    local_rtcp: address(9, 20001),
                    remote: Some(RemoteRtp {
                        rtp: phone(),
                        rtcp: address(2, 2001),
                        signalled_from: None,
                        generation: 1,
                    }),
                }),
            ),
        ],
        routes: vec![route(0, 1), route(1, 0)],
    }
}

fn is_authentic(datagram: &[u8]) -> bool {
    Message::parse(datagram).is_ok_and(|message| message.is_authentic(PASSWORD))
}

/// Nothing is ever sent to a stranger, whatever he sends.
fn drain(worker: &mut Worker) {
    while let Some(output) = worker.poll_output() {
        if let Output::Transmit { to, .. } = output {
            assert_ne!(to, stranger());
        }
    }
}

fn hand(worker: &mut Worker, now: Time, socket: SocketId, from: SocketAddr, bytes: &[u8]) {
    let mut buffer = bytes.to_vec();
    buffer.resize(bytes.len() + ROOM, 0);
    let mut slot = Slot {
        buffer: &mut buffer,
        length: bytes.len(),
    };
    let verdict = worker.handle_datagram(now, socket, from, &mut slot);
    if let Verdict::Forward { to, range, .. } = verdict {
        assert!(range.start < range.end && range.end <= buffer.len());
        assert_ne!(to, stranger());
    }
    drain(worker);
}

/// Each datagram comes after an octet that says where (two bits), from whom (two bits) and how much later, and its length in
/// two octets.
pub fn worker_datagrams(bytes: &[u8]) {
    let mut worker = Worker::new(PLAN.clone(), Random::from_number(1));
    let mut now = Time::from_micros(1_000_000);
    worker.command(now, WorkerCommand::Apply(call()));
    drain(&mut worker);
    let check = Check {
        transaction: TransactionId([1; 12]),
        priority: 1,
        tie_breaker: 1,
        nominate: true,
    }
    .to_bytes(
        &Credentials::new("brow", "-"),
        &Credentials::new("0000ours", PASSWORD),
    );
    hand(&mut worker, now, PUBLIC, browser(), &check);

    let mut rest = bytes;
    while let [how, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (datagram, tail) = tail.split_at(length.min(tail.len()));
        rest = tail;
        let socket = SocketId(u32::from(how & 3));
        let from = match (how >> 2) & 3 {
            0 => browser(),
            1 => phone(),
            2 => address(2, 2001),
            // Whoever has our password is no stranger.
            _ if is_authentic(datagram) => browser(),
            _ => stranger(),
        };
        hand(&mut worker, now, socket, from, datagram);
        now = now + Duration::from_millis(u64::from(how >> 4) * 100);
        worker.handle_timeout(now);
        drain(&mut worker);
    }
    let snapshot = worker.snapshot();
    let mut again = Worker::restore(now, PLAN.clone(), Random::from_number(2), &snapshot)
        .expect("a worker reads its own snapshot");
    drain(&mut again);
    assert_eq!(again.snapshot(), snapshot, "and says the same");
    assert_eq!(worker.counters().sessions_broken, 0);
    worker.command(now, WorkerCommand::Close(CALL));
    drain(&mut worker);
    assert!(worker.is_idle());
}
