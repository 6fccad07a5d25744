//! A town in virtual time: pages on the Internet, Margrave behind a router, an exchange and desk phones inside, and the
//! post that carries every message and packet between them, and loses what a story tells it to lose.

mod deliver;
mod drive;
mod fault;
mod folk;
mod inner;
mod media;
mod post;
mod settle;
mod trunk;

pub use drive::Overdue;
pub use fault::Fault;
pub(crate) use folk::password;
pub use folk::{Desk, Page, Person};

use crate::agent::UserAgent;
use demo_exchange::{Exchange, MediaId};
use media_offer_answer::{MediaNetwork, MediaPlan, Negotiator, RtpRange, WebRtcAddress};
use media_worker::{Worker, WorkerPlan};
use post::Post;
use proto_base::{NetworkId, Random, SocketId, Time, Transport};
use sbc_border::{Border, Tell, Wake};
use sbc_policy::{Listener, Network, Peer, PeerId, Plan, Role, Trust};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The inner network.
pub const INSIDE: NetworkId = NetworkId(0);
/// The Internet.
pub const OUTSIDE: NetworkId = NetworkId(1);
/// The domain of the town's exchange.
pub const DOMAIN: &str = "town.test";
/// How long the border keeps a call whose page is gone.
pub const GRACE: Duration = Duration::from_secs(10);

const fn at(a: u8, b: u8, c: u8, d: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), port)
}

/// The border's SIP address inside.
pub const BORDER: SocketAddr = at(10, 0, 0, 5, 5060);
/// The border's WebSocket, as it is bound.
pub const BORDER_WS: SocketAddr = at(10, 0, 0, 5, 8443);
/// The same, as the Internet sees it: the router forwards another number.
pub const PUBLIC_WS: SocketAddr = at(203, 0, 113, 5, 443);
/// The one media port, as the Internet sees it.
pub const PUBLIC_MEDIA: SocketAddr = at(203, 0, 113, 5, 443);
/// The exchange.
pub const EXCHANGE: SocketAddr = at(10, 0, 0, 10, 5060);

/// The town.
pub struct Town {
    now: Time,
    seed: u64,
    border: Border,
    negotiator: Negotiator,
    worker: Worker,
    exchange: Exchange,
    folk: Vec<UserAgent>,
    ports: BTreeMap<SocketId, SocketAddr>,
    services: BTreeMap<MediaId, SocketAddr>,
    post: Post,
    /// What the border told its operator.
    pub tells: Vec<Tell>,
    /// Whom it wanted woken.
    pub wakes: Vec<Wake>,
    plan: Plan,
    media_plan: MediaPlan,
    worker_plan: WorkerPlan,
    /// Every SIP message that left the border, with whether it went outside: stories search it for what must not show.
    pub shown: Vec<(bool, Vec<u8>)>,
    exchange_is_dead: bool,
    records: usize,
    /// Whether border and exchange speak TCP, and the connection that they have now.
    speaks_tcp: bool,
    trunk: Option<u64>,
    trunks: u64,
}

impl Town {
    /// A town whose chance comes from `seed` and whose post does `fault`.
    pub fn new(seed: u64, fault: Option<Fault>) -> Self {
        let plan = plan();
        let identity = crate::identity::shared();
        let media_plan = MediaPlan {
            networks: vec![
                MediaNetwork {
                    ice: media_offer_answer::IceMode::Lite,
                    id: INSIDE,
                    webrtc: vec![WebRtcAddress {
                        socket: proto_base::SocketId(0),
                        advertised: at(10, 0, 0, 5, 20000),
                    }],
                    rtp: Some(RtpRange {
                        bind: BORDER.ip(),
                        advertised: BORDER.ip(),
                        first: 30_000,
                        last: 30_019,
                    }),
                },
                MediaNetwork {
                    ice: media_offer_answer::IceMode::Lite,
                    id: OUTSIDE,
                    webrtc: vec![WebRtcAddress {
                        socket: proto_base::SocketId(0),
                        advertised: PUBLIC_MEDIA,
                    }],
                    rtp: None,
                },
            ],
            fingerprint: identity.fingerprint.clone(),
            adopts: false,
            workers: 1,
        };
        let worker_plan = WorkerPlan {
            worker: 0,
            certificate: identity.certificate.clone(),
            private_key: identity.private_key.clone(),
            epoch: identity.epoch,
        };
        Self {
            now: Time::from_micros(1_000_000),
            seed,
            border: Border::new(plan.clone(), Random::from_number(seed)),
            negotiator: Negotiator::new(media_plan.clone(), Random::from_number(seed ^ 0x5eed)),
            worker: Worker::new(worker_plan.clone(), Random::from_number(seed ^ 0xbeef)),
            exchange: crate::exchange::exchange(seed, false),
            folk: Vec::new(),
            ports: BTreeMap::new(),
            services: BTreeMap::new(),
            post: Post::new(fault),
            tells: Vec::new(),
            wakes: Vec::new(),
            plan,
            media_plan,
            worker_plan,
            shown: Vec::new(),
            exchange_is_dead: false,
            records: 0,
            speaks_tcp: false,
            trunk: None,
            trunks: 0,
        }
    }

