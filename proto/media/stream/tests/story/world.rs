//! A browser (leg 0) and a telephone (leg 1) around a session, in virtual time.

use control_command::{
    Direction, Format, IcePlan, LegCounters, LegId, LegPlan, PayloadMap, RemoteRtp, Route, RtpPlan,
    SessionId, SessionPlan, TransportPlan, WebRtcPlan, What,
};
use media_stream::{MasterKey, Output, Port, Profile, Session, SrtpKeys, Verdict};
use proto_base::{NetworkId, Random, Time};
use rtc_rtp::{Outgoing, RtpHeader};
use rtc_srtp::{ReceiveContext, SendContext};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const BROWSER: LegId = LegId(0);
pub(crate) const PHONE: LegId = LegId(1);
pub(crate) const BROWSER_AT: &str = "203.0.113.9:50000";
pub(crate) const PHONE_RTP: &str = "192.168.1.20:4000";
pub(crate) const PHONE_RTCP: &str = "192.168.1.20:4001";
pub(crate) const STRANGER: &str = "203.0.113.66:6666";
/// What we send with.
pub(crate) const TO_BROWSER: u32 = 0xb0b0_0001;
pub(crate) const TO_PHONE: u32 = 0xf0f0_0001;
/// What they send with.
pub(crate) const BY_BROWSER: u32 = 0x1000_0001;
pub(crate) const BY_PHONE: u32 = 0x2000_0001;
pub(crate) const PROFILES: [Profile; 4] = [
    Profile::AeadAes256Gcm,
    Profile::AeadAes128Gcm,
    Profile::Aes128CmHmacSha1_80,
    Profile::Aes128CmHmacSha1_32,
];

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn format(payload_type: u8, encoding: &str) -> Format {
    Format {
        payload_type,
        encoding: encoding.into(),
        clock_rate: 8000,
        channels: 1,
    }
}

fn map(from: u8, to: u8) -> PayloadMap {
    PayloadMap { from, to }
}

pub(crate) fn plan() -> SessionPlan {
    let phone = RtpPlan {
        protection: control_command::Protection::Plain,
        local_rtp: address("192.168.1.1:20000"),
        local_rtcp: address("192.168.1.1:20001"),
        remote: Some(RemoteRtp {
            rtp: address(PHONE_RTP),
            rtcp: address(PHONE_RTCP),
            signalled_from: None,
            generation: 1,
        }),
    };
    let browser = WebRtcPlan {
        local_ufrag: "0000abcd".into(),
        local_pwd: "x".repeat(22),
        ice: IcePlan::Lite,
        remote: None,
    };
    SessionPlan {
        session: SessionId(7),
        worker: 0,
        legs: vec![
            LegPlan {
                leg: BROWSER,
                network: NetworkId(0),
                transport: TransportPlan::WebRtc(browser),
                direction: Direction::SendRecv,
                formats: vec![format(8, "PCMA"), format(110, "telephone-event")],
                ssrc: TO_BROWSER,
                cname: "name-to-browser".into(),
            },
            LegPlan {
                leg: PHONE,
                network: NetworkId(1),
                transport: TransportPlan::Rtp(phone),
                direction: Direction::SendRecv,
                formats: vec![format(8, "PCMA"), format(101, "telephone-event")],
                ssrc: TO_PHONE,
                cname: "name-to-phone".into(),
            },
        ],
        routes: vec![
            Route {
                from: BROWSER,
                to: PHONE,
                payload_types: vec![map(8, 8), map(110, 101)],
                transcodes: Vec::new(),
                open: true,
            },
            Route {
                from: PHONE,
                to: BROWSER,
                payload_types: vec![map(8, 8), map(101, 110)],
                transcodes: Vec::new(),
                open: true,
            },
        ],
    }
}

/// A packet of 20 ms, the n-th of its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload_type: u8,
    pub(crate) marker: bool,
    pub(crate) fill: u8,
}

impl Said {
    pub(crate) fn by(ssrc: u32, n: u32) -> Self {
        Self {
            ssrc,
            sequence: (65_530 + n) as u16,
            timestamp: n.wrapping_mul(160),
            payload_type: 8,
            marker: false,
            fill: n as u8,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let header = Outgoing {
            marker: self.marker,
            payload_type: self.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend([self.fill; 160]);
        bytes
    }
}

/// A packet as it arrived at the other end, in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) header: RtpHeader,
    pub(crate) payload: Vec<u8>,
    pub(crate) at: SocketAddr,
}

pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) plan: SessionPlan,
    pub(crate) now: Time,
    pub(crate) browser_send: SendContext,
    pub(crate) browser_receive: ReceiveContext,
}

impl World {
    pub(crate) fn new(profile: Profile) -> Self {
        let plan = plan();
        let now = Time::from_micros(1_000_000_000);
        let mut session = Session::new(now, &plan, &mut Random::from_number(1));
        let key = |octet: u8| {
            let key = vec![octet; profile.key_length()];
            MasterKey::new(profile, &key, &vec![octet; profile.salt_length()]).unwrap()
        };
        let keys = SrtpKeys {
            profile,
            local: key(1),
            remote: key(2),
        };
        session.install_keys(now, BROWSER, &keys);
        session.set_remote(BROWSER, Some(address(BROWSER_AT)));
        Self {
            session,
            plan,
            now,
            browser_send: SendContext::new(profile, &keys.remote),
            browser_receive: ReceiveContext::new(profile, &keys.local),
        }
    }

