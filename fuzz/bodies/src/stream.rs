//! A session in any order of packets, plans and time: it never sends where nobody plausible is, never outside the buffer, and
//! counts no more than it was given.
//!
//! The bytes are operations: one octet of what, one of detail, one of length, and so many octets of packet.

use control_command::{
    Direction, Format, IcePlan, LegId, LegPlan, PayloadMap, RemoteRtp, Route, RtpPlan, SessionId,
    SessionPlan, TransportPlan, WebRtcPlan,
};
use media_stream::{Output, Port, Profile, Session, SrtpKeys, Verdict};
use proto_base::{NetworkId, Random, Time};
use rtc_srtp::SendContext;
use std::net::SocketAddr;
use std::time::Duration;

const BROWSER: LegId = LegId(0);
const PHONE: LegId = LegId(1);
/// Room for a packet of 255 octets, its protection, and more.
const ROOM: usize = 400;

/// Plays the operations.
pub fn stream(bytes: &[u8]) {
    let mut world = World::new();
    let mut rest = bytes;
    while let [what, detail, length, after @ ..] = rest {
        let (packet, after) = after
            .split_at_checked(usize::from(*length))
            .unwrap_or((after, &[]));
        rest = after;
        world.operation(*what, *detail, packet);
        world.drain();
    }
    world.settle();
}

struct World {
    session: Session,
    plan: SessionPlan,
    browser: SendContext,
    now: Time,
    given: u64,
}

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], port))
}

/// The browser is 192.0.2.1, the phone 192.0.2.2, its signalling 192.0.2.3; all others are strangers.
fn plausible(leg: LegId, to: SocketAddr) -> bool {
    match leg {
        BROWSER => to == address(1, 1000),
        _ => [2, 3].iter().any(|host| to.ip() == address(*host, 0).ip()),
    }
}

fn leg(id: LegId, transport: TransportPlan) -> LegPlan {
    let format = |payload_type, encoding: &str| Format {
        payload_type,
        encoding: encoding.into(),
        clock_rate: 8000,
        channels: 1,
    };
    LegPlan {
        leg: id,
        network: NetworkId(0),
        transport,
        direction: Direction::SendRecv,
        formats: vec![format(8, "PCMA"), format(101, "telephone-event")],
        ssrc: 0xa0 + u32::from(id.0),
        cname: "fuzz".into(),
    }
}

fn plan() -> SessionPlan {
    let route = |from, to| Route {
        from,
        to,
        payload_types: vec![
            PayloadMap { from: 8, to: 8 },
            PayloadMap { from: 101, to: 101 },
        ],
        transcodes: Vec::new(),
        open: true,
    };
    let browser = WebRtcPlan {
        local_ufrag: String::new(),
        local_pwd: String::new(),
        ice: IcePlan::Lite,
        remote: None,
    };
    let phone = RtpPlan {
        protection: control_command::Protection::Plain,
        local_rtp: address(9, 9),
        local_rtcp: address(9, 10),
        remote: Some(RemoteRtp {
            rtp: address(2, 1000),
            rtcp: address(2, 1001),
            signalled_from: Some(address(3, 0).ip()),
            generation: 1,
        }),
    };
    SessionPlan {
        session: SessionId(1),
        worker: 0,
        legs: vec![
            leg(BROWSER, TransportPlan::WebRtc(browser)),
            leg(PHONE, TransportPlan::Rtp(phone)),
        ],
        routes: vec![route(BROWSER, PHONE), route(PHONE, BROWSER)],
    }
}

impl World {
    fn new() -> Self {
        let plan = plan();
        let now = Time::ZERO;
        let mut session = Session::new(now, &plan, &mut Random::from_number(1));
        let profile = Profile::AeadAes128Gcm;
        let Some(keys) = SrtpKeys::from_dtls(profile, &[5; 56], true) else {
            unreachable!("the material has its length");
        };
        session.install_keys(now, BROWSER, &keys);
        session.set_remote(BROWSER, Some(address(1, 1000)));
        Self {
            session,
            plan,
            browser: SendContext::new(profile, &keys.remote),
            now,
            given: 0,
        }
    }