    /// The same, with TCP between border and exchange.
    pub fn over_tcp(seed: u64, fault: Option<Fault>) -> Self {
        let mut town = Self::new(seed, fault);
        for peer in &mut town.plan.peers {
            peer.transport = Transport::Tcp;
        }
        town.border = Border::new(town.plan.clone(), Random::from_number(seed));
        // The phones speak UDP: what is said within a call goes through the exchange, as behind a proxy that records its route.
        town.exchange = crate::exchange::exchange(seed, true);
        town.speaks_tcp = true;
        town
    }

    /// Margrave is configured otherwise. To be said before anyone is in the town.
    pub fn plans(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.border = Border::new(self.plan.clone(), Random::from_number(self.seed));
    }

    /// The exchange sets calls up and is not asked again: what is said within them goes to the phones themselves. To be said
    /// before anyone registers.
    pub fn leaves_calls_alone(&mut self) {
        self.exchange = crate::exchange::exchange(self.seed, false);
    }

    /// The exchange believes who calls, and asks for no password. To be said before anyone registers.
    pub fn trusts_callers(&mut self) {
        self.exchange = crate::exchange::trusting(self.seed);
    }

    /// How many messages went over the TCP connections between border and exchange so far.
    pub fn trunked(&self) -> usize {
        self.post.trunked()
    }

    /// The time of the town.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The border, to ask it things.
    pub fn border(&self) -> &Border {
        &self.border
    }

    /// The exchange's power is cut: what is sent to it is lost.
    pub fn cut_the_exchange(&mut self) {
        self.exchange_is_dead = true;
    }

    /// How many datagrams and WebSocket messages of SIP were posted so far.
    pub fn posted(&self) -> (usize, usize) {
        self.post.counts()
    }

    /// Writes the whole state of Margrave down, throws it away, and reads it back into new values.
    pub fn restarts_the_border(&mut self) -> Result<(), String> {
        let (border, negotiator, worker) = (
            self.border.snapshot(),
            self.negotiator.snapshot(),
            self.worker.snapshot(),
        );
        self.border = Border::restore(self.plan.clone(), &border)?;
        self.negotiator = Negotiator::restore(self.media_plan.clone(), &negotiator)?;
        let random = Random::from_number(self.seed ^ 0xfeed);
        self.worker = Worker::restore(self.now, self.worker_plan.clone(), random, &worker)?;
        // A new process binds its sockets anew; what waits in its outputs tells which.
        self.drain_worker();
        Ok(())
    }
}

fn plan() -> Plan {
    let listener = |transport, bind, advertised| Listener {
        transport,
        bind,
        advertised,
    };
    Plan {
        networks: vec![
            Network {
                id: INSIDE,
                name: "inside".to_owned(),
                trust: Trust::Inside,
                listeners: vec![
                    listener(Transport::Udp, BORDER, BORDER),
                    listener(Transport::Ws, BORDER_WS, BORDER_WS),
                ],
            },
            Network {
                id: OUTSIDE,
                name: "outside".to_owned(),
                trust: Trust::Outside,
                listeners: vec![listener(Transport::Ws, BORDER_WS, PUBLIC_WS)],
            },
        ],
        peers: vec![
            Peer::new(PeerId(0), Role::Registrar, INSIDE, Transport::Udp)
                .at(EXCHANGE)
                .serving(DOMAIN),
        ],
        grace: GRACE,
        patience: Duration::from_secs(6),
        ring: Duration::from_secs(60),
        product: Some("Margrave".to_owned()),
        max_calls: 100,
        max_bindings_per_flow: 4,
        ..Plan::new(Vec::new(), Vec::new())
    }
}
