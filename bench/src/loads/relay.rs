//! A packet of 20 ms of G.711 (172 octets) relayed by `media-stream`, from [`Session::handle`] to its verdict.

use control_command::{
    Direction, Format, IcePlan, LegId, LegPlan, PayloadMap, RemoteRtp, Route, RtpPlan, SessionId,
    SessionPlan, TransportPlan, WebRtcPlan,
};
use media_stream::{Port, Profile, Session, SrtpKeys, Verdict};
use proto_base::{NetworkId, Random, Time};
use rtc_rtp::Outgoing;
use rtc_srtp::SendContext;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(super) const FROM: LegId = LegId(0);
pub(super) const TO: LegId = LegId(1);
const PAYLOAD: usize = 160;
pub(super) const FRAME: Duration = Duration::from_millis(20);

pub(super) fn srtp_to_rtp_gcm_128(prepared: u32, done: u32) -> Duration {
    relay(Some(Profile::AeadAes128Gcm), None, prepared, done)
}

pub(super) fn rtp_to_srtp_gcm_128(prepared: u32, done: u32) -> Duration {
    relay(None, Some(Profile::AeadAes128Gcm), prepared, done)
}

pub(super) fn srtp_to_rtp_gcm_256(prepared: u32, done: u32) -> Duration {
    relay(Some(Profile::AeadAes256Gcm), None, prepared, done)
}

pub(super) fn rtp_to_srtp_gcm_256(prepared: u32, done: u32) -> Duration {
    relay(None, Some(Profile::AeadAes256Gcm), prepared, done)
}

pub(super) fn srtp_to_rtp_counter_mode(prepared: u32, done: u32) -> Duration {
    relay(Some(Profile::Aes128CmHmacSha1_80), None, prepared, done)
}

pub(super) fn rtp_to_srtp_counter_mode(prepared: u32, done: u32) -> Duration {
    relay(None, Some(Profile::Aes128CmHmacSha1_80), prepared, done)
}

pub(super) fn rtp_to_rtp(prepared: u32, done: u32) -> Duration {
    relay(None, None, prepared, done)
}

pub(super) fn address(leg: LegId) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, leg.0], 4000))
}

pub(super) fn leg(leg: LegId, protected: bool) -> LegPlan {
    let transport = if protected {
        TransportPlan::WebRtc(WebRtcPlan {
            local_ufrag: String::new(),
            local_pwd: String::new(),
            ice: IcePlan::Lite,
            remote: None,
        })
    } else {
        TransportPlan::Rtp(RtpPlan {
            protection: control_command::Protection::Plain,
            local_rtp: address(LegId(100)),
            local_rtcp: address(LegId(100)),
            remote: Some(RemoteRtp {
                rtp: address(leg),
                rtcp: address(leg),
                signalled_from: None,
                generation: 1,
            }),
        })
    };
    let format = |payload_type, encoding: &str| Format {
        payload_type,
        encoding: encoding.into(),
        clock_rate: 8000,
        channels: 1,
    };
    LegPlan {
        leg,
        network: NetworkId(0),
        transport,
        direction: Direction::SendRecv,
        formats: vec![
            format(0, "PCMU"),
            format(8, "PCMA"),
            format(101, "telephone-event"),
        ],
        ssrc: u32::from(leg.0) + 1000,
        cname: "bench".into(),
    }
}

fn route(from: LegId, to: LegId) -> Route {
    Route {
        from,
        to,
        payload_types: [0, 8, 101].map(|from| PayloadMap { from, to: from }).into(),
        transcodes: Vec::new(),
        open: true,
    }
}

fn keys(profile: Profile) -> Option<SrtpKeys> {
    let octets: Vec<u8> = (0..).take(profile.material_length()).collect();
    SrtpKeys::from_dtls(profile, &octets, true)
}

fn packet(number: u32) -> Vec<u8> {
    let header = Outgoing {
        marker: false,
        payload_type: 8,
        sequence: number as u16,
        timestamp: number.wrapping_mul(PAYLOAD as u32),
        ssrc: 77,
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend([number as u8; PAYLOAD]);
    bytes
}

/// Relays from one leg to the other; a profile says that the leg is a browser's.
fn relay(from: Option<Profile>, to: Option<Profile>, prepared: u32, done: u32) -> Duration {
    let plan = SessionPlan {
        session: SessionId(1),
        worker: 0,
        legs: vec![leg(FROM, from.is_some()), leg(TO, to.is_some())],
        routes: vec![route(FROM, TO), route(TO, FROM)],
    };
    let mut now = Time::ZERO;
    let mut session = Session::new(now, &plan, &mut Random::from_number(1));
    for (leg, profile) in [(FROM, from), (TO, to)] {
        if let Some(keys) = profile.and_then(keys) {
            session.install_keys(now, leg, &keys);
            session.set_remote(leg, Some(address(leg)));
        }
    }
    let mut far_end = from
        .and_then(keys)
        .map(|keys| SendContext::new(keys.profile, &keys.remote));
    let packets: Vec<Vec<u8>> = (1..=prepared)
        .map(|number| protected(packet(number), far_end.as_mut()))
        .collect();

    let port = if from.is_some() { Port::Mux } else { Port::Rtp };
    let mut buffer = [0; 2048];
    let mut relayed = 0;
    let start = Instant::now();
    for packet in packets.iter().take(done as usize) {
        now = now + FRAME;
        if let Some(room) = buffer.get_mut(..packet.len()) {
            room.copy_from_slice(packet);
        }
        let verdict = session.handle(now, FROM, port, address(FROM), &mut buffer, packet.len());
        if matches!(black_box(verdict), Verdict::Forward { .. }) {
            relayed += 1;
        }
    }
    let passed = start.elapsed();
    assert_eq!(relayed, done, "every packet is relayed");
    passed
}

fn protected(mut packet: Vec<u8>, context: Option<&mut SendContext>) -> Vec<u8> {
    if let Some(context) = context {
        let length = packet.len();
        packet.resize(length + rtc_srtp::MAX_GROWTH, 0);
        let length = context.protect_rtp(&mut packet, length).unwrap_or(0);
        packet.truncate(length);
    }
    packet
}

#[cfg(test)]
mod tests {
    use crate::loads;

    #[test]
    fn every_load_does_what_it_says() {
        for load in loads::ALL {
            (load.run)(20, 20);
            (load.run)(20, 0);
        }
    }
}