    fn operation(&mut self, what: u8, detail: u8, packet: &[u8]) {
        match what % 8 {
            0 => self.phone(Port::Rtp, detail, packet),
            1 => self.phone(Port::Rtcp, detail, packet),
            2 => self.browser(packet, |_, _, length| Some(length)),
            3 => self.browser(packet, |send, buffer, length| {
                send.protect_rtp(buffer, length).ok()
            }),
            4 => self.browser(packet, |send, buffer, length| {
                send.protect_rtcp(buffer, length).ok()
            }),
            5 => {
                self.now = self.now + Duration::from_millis(u64::from(detail) * 20);
                self.session.handle_timeout(self.now);
            }
            6 => self.change(detail),
            _ => {
                let port = [Port::Rtp, Port::Rtcp, Port::Mux];
                let port = port.get(usize::from(detail % 3)).copied();
                let leg = LegId(detail / 3 % 3);
                // The browser's packets come from validated addresses only: that is the worker's part.
                if leg != BROWSER {
                    self.arrives(leg, port.unwrap_or(Port::Rtp), address(7, 7), packet);
                }
            }
        }
    }

    fn phone(&mut self, port: Port, detail: u8, packet: &[u8]) {
        let from = address(detail & 3, 1000 + u16::from(detail >> 2));
        self.arrives(PHONE, port, from, packet);
    }

    fn browser(
        &mut self,
        packet: &[u8],
        protect: impl FnOnce(&mut SendContext, &mut [u8], usize) -> Option<usize>,
    ) {
        let mut buffer = packet.to_vec();
        buffer.resize(packet.len() + 64, 0);
        if let Some(length) = protect(&mut self.browser, &mut buffer, packet.len()) {
            buffer.truncate(length);
            self.arrives(BROWSER, Port::Mux, address(1, 1000), &buffer);
        }
    }

    fn arrives(&mut self, leg: LegId, port: Port, from: SocketAddr, packet: &[u8]) {
        self.given += 1;
        let mut buffer = packet.to_vec();
        buffer.resize(ROOM, 0);
        let verdict = self
            .session
            .handle(self.now, leg, port, from, &mut buffer, packet.len());
        if let Verdict::Forward { leg, to, range, .. } = verdict {
            assert!(plausible(leg, to), "{leg:?} {to}");
            assert!(range.len() >= 12 && range.end <= ROOM, "{range:?}");
            assert!(from.ip() != address(7, 7).ip() && from.ip() != address(0, 0).ip());
        }
    }

    /// Another plan: directions, doors, descriptions, or the same again.
    fn change(&mut self, detail: u8) {
        let direction = Direction::of(detail & 1 != 0, detail & 2 != 0);
        let place = usize::from(detail >> 2 & 1);
        if let Some(leg) = self.plan.legs.get_mut(place) {
            leg.direction = direction;
            if let TransportPlan::Rtp(plan) = &mut leg.transport
                && let Some(remote) = &mut plan.remote
                && detail & 8 != 0
            {
                remote.generation += 1;
                remote.rtp.set_port(1000 + u16::from(detail >> 4));
            }
        }
        if let Some(route) = self.plan.routes.get_mut(place) {
            route.open = detail & 16 != 0;
        }
        self.session.apply(self.now, &self.plan);
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            if let Output::Transmit { leg, to, .. } = output {
                assert!(plausible(leg, to), "{leg:?} {to}");
            }
        }
    }

    fn settle(&mut self) {
        let counters = self.session.close(self.now);
        let received: u64 = counters.iter().map(|leg| leg.packets_received).sum();
        let sent: u64 = counters.iter().map(|leg| leg.packets_sent).sum();
        let refused: u64 = counters.iter().map(|leg| leg.packets_refused).sum();
        assert!(sent <= received && received <= self.given && refused <= self.given);
        self.drain();
    }
}
