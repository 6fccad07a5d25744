//! A packet of 20 ms taken out of one codec and put into another by `media-stream`, from [`Session::handle`] to what it transmits.

use super::relay::{FRAME, FROM, TO, address, leg};
use control_command::{Format, Route, SessionId, SessionPlan, Transcode};
use media_codec::{Encoder, G711};
use media_opus::{OpusEncoder, OpusSettings};
use media_stream::{Output, Port, Session};
use proto_base::{Random, Time};
use rtc_rtp::Outgoing;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(super) fn opus_to_pcmu(prepared: u32, done: u32) -> Duration {
    let encoder = OpusEncoder::new(48_000, OpusSettings::default());
    match encoder {
        Ok(mut encoder) => transcode(&mut encoder, opus(), pcmu(), prepared, done),
        Err(_) => Duration::ZERO,
    }
}

pub(super) fn pcmu_to_opus(prepared: u32, done: u32) -> Duration {
    transcode(&mut G711::MuLaw, pcmu(), opus(), prepared, done)
}

fn opus() -> Format {
    Format {
        payload_type: 111,
        encoding: "opus".into(),
        clock_rate: 48_000,
        channels: 2,
    }
}

fn pcmu() -> Format {
    Format {
        payload_type: 0,
        encoding: "PCMU".into(),
        clock_rate: 8000,
        channels: 1,
    }
}

/// Something like a voice: a falling pitch with six overtones that swells four times a second, and some breath.
fn voice(encoder: &dyn Encoder, samples: usize) -> Vec<i16> {
    let rate = f64::from(encoder.rate());
    let mut chance = 1_u32;
    (0..samples)
        .map(|place| {
            let time = place as f64 / rate;
            let pitch = std::f64::consts::TAU * (140.0 - 20.0 * (time % 1.0)) * time;
            let tones: f64 = (1..=7_i32)
                .map(|overtone| (pitch * f64::from(overtone)).sin() / f64::from(overtone))
                .sum();
            let swell = (std::f64::consts::TAU * 4.0 * time).sin().max(0.0);
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let breath = f64::from(chance >> 16) / 65_536.0 - 0.5;
            (4000.0 * tones * swell + 300.0 * breath) as i16
        })
        .collect()
}

fn transcode(
    encoder: &mut dyn Encoder,
    from: Format,
    to: Format,
    prepared: u32,
    done: u32,
) -> Duration {
    let (mut here, mut there) = (leg(FROM, false), leg(TO, false));
    here.formats = vec![from.clone()];
    there.formats = vec![to.clone()];
    let clock = from.clock_rate / 50;
    let payload_type = from.payload_type;
    let plan = SessionPlan {
        session: SessionId(1),
        worker: 0,
        legs: vec![here, there],
        routes: vec![Route {
            from: FROM,
            to: TO,
            payload_types: Vec::new(),
            transcodes: vec![Transcode {
                from,
                to,
                parameters: None,
                ptime: 20,
            }],
            open: true,
        }],
    };
    let mut now = Time::ZERO;
    let mut session = Session::new(now, &plan, &mut Random::from_number(1));
    let frame = encoder.rate() as usize / 50;
    let voice = voice(encoder, frame * prepared as usize);
    let mut packets = Vec::new();
    for (part, number) in voice.chunks_exact(frame).zip(1_u32..) {
        let header = Outgoing {
            marker: false,
            payload_type,
            sequence: number as u16,
            timestamp: number.wrapping_mul(clock),
            ssrc: 77,
        };
        let mut packet = header.to_bytes().to_vec();
        if encoder.encode(part, &mut packet).is_ok() {
            packets.push(packet);
        }
    }

    let mut buffer = [0; 2048];
    let mut sent = 0;
    let start = Instant::now();
    for packet in packets.iter().take(done as usize) {
        now = now + FRAME;
        session.handle_timeout(now);
        if let Some(room) = buffer.get_mut(..packet.len()) {
            room.copy_from_slice(packet);
        }
        session.handle(
            now,
            FROM,
            Port::Rtp,
            address(FROM),
            &mut buffer,
            packet.len(),
        );
        while let Some(output) = session.poll_output() {
            let is_sound = matches!(
                &output,
                Output::Transmit {
                    port: Port::Rtp,
                    ..
                }
            );
            sent += u32::from(is_sound);
            black_box(output);
        }
    }
    let passed = start.elapsed();
    // The first one waits for the second.
    assert!(sent >= done.saturating_sub(2), "{sent} of {done} were sent");
    passed
}
