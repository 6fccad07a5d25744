//! A worker, browsers and a phone on one wire, in virtual time.

use control_command::{
    Direction, DtlsRole, Event, Fingerprint, Format, IcePlan, LegId, LegPlan, PayloadMap,
    RemoteIce, RemoteRtp, RemoteWebRtc, Route, RtpPlan, SessionId, SessionPlan, TransportPlan,
    WebRtcPlan, What, WorkerCommand,
};
use media_worker::{Output, PUBLIC, Slot, Verdict, Worker, WorkerPlan};
use proto_base::{NetworkId, Random, SocketId, Time};
use rtc_dtls::{Role, generate_certificate};
use rtc_ice::Credentials;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testkit::web_peer::{WebPeer, WebRemote, WebTransmit};

/// One way over the wire.
const DELAY: Duration = Duration::from_millis(20);
pub const CALL: SessionId = SessionId(7);
pub const BROWSER: LegId = LegId(0);
pub const OTHER: LegId = LegId(1);

pub fn public() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 1], 40000))
}

pub fn browser_address(number: u8) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 10 + number], 50000))
}

pub fn phone() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 9], 4000))
}

pub fn phone_side(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

/// What becomes of the n-th datagram: how many copies arrive.
pub type Fate = Box<dyn FnMut(usize, &[u8]) -> usize>;

pub struct Scene {
    pub now: Time,
    pub worker: Worker,
    pub worker_plan: WorkerPlan,
    fingerprint: Vec<u8>,
    pub browsers: Vec<WebPeer>,
    pub plan: SessionPlan,
    pub sockets: BTreeMap<SocketId, SocketAddr>,
    pub phone_heard: Vec<Vec<u8>>,
    pub told: Vec<Event>,
    /// Datagrams from the worker to addresses where nobody is.
    pub astray: Vec<(SocketAddr, Vec<u8>)>,
    post: BTreeMap<(Time, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    stamps: u64,
    /// Datagrams carried so far.
    pub carried: usize,
    pub fate: Fate,
    sequence: u16,
}

pub fn credentials(leg: LegId, generation: u8) -> Credentials {
    let number = leg.0;
    Credentials::new(
        format!("0003leg{number}gen{generation}"),
        format!("password-of-leg-{number}-generation-{generation}"),
    )
}

fn leg(id: LegId, transport: TransportPlan) -> LegPlan {
    LegPlan {
        leg: id,
        network: NetworkId(0),
        transport,
        direction: Direction::SendRecv,
        formats: vec![Format {
            payload_type: 0,
            encoding: "PCMU".to_owned(),
            clock_rate: 8000,
            channels: 1,
        }],
        ssrc: 0x1000_0000 + u32::from(id.0),
        cname: "margrave".to_owned(),
    }
}

fn route(from: LegId, to: LegId) -> Route {
    Route {
        from,
        to,
        payload_types: vec![PayloadMap { from: 0, to: 0 }],
        transcodes: Vec::new(),
        open: true,
    }
}

impl Scene {
    fn new(browsers: u8) -> Self {
        let (certificate, private_key) = generate_certificate().unwrap();
        let worker_plan = WorkerPlan {
            worker: 3,
            certificate,
            private_key,
            epoch: Instant::now(),
        };
        let fingerprint = rtc_dtls::Identity::new(
            worker_plan.certificate.clone(),
            worker_plan.private_key.clone(),
            worker_plan.epoch,
        )
        .unwrap()
        .fingerprint();
        let worker = Worker::new(worker_plan.clone(), Random::from_number(1));
        worker.check().unwrap();
        Self {
            now: Time::from_micros(1_000_000),
            worker,
            worker_plan,
            fingerprint: fingerprint.to_vec(),
            browsers: (0..browsers)
                .map(|number| {
                    WebPeer::new(
                        browser_address(number),
                        Random::from_number(100 + u64::from(number)),
                    )
                })
                .collect(),
            plan: SessionPlan {
                session: CALL,
                worker: 3,
                legs: vec![],
                routes: vec![route(BROWSER, OTHER), route(OTHER, BROWSER)],
            },
            sockets: BTreeMap::from([(PUBLIC, public())]),
            phone_heard: Vec::new(),
            told: Vec::new(),
            astray: Vec::new(),
            post: BTreeMap::new(),
            stamps: 0,
            carried: 0,
            fate: Box::new(|_, _| 1),
            sequence: 100,
        }
    }

    /// A browser calls a phone; our part in DTLS is this.
    pub fn browser_and_phone(role: DtlsRole) -> Self {
        let mut scene = Self::new(1);
        let browser = scene.web_leg(BROWSER, 0, 0, role);
        scene.plan.legs = vec![
            browser,
            leg(
                OTHER,
                TransportPlan::Rtp(RtpPlan {
                    protection: control_command::Protection::Plain,
                    local_rtp: phone_side(20000),
                    local_rtcp: phone_side(20001),
                    remote: Some(RemoteRtp {
                        rtp: phone(),
                        rtcp: SocketAddr::new(phone().ip(), phone().port() + 1),
                        signalled_from: None,
                        generation: 1,
                    }),
                }),
            ),
        ];
        scene
    }

    /// A browser calls a browser; we are server to one and client to the other.
    pub fn two_browsers() -> Self {
        let mut scene = Self::new(2);
        scene.plan.legs = vec![
            scene.web_leg(BROWSER, 0, 0, DtlsRole::Server),
            scene.web_leg(OTHER, 1, 0, DtlsRole::Client),
        ];
        scene
    }

    fn web_leg(&self, id: LegId, browser: usize, generation: u8, role: DtlsRole) -> LegPlan {
        let ours = credentials(id, generation);
        let peer = &self.browsers[browser];
        leg(
            id,
            TransportPlan::WebRtc(WebRtcPlan {
                local_ufrag: ours.ufrag,
                local_pwd: ours.pwd,
                ice: IcePlan::Lite,
                remote: Some(RemoteWebRtc {
                    ice: RemoteIce::default(),
                    ufrag: peer.credentials().ufrag.clone(),
                    pwd: peer.credentials().pwd.clone(),
                    candidates: vec![],
                    fingerprints: vec![Fingerprint {
                        algorithm: "sha-256".to_owned(),
                        digest: peer.fingerprint().to_vec(),
                    }],
                    dtls_role: role,
                }),
            }),
        )
    }

    pub fn web(&mut self, id: LegId) -> &mut WebRtcPlan {
        let leg = self.plan.legs.iter_mut().find(|leg| leg.leg == id);
        match &mut leg.unwrap().transport {
            TransportPlan::WebRtc(plan) => plan,
            TransportPlan::Rtp(_) => panic!("a phone's leg"),
        }
    }

    /// The worker hears of the plan as it stands.
    pub fn apply(&mut self) {
        let command = WorkerCommand::Apply(self.plan.clone());
        self.worker.command(self.now, command);
        self.drain();
    }

    /// A browser hears of our description.
    pub fn answer(&mut self, browser: usize, id: LegId) {
        let plan = self.web(id).clone();
        let dtls = match plan.remote.as_ref().unwrap().dtls_role {
            DtlsRole::Client => Role::Server,
            DtlsRole::Server => Role::Client,
        };
        let remote = WebRemote {
            credentials: Credentials::new(plan.local_ufrag, plan.local_pwd),
            candidates: vec![public()],
            fingerprint: self.fingerprint.clone(),
            dtls,
        };
        let now = self.now;
        self.browsers[browser].set_remote(now, remote);
        self.drain();
    }

    /// Both sides have what they need.
    pub fn begin(&mut self) {
        self.apply();
        self.answer(0, BROWSER);
        if self.browsers.len() > 1 {
            self.answer(1, OTHER);
        }
    }

    pub fn connected(role: DtlsRole) -> Self {
        let mut scene = Self::browser_and_phone(role);
        scene.begin();
        scene.pass(Duration::from_secs(1));
        assert!(scene.browsers[0].is_connected());
        scene
    }

    /// An ICE restart of a browser: new credentials on both sides.
    pub fn restart(&mut self, id: LegId, browser: usize, generation: u8) {
        let ours = credentials(id, generation);
        let theirs = self.browsers[browser].restart_ice().clone();
        let web = self.web(id);
        (web.local_ufrag, web.local_pwd) = (ours.ufrag, ours.pwd);
        let remote = web.remote.as_mut().unwrap();
        (remote.ufrag, remote.pwd) = (theirs.ufrag, theirs.pwd);
    }

    fn mail(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let copies = (self.fate)(self.carried, &bytes);
        self.carried += 1;
        for _ in 0..copies {
            self.stamps += 1;
            self.post
                .insert((self.now + DELAY, self.stamps), (from, to, bytes.clone()));
        }
    }

    /// Everybody says what he has to say.
    pub fn drain(&mut self) {
        for number in 0..self.browsers.len() {
            while let Some(WebTransmit { from, to, bytes }) = self.browsers[number].poll_transmit()
            {
                self.mail(from, to, bytes);
            }
        }
        while let Some(output) = self.worker.poll_output() {
            match output {
                Output::Transmit { socket, to, bytes } => {
                    let from = self.sockets[&socket];
                    self.mail(from, to, bytes);
                }
                Output::Bind { socket, at } => {
                    assert!(!self.sockets.values().any(|bound| *bound == at), "{at}");
                    assert_eq!(self.sockets.insert(socket, at), None);
                }
                Output::Unbind { socket } => {
                    assert!(self.sockets.remove(&socket).is_some());
                }
                Output::Event(event) => self.told.push(event),
            }
        }
    }

    fn arrive(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        if let Some(browser) = self.browsers.iter_mut().find(|peer| peer.local() == to) {
            browser.handle_datagram(self.now, from, bytes);
        } else if to.ip() == phone().ip() {
            // RTCP comes on the port above.
            if to == phone() {
                self.phone_heard.push(bytes.to_vec());
            }
        } else if let Some(socket) = self.socket_at(to) {
            self.hand_over(socket, from, bytes);
        } else {
            self.astray.push((to, bytes.to_vec()));
        }
    }

    fn socket_at(&self, address: SocketAddr) -> Option<SocketId> {
        let mut sockets = self.sockets.iter();
        sockets
            .find(|(_, at)| **at == address)
            .map(|(socket, _)| *socket)
    }

    /// A datagram reaches the worker; the verdict is carried out.
    pub fn hand_over(&mut self, socket: SocketId, from: SocketAddr, bytes: &[u8]) -> Verdict {
        let mut buffer = bytes.to_vec();
        buffer.resize(bytes.len() + 64, 0);
        let mut slot = Slot {
            buffer: &mut buffer,
            length: bytes.len(),
        };
        let verdict = self
            .worker
            .handle_datagram(self.now, socket, from, &mut slot);
        if let Verdict::Forward { socket, to, range } = &verdict {
            let from = self.sockets[socket];
            self.mail(from, *to, buffer[range.clone()].to_vec());
        }
        verdict
    }

    /// Time passes, and what is under way arrives.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        self.drain();
        loop {
            let arrival = self.post.first_key_value().map(|((at, _), _)| *at);
            let timers = self.browsers.iter().filter_map(WebPeer::poll_timeout);
            let next = timers
                .chain(arrival)
                .chain(self.worker.poll_timeout())
                .min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            self.now = self.now.max(next);
            while let Some(entry) = self.post.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let (from, to, bytes) = entry.remove();
                self.arrive(from, to, &bytes);
                self.drain();
            }
            for browser in &mut self.browsers {
                if browser.poll_timeout().is_some_and(|at| at <= self.now) {
                    browser.handle_timeout(self.now);
                }
            }
            if self.worker.poll_timeout().is_some_and(|at| at <= self.now) {
                self.worker.handle_timeout(self.now);
            }
            self.drain();
        }
        self.now = until;
    }

    /// The next packet of somebody's stream.
    pub fn rtp(&mut self, ssrc: u32, payload: u8) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = vec![0x80, 0];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend((u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend([payload; 160]);
        packet
    }

    /// The browser speaks, so many packets of 20 ms.
    pub fn browser_speaks(&mut self, browser: usize, packets: usize, payload: u8) {
        for _ in 0..packets {
            let packet = self.rtp(0xB000 + u32::try_from(browser).unwrap(), payload);
            self.browsers[browser].send_rtp(&packet);
            self.drain();
            self.pass(Duration::from_millis(20));
        }
        self.pass(DELAY * 2);
    }

    /// The phone speaks.
    pub fn phone_speaks(&mut self, packets: usize, payload: u8) {
        for _ in 0..packets {
            let packet = self.rtp(0xF00F, payload);
            self.mail(phone(), phone_side(20000), packet);
            self.pass(Duration::from_millis(20));
        }
        self.pass(DELAY * 2);
    }

    /// How many packets with this payload a browser has heard; they are forgotten.
    pub fn browser_heard(&mut self, browser: usize, payload: u8) -> usize {
        let mut heard = 0;
        while let Some(packet) = self.browsers[browser].receive_rtp() {
            if packet[12..] == [payload; 160] {
                heard += 1;
            }
        }
        heard
    }

    /// The same for the phone.
    pub fn phone_heard(&mut self, payload: u8) -> usize {
        let heard = std::mem::take(&mut self.phone_heard);
        heard
            .iter()
            .filter(|packet| packet.len() == 172 && packet[12..] == [payload; 160])
            .count()
    }

    /// Both directions carry.
    pub fn assert_talks(&mut self, payload: u8) {
        self.browser_speaks(0, 5, payload);
        assert_eq!(self.phone_heard(payload), 5, "towards the phone");
        self.phone_speaks(5, payload + 1);
        assert_eq!(self.browser_heard(0, payload + 1), 5, "towards the browser");
    }

    pub fn has_told(&self, wanted: impl Fn(&What) -> bool) -> bool {
        self.told.iter().any(|event| wanted(&event.what))
    }

    /// The process is replaced: the worker is written down, thrown away and read back.
    pub fn restart_worker(&mut self) {
        let snapshot = self.worker.snapshot();
        self.worker = Worker::restore(
            self.now,
            self.worker_plan.clone(),
            Random::from_number(99),
            &snapshot,
        )
        .unwrap();
        let before = std::mem::replace(&mut self.sockets, BTreeMap::from([(PUBLIC, public())]));
        self.drain();
        assert_eq!(self.sockets, before, "the same sockets are asked for again");
    }

    /// The call ends; nothing is left.
    pub fn hang_up(&mut self) {
        self.worker.command(self.now, WorkerCommand::Close(CALL));
        self.drain();
        assert_eq!(self.sockets.len(), 1, "only the public port is left");
        assert!(matches!(
            self.told.last().map(|event| &event.what),
            Some(What::Ended(_))
        ));
        assert!(self.worker.is_idle());
    }
}
