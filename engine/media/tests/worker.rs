//! A worker on real sockets: a browser's connectivity check is answered, a stranger's is not, and ports come and go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use control_command::{
    Direction, DtlsRole, Event, Fingerprint, Format, IcePlan, LegId, LegPlan, PayloadMap,
    RemoteIce, RemoteRtp, RemoteWebRtc, Route, RtpPlan, SessionId, SessionPlan, TransportPlan,
    WebRtcPlan, What, WorkerCommand,
};
use engine_media::{Media, MediaSettings};
use proto_base::NetworkId;
use rtc_ice::check::{Check, Response, response};
use rtc_ice::{Credentials, Message, TransactionId};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

const SESSION: SessionId = SessionId(1);
const NETWORK: NetworkId = NetworkId(0);

fn started() -> (Media, Receiver<Event>) {
    let (certificate, private_key) = rtc_dtls::generate_certificate().unwrap();
    let (sender, receiver) = sync_channel(100);
    let settings = MediaSettings {
        workers: 1,
        public: vec!["127.0.0.1:0".parse().unwrap()],
        certificate,
        private_key,
        epoch: Instant::now(),
    };
    let sink = move |event| {
        sender.try_send(event).map_err(|error| match error {
            std::sync::mpsc::TrySendError::Full(event)
            | std::sync::mpsc::TrySendError::Disconnected(event) => event,
        })
    };
    (Media::start(settings, Arc::new(sink)).unwrap(), receiver)
}

fn ours() -> Credentials {
    Credentials::new("0000ours", "a-password-of-22-chars-")
}

fn theirs() -> Credentials {
    Credentials::new("them", "another-password-of-22-")
}

fn browser_leg() -> LegPlan {
    let (local, remote) = (ours(), theirs());
    LegPlan {
        leg: LegId(0),
        network: NETWORK,
        transport: TransportPlan::WebRtc(WebRtcPlan {
            local_ufrag: local.ufrag.clone(),
            local_pwd: local.pwd.clone(),
            ice: IcePlan::Lite,
            remote: Some(RemoteWebRtc {
                ice: RemoteIce::default(),
                ufrag: remote.ufrag.clone(),
                pwd: remote.pwd.clone(),
                candidates: Vec::new(),
                fingerprints: vec![Fingerprint {
                    algorithm: "sha-256".to_owned(),
                    digest: vec![0; 32],
                }],
                dtls_role: DtlsRole::Server,
            }),
        }),
        direction: Direction::SendRecv,
        formats: vec![pcmu()],
        ssrc: 1,
        cname: "one".to_owned(),
    }
}

fn phone_leg(leg: u8, local: SocketAddr, remote: SocketAddr) -> LegPlan {
    let above = |address: SocketAddr| SocketAddr::new(address.ip(), address.port() + 1);
    LegPlan {
        leg: LegId(leg),
        network: NETWORK,
        transport: TransportPlan::Rtp(RtpPlan {
            protection: control_command::Protection::Plain,
            local_rtp: local,
            local_rtcp: above(local),
            remote: Some(RemoteRtp {
                rtp: remote,
                rtcp: above(remote),
                signalled_from: Some(remote.ip()),
                generation: 0,
            }),
        }),
        direction: Direction::SendRecv,
        formats: vec![pcmu()],
        ssrc: 100 + u32::from(leg),
        cname: format!("leg {leg}"),
    }
}

fn pcmu() -> Format {
    Format {
        payload_type: 0,
        encoding: "PCMU".to_owned(),
        clock_rate: 8000,
        channels: 1,
    }
}

fn apply(legs: Vec<LegPlan>) -> WorkerCommand {
    let route = |from: u8, to: u8| Route {
        from: LegId(from),
        to: LegId(to),
        payload_types: vec![PayloadMap { from: 0, to: 0 }],
        transcodes: Vec::new(),
        open: true,
    };
    let routes = if legs.len() == 2 {
        vec![route(0, 1), route(1, 0)]
    } else {
        Vec::new()
    };
    WorkerCommand::Apply(SessionPlan {
        session: SESSION,
        worker: 0,
        legs,
        routes,
    })
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket
}

