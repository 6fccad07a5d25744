//! A packet that a worker relays allocates nothing: demultiplexer, session and verdict included.
//!
//! SAFETY of the one island of `unsafe` here: `Counting` hands every call on to the system's allocator with the arguments
//! unchanged, so it keeps `GlobalAlloc`'s contract as that one does; what it adds, a thread-local counter of a plain integer,
//! neither allocates nor unwinds.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods
)]

use control_command::{
    Direction, DtlsRole, Fingerprint, Format, IcePlan, LegId, LegPlan, PayloadMap, RemoteIce,
    RemoteRtp, RemoteWebRtc, Route, RtpPlan, SessionId, SessionPlan, TransportPlan, WebRtcPlan,
    WorkerCommand,
};
use media_worker::{Output, PUBLIC, PUBLIC_SOCKETS, Slot, Verdict, Worker, WorkerPlan};
use proto_base::{NetworkId, Random, SocketId, Time};
use rtc_dtls::{Association, Identity, Role, generate_certificate};
use rtc_ice::check::Check;
use rtc_ice::{Credentials, TransactionId};
use rtc_srtp::{Profile, SendContext, SrtpKeys};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PASSWORD: &str = "our-password-of-22-chars";
/// The first socket that a worker asks for: the telephone's RTP port.
const PHONE_SOCKET: SocketId = SocketId(PUBLIC_SOCKETS);

fn browser() -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 7], 50000))
}

fn phone() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 9], 4000))
}

fn port(number: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], number))
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

fn plan(browsers: &Identity) -> SessionPlan {
    let web = WebRtcPlan {
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
                digest: browsers.fingerprint().to_vec(),
            }],
            dtls_role: DtlsRole::Server,
        }),
    };
    let pair = RtpPlan {
        protection: control_command::Protection::Plain,
        local_rtp: port(20000),
        local_rtcp: port(20001),
        remote: Some(RemoteRtp {
            rtp: phone(),
            rtcp: SocketAddr::new(phone().ip(), 4001),
            signalled_from: None,
            generation: 1,
        }),
    };
    SessionPlan {
        session: SessionId(1),
        worker: 0,
        legs: vec![
            leg(0, TransportPlan::WebRtc(web)),
            leg(1, TransportPlan::Rtp(pair)),
        ],
        routes: vec![route(0, 1), route(1, 0)],
    }
}

struct Scene {
    now: Time,
    worker: Worker,
    browser: Association,
    srtp: Option<SendContext>,
}

impl Scene {
    /// A call with its handshake done.
    fn new() -> Self {
        let epoch = Instant::now();
        let now = Time::from_micros(1_000_000);
        let (certificate, private_key) = generate_certificate().unwrap();
        let mut worker = Worker::new(
            WorkerPlan {
                worker: 0,
                certificate,
                private_key,
                epoch,
            },
            Random::from_number(1),
        );
        let (certificate, key) = generate_certificate().unwrap();
        let identity = Identity::new(certificate, key, epoch).unwrap();
        worker.command(now, WorkerCommand::Apply(plan(&identity)));
        let mut scene = Self {
            now,
            worker,
            browser: Association::new(now, &identity, Role::Client),
            srtp: None,
        };
        let check = Check {
            transaction: TransactionId([1; 12]),
            priority: 1,
            tie_breaker: 1,
            nominate: true,
        };
        let check = check.to_bytes(
            &Credentials::new("brow", "-"),
            &Credentials::new("0000ours", PASSWORD),
        );
        assert_eq!(scene.hand(PUBLIC, browser(), &check).0, Verdict::Consumed);
        scene.shake_hands();
        scene
    }

    fn shake_hands(&mut self) {
        while self.srtp.is_none() {
            while let Some(output) = self.worker.poll_output() {
                if let Output::Transmit { bytes, .. } = output
                    && bytes[0] >= 20
                {
                    self.browser.handle_datagram(self.now, &bytes);
                }
            }
            match self.browser.poll_output() {
                Some(rtc_dtls::Output::Transmit(bytes)) => {
                    self.hand(PUBLIC, browser(), &bytes);
                }
                Some(rtc_dtls::Output::Connected(keys)) => {
                    let profile = Profile::AeadAes256Gcm;
                    let keys = SrtpKeys::from_dtls(profile, &keys.octets, true).unwrap();
                    self.srtp = Some(SendContext::new(profile, &keys.local));
                }
                Some(_) => {}
                None => panic!("the handshake stands still"),
            }
        }
    }

    /// Hands a packet over; the verdict, and what it allocated.
    fn hand(&mut self, socket: SocketId, from: SocketAddr, bytes: &[u8]) -> (Verdict, u64) {
        let mut buffer = bytes.to_vec();
        buffer.resize(bytes.len() + 64, 0);
        let mut slot = Slot {
            buffer: &mut buffer,
            length: bytes.len(),
        };
        let before = ALLOCATIONS.get();
        let verdict = self
            .worker
            .handle_datagram(self.now, socket, from, &mut slot);
        (verdict, ALLOCATIONS.get() - before)
    }
}

fn rtp(ssrc: u8, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([0, 0, 0, ssrc]);
    packet.extend([0x55; 160]);
    packet
}

#[test]
fn packets_are_relayed_without_an_allocation() {
    let mut scene = Scene::new();
    let mut relayed = 0;
    for sequence in 0..300 {
        scene.now = scene.now + Duration::from_millis(20);
        let plain = rtp(77, sequence);
        let mut sealed = rtp(88, sequence);
        let length = sealed.len();
        sealed.resize(length + 64, 0);
        let end = scene
            .srtp
            .as_mut()
            .unwrap()
            .protect_rtp(&mut sealed, length)
            .unwrap();
        sealed.truncate(end);
        for (socket, from, packet) in [
            (PUBLIC, browser(), &sealed),
            (PHONE_SOCKET, phone(), &plain),
        ] {
            let (verdict, allocations) = scene.hand(socket, from, packet);
            assert!(matches!(verdict, Verdict::Forward { .. }), "{verdict:?}");
            // The first packets tell events and bring new SSRCs.
            if sequence > 0 {
                assert_eq!(allocations, 0, "packet {sequence} on {socket:?}");
                relayed += 1;
            }
            while scene.worker.poll_output().is_some() {}
        }
    }
    assert_eq!(relayed, 598);
}

#[test]
fn what_is_refused_costs_no_allocation_either() {
    let mut scene = Scene::new();
    let stranger = SocketAddr::from(([192, 0, 2, 66], 6666));
    for (socket, from, packet) in [
        (PUBLIC, stranger, rtp(1, 1)),
        (PUBLIC, browser(), rtp(1, 1)),
        (PHONE_SOCKET, stranger, rtp(1, 1)),
        (PUBLIC, stranger, vec![22; 200]),
        (PUBLIC, stranger, vec![0; 100]),
        (PUBLIC, stranger, vec![255; 1200]),
    ] {
        let (verdict, allocations) = scene.hand(socket, from, &packet);
        assert_eq!((verdict, allocations), (Verdict::Drop, 0));
    }
}