    pub(crate) fn gcm() -> Self {
        Self::new(Profile::AeadAes128Gcm)
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    pub(crate) fn leg(&mut self, leg: LegId) -> &mut LegPlan {
        &mut self.plan.legs[usize::from(leg.0)]
    }

    pub(crate) fn phone(&mut self) -> &mut RemoteRtp {
        match &mut self.leg(PHONE).transport {
            TransportPlan::Rtp(plan) => plan.remote.as_mut().unwrap(),
            TransportPlan::WebRtc(_) => panic!("no phone"),
        }
    }

    pub(crate) fn apply(&mut self) {
        self.session.apply(self.now, &self.plan.clone());
    }

    pub(crate) fn counters(&self, leg: LegId) -> LegCounters {
        self.session.counters(leg).unwrap()
    }

    /// A datagram arrives; the verdict and the buffer.
    pub(crate) fn arrives(
        &mut self,
        leg: LegId,
        port: Port,
        from: &str,
        bytes: &[u8],
    ) -> (Verdict, Vec<u8>) {
        let mut buffer = bytes.to_vec();
        buffer.resize(bytes.len() + 64, 0);
        let from = address(from);
        let verdict = self
            .session
            .handle(self.now, leg, port, from, &mut buffer, bytes.len());
        (verdict, buffer)
    }

    /// The browser's packet, protected.
    pub(crate) fn protect(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut bytes = plain.to_vec();
        bytes.resize(plain.len() + 64, 0);
        let length = self
            .browser_send
            .protect_rtp(&mut bytes, plain.len())
            .unwrap();
        bytes.truncate(length);
        bytes
    }

    /// The browser says something; what the phone hears.
    pub(crate) fn browser_says(&mut self, said: Said) -> Option<Heard> {
        let bytes = self.protect(&said.bytes());
        self.browser_sends(&bytes)
    }

    /// The same with a packet protected already.
    pub(crate) fn browser_sends(&mut self, bytes: &[u8]) -> Option<Heard> {
        let (verdict, buffer) = self.arrives(BROWSER, Port::Mux, BROWSER_AT, bytes);
        match verdict {
            Verdict::Forward {
                leg: PHONE,
                port: Port::Rtp,
                to,
                range,
            } => Some(heard(&buffer[range], to)),
            Verdict::Drop => None,
            other => panic!("{other:?}"),
        }
    }

    /// The phone says something; what the browser hears.
    pub(crate) fn phone_says(&mut self, said: Said) -> Option<Heard> {
        self.phone_says_from(PHONE_RTP, said)
    }

    pub(crate) fn phone_says_from(&mut self, from: &str, said: Said) -> Option<Heard> {
        self.phone_sends(from, &said.bytes())
    }

    pub(crate) fn phone_sends(&mut self, from: &str, bytes: &[u8]) -> Option<Heard> {
        let (verdict, buffer) = self.arrives(PHONE, Port::Rtp, from, bytes);
        match verdict {
            Verdict::Forward {
                leg: BROWSER,
                port: Port::Mux,
                to,
                range,
            } => {
                let mut packet = buffer[range].to_vec();
                let length = packet.len();
                let length = self
                    .browser_receive
                    .unprotect_rtp(&mut packet, length)
                    .unwrap();
                Some(heard(&packet[..length], to))
            }
            Verdict::Drop => None,
            other => panic!("{other:?}"),
        }
    }

    /// RTCP from the phone or, protected here, from the browser; whether it was taken.
    pub(crate) fn reports(&mut self, leg: LegId, from: &str, plain: &[u8]) -> bool {
        let (port, bytes) = if leg == BROWSER {
            let mut bytes = plain.to_vec();
            bytes.resize(plain.len() + 64, 0);
            let length = self
                .browser_send
                .protect_rtcp(&mut bytes, plain.len())
                .unwrap();
            bytes.truncate(length);
            (Port::Mux, bytes)
        } else {
            (Port::Rtcp, plain.to_vec())
        };
        let (verdict, _) = self.arrives(leg, port, from, &bytes);
        match verdict {
            Verdict::Consumed => true,
            Verdict::Drop => false,
            Verdict::Forward { .. } => panic!("RTCP was relayed"),
        }
    }

    /// What the session told since the last time.
    pub(crate) fn events(&mut self) -> Vec<(LegId, What)> {
        let mut events = Vec::new();
        while let Some(output) = self.session.poll_output() {
            if let Output::Event(event) = output {
                events.push((event.leg.unwrap(), event.what));
            }
        }
        events
    }

    /// The RTCP that is waiting to go out, in the clear: leg, port, destination.
    pub(crate) fn sent_reports(&mut self) -> Vec<(LegId, Port, SocketAddr, Vec<u8>)> {
        let mut reports = Vec::new();
        while let Some(output) = self.session.poll_output() {
            let Output::Transmit {
                leg,
                port,
                to,
                mut bytes,
            } = output
            else {
                continue;
            };
            if leg == BROWSER {
                let length = bytes.len();
                let length = self
                    .browser_receive
                    .unprotect_rtcp(&mut bytes, length)
                    .unwrap();
                bytes.truncate(length);
            }
            reports.push((leg, port, to, bytes));
        }
        reports
    }

    /// Goes to the next deadline and does what is due there.
    pub(crate) fn next_timeout(&mut self) {
        self.now = self.session.poll_timeout().unwrap().max(self.now);
        self.session.handle_timeout(self.now);
    }
}

fn heard(bytes: &[u8], at: SocketAddr) -> Heard {
    let header = RtpHeader::parse(bytes).unwrap();
    assert_eq!(header.payload.start, 12, "no extension, no CSRCs");
    Heard {
        payload: bytes[header.payload.clone()].to_vec(),
        header,
        at,
    }
}