/// An even port that is free, and the one above.
fn free_pair() -> SocketAddr {
    (0..100)
        .find_map(|_| {
            let rtp = UdpSocket::bind("127.0.0.1:0").ok()?.local_addr().ok()?;
            let even = rtp.port().is_multiple_of(2).then_some(rtp)?;
            UdpSocket::bind(("127.0.0.1", even.port() + 1)).ok()?;
            Some(even)
        })
        .expect("there are free ports")
}

fn check(transaction: u8) -> Check {
    Check {
        transaction: TransactionId([transaction; 12]),
        priority: 1,
        tie_breaker: 7,
        nominate: true,
    }
}

#[test]
fn a_browsers_check_is_answered_and_a_strangers_is_not() {
    let (media, events) = started();
    let public = media.public_addresses()[0];
    assert!(media.commands().command(0, apply(vec![browser_leg()])));
    let browser = socket();
    let strange = check(1).to_bytes(
        &theirs(),
        &Credentials::new("0000ours", "a-wrong-password-of-22-"),
    );
    let good = check(2).to_bytes(&theirs(), &ours());
    let mut room = [0; 1500];
    // The command and the first checks race; a browser repeats its checks too.
    browser
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let length = (0..400)
        .find_map(|_| {
            browser.send_to(&strange, public).unwrap();
            browser.send_to(&good, public).unwrap();
            browser.recv(&mut room).ok()
        })
        .expect("an answer");
    let message = Message::parse(&room[..length]).unwrap();
    let (transaction, answer) = response(&message, &ours().pwd).expect("authentic");
    assert_eq!(
        transaction,
        TransactionId([2; 12]),
        "only the one who knows the password is answered"
    );
    assert_eq!(answer, Response::Valid(browser.local_addr().unwrap()));
    let event = events.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(
        event.what,
        What::IceConnected(browser.local_addr().unwrap())
    );
    assert!(
        !media.commands().command(1, WorkerCommand::Close(SESSION)),
        "no such worker"
    );
}

#[test]
fn packets_of_two_phones_are_relayed_and_their_ports_freed() {
    let (media, events) = started();
    let (one, two) = (socket(), socket());
    let (local_one, local_two) = (free_pair(), free_pair());
    let legs = vec![
        phone_leg(0, local_one, one.local_addr().unwrap()),
        phone_leg(1, local_two, two.local_addr().unwrap()),
    ];
    assert!(media.commands().command(0, apply(legs)));
    let packet = |sequence: u8| {
        let mut packet = vec![0x80, 0, 0, sequence, 0, 0, 0, 160, 0, 0, 0, 9];
        packet.extend([sequence; 160]);
        packet
    };
    two.set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let mut room = [0; 1500];
    let mut sequence = 0;
    let (length, from) = (0..200)
        .find_map(|_| {
            sequence += 1;
            one.send_to(&packet(sequence), local_one).unwrap();
            two.recv_from(&mut room).ok()
        })
        .expect("relayed");
    assert_eq!(from, local_two, "symmetric RTP");
    assert_eq!(length, 172);

    media.commands().command(0, WorkerCommand::Close(SESSION));
    let ended = loop {
        let event = events.recv_timeout(Duration::from_secs(20)).unwrap();
        if let What::Ended(counters) = event.what {
            break counters;
        }
    };
    assert!(ended[0].packets_received > 0);
    // The worker has counted by now: it told the end in a later turn.
    assert!(media.counters().sent.load(Ordering::Relaxed) > 0);
    media.stop();
    UdpSocket::bind(local_one).expect("free again");
}

/// Two telephones, their ports at the worker, and what goes from the one to the other.
struct Phones {
    one: UdpSocket,
    two: UdpSocket,
    local_one: SocketAddr,
    local_two: SocketAddr,
}

impl Phones {
    fn new() -> Self {
        let (one, two) = (socket(), socket());
        two.set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        Self {
            one,
            two,
            local_one: free_pair(),
            local_two: free_pair(),
        }
    }

    fn opened(&self) -> WorkerCommand {
        apply(vec![
            phone_leg(0, self.local_one, self.one.local_addr().unwrap()),
            phone_leg(1, self.local_two, self.two.local_addr().unwrap()),
        ])
    }

    fn say(&self, sequence: u8) {
        let mut packet = vec![0x80, 0, 0, sequence, 0, 0, 0, 160, 0, 0, 0, 9];
        packet.extend([sequence; 160]);
        self.one.send_to(&packet, self.local_one).unwrap();
    }

    /// Says so until it is heard; what it is by the octets of its payload.
    fn talk(&self, said: u8) -> Vec<u8> {
        let mut heard = Vec::new();
        for _ in 0..200 {
            self.say(said);
            let mut room = [0; 1500];
            while let Ok(length) = self.two.recv(&mut room) {
                heard.push(room[length - 1]);
            }
            if heard.contains(&said) {
                return heard;
            }
        }
        panic!("not relayed");
    }
}

fn until_ended(events: &Receiver<Event>) {
    while !matches!(
        events.recv_timeout(Duration::from_secs(20)).unwrap().what,
        What::Ended(_)
    ) {}
}

#[test]
fn a_port_is_kept_for_the_next_call_and_nothing_of_the_last_one_meets_it() {
    let (media, events) = started();
    let (phones, counters) = (Phones::new(), media.counters());
    for round in 1..4 {
        media.commands().command(0, phones.opened());
        assert!(phones.talk(round).iter().all(|heard| *heard == round));
        media.commands().command(0, WorkerCommand::Close(SESSION));
        until_ended(&events);
        UdpSocket::bind(phones.local_one).expect_err("it is kept");
        // What was on its way, and what the telephone says after the end.
        let before = counters.strays.load(Ordering::Relaxed);
        phones.say(100);
        while counters.strays.load(Ordering::Relaxed) == before {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    media.stop();
}

#[test]
fn a_port_where_somebody_goes_on_talking_is_closed_and_opened_again_when_it_is_wanted() {
    let (media, events) = started();
    let phones = Phones::new();
    media.commands().command(0, phones.opened());
    phones.talk(1);
    media.commands().command(0, WorkerCommand::Close(SESSION));
    until_ended(&events);
    let closed = (0..2000).any(|_| {
        phones.say(100);
        std::thread::sleep(Duration::from_millis(1));
        UdpSocket::bind(phones.local_one).is_ok()
    });
    assert!(closed);
    media.commands().command(0, phones.opened());
    phones.talk(2);
    media.stop();
}

#[test]
fn a_port_that_is_taken_is_told() {
    let (media, events) = started();
    let (one, two) = (socket(), socket());
    let (taken, free) = (free_pair(), free_pair());
    let _holder = UdpSocket::bind(taken).unwrap();
    let legs = vec![
        phone_leg(0, taken, one.local_addr().unwrap()),
        phone_leg(1, free, two.local_addr().unwrap()),
    ];
    media.commands().command(0, apply(legs));
    let event = events.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(event.what, What::PortUnavailable(taken));
}

#[test]
fn a_certificate_that_is_none_is_told_at_the_start() {
    let settings = MediaSettings {
        workers: 1,
        public: vec!["127.0.0.1:0".parse().unwrap()],
        certificate: vec![1],
        private_key: vec![2],
        epoch: Instant::now(),
    };
    assert!(Media::start(settings, Arc::new(Err)).is_err());
}

#[test]
fn the_public_port_is_told_when_taken_and_free_after_the_end() {
    let (media, _events) = started();
    let public = media.public_addresses()[0];
    let settings = MediaSettings {
        workers: 1,
        public: vec![public],
        certificate: Vec::new(),
        private_key: Vec::new(),
        epoch: Instant::now(),
    };
    let error = match Media::start(settings, Arc::new(Err)) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("two on one port"),
    };
    assert!(error.contains(&public.to_string()), "{error}");
    assert!(error.contains("another program has this port"), "{error}");
    media.stop();
    UdpSocket::bind(public).expect("free again");
}
