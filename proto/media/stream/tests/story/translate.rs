//! A browser that speaks Opus and a telephone that speaks PCMU.

use crate::world::*;
use control_command::{Format, Transcode};
use media_codec::{Decoder, Ear, Encoder, G711, Tone};
use media_opus::{OpusDecoder, OpusEncoder, OpusSettings};
use media_stream::{Output, Port, Verdict};
use rtc_rtp::{Outgoing, RtpHeader};

const BROWSER_TONE: u32 = 440;
const PHONE_TONE: u32 = 880;

fn format(payload_type: u8, encoding: &str, clock_rate: u32, channels: u8) -> Format {
    Format {
        payload_type,
        encoding: encoding.into(),
        clock_rate,
        channels,
    }
}

/// What is heard at the ends, 20 ms a step.
struct Call {
    world: World,
    voices: (OpusEncoder, Tone, Tone),
    ears: (OpusDecoder, Ear, Ear),
    step: u32,
    /// Sequence and timestamp of what the phone was sent, and the browser.
    to_phone: Vec<(u16, u32)>,
    to_browser: Vec<(u16, u32)>,
}

impl Call {
    fn new() -> Self {
        let mut world = World::gcm();
        let (opus, pcmu) = (format(111, "opus", 48_000, 2), format(0, "PCMU", 8000, 1));
        let way = |from: &Format, to: &Format| Transcode {
            from: from.clone(),
            to: to.clone(),
            parameters: None,
            ptime: 20,
        };
        world.leg(BROWSER).formats = vec![opus.clone()];
        world.leg(PHONE).formats = vec![pcmu.clone()];
        for (route, transcode) in [(0, way(&opus, &pcmu)), (1, way(&pcmu, &opus))] {
            world.plan.routes[route].payload_types.clear();
            world.plan.routes[route].transcodes = vec![transcode];
        }
        world.apply();
        Self {
            world,
            voices: (
                OpusEncoder::new(8000, OpusSettings::default()).unwrap(),
                Tone::new(BROWSER_TONE, 8000),
                Tone::new(PHONE_TONE, 8000),
            ),
            ears: (
                OpusDecoder::new(8000).unwrap(),
                Ear::new(BROWSER_TONE),
                Ear::new(PHONE_TONE),
            ),
            step: 0,
            to_phone: Vec::new(),
            to_browser: Vec::new(),
        }
    }

    fn packet(&self, payload_type: u8, ssrc: u32, clock: u32, payload: &[u8]) -> Vec<u8> {
        let header = Outgoing {
            marker: false,
            payload_type,
            sequence: self.step as u16,
            timestamp: self.step * clock / 50,
            ssrc,
        };
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(payload);
        bytes
    }

    /// Both speak 20 ms, and what is due is done.
    fn steps(&mut self, steps: u32) {
        for _ in 0..steps {
            self.step += 1;
            self.world.wait(20);
            self.world.session.handle_timeout(self.world.now);
            let mut pcm = [0; 160];
            self.voices.1.fill(&mut pcm);
            let mut payload = Vec::new();
            self.voices.0.encode(&pcm, &mut payload).unwrap();
            let plain = self.packet(111, BY_BROWSER, 48_000, &payload);
            let bytes = self.world.protect(&plain);
            let (verdict, _) = self.world.arrives(BROWSER, Port::Mux, BROWSER_AT, &bytes);
            assert_eq!(verdict, Verdict::Consumed);
            self.voices.2.fill(&mut pcm);
            payload.clear();
            G711::MuLaw.encode(&pcm, &mut payload).unwrap();
            let bytes = self.packet(0, BY_PHONE, 8000, &payload);
            let (verdict, _) = self.world.arrives(PHONE, Port::Rtp, PHONE_RTP, &bytes);
            assert_eq!(verdict, Verdict::Consumed);
            self.hear();
        }
    }

    fn hear(&mut self) {
        while let Some(output) = self.world.session.poll_output() {
            let Output::Transmit {
                leg,
                port,
                to,
                mut bytes,
            } = output
            else {
                continue;
            };
            let mut pcm = Vec::new();
            match (leg, port) {
                (PHONE, Port::Rtp) => {
                    assert_eq!(to, address(PHONE_RTP));
                    let header = RtpHeader::parse(&bytes).unwrap();
                    assert_eq!((header.payload_type, header.ssrc), (0, TO_PHONE));
                    let payload = &bytes[header.payload.clone()];
                    G711::MuLaw.decode(payload, &mut pcm).unwrap();
                    self.ears.1.listen(&pcm);
                    self.to_phone.push((header.sequence, header.timestamp));
                }
                (BROWSER, Port::Mux) if !rtc_rtp::is_rtcp(&bytes) => {
                    assert_eq!(to, address(BROWSER_AT));
                    let length = bytes.len();
                    let receive = &mut self.world.browser_receive;
                    let length = receive.unprotect_rtp(&mut bytes, length).unwrap();
                    let header = RtpHeader::parse(&bytes[..length]).unwrap();
                    assert_eq!((header.payload_type, header.ssrc), (111, TO_BROWSER));
                    let payload = &bytes[header.payload.clone()];
                    self.ears.0.decode(payload, &mut pcm).unwrap();
                    self.ears.2.listen(&pcm);
                    self.to_browser.push((header.sequence, header.timestamp));
                }
                _ => {}
            }
        }
    }

    fn both_hear(&mut self) {
        let shares = (self.ears.1.share(), self.ears.2.share());
        assert!(shares.0 > 0.9 && shares.1 > 0.9, "{shares:?}");
    }

    fn numbers_have_no_gap(&self, clock: u32, numbers: &[(u16, u32)]) {
        for pair in numbers.windows(2) {
            assert_eq!(pair[1].0, pair[0].0.wrapping_add(1));
            let step = pair[1].1.wrapping_sub(pair[0].1);
            assert_eq!(step, clock / 50);
        }
    }
}

#[test]
fn each_hears_the_other_in_its_own_codec() {
    let mut call = Call::new();
    call.steps(25);
    call.both_hear();
    call.steps(100);
    call.both_hear();
    call.numbers_have_no_gap(8000, &call.to_phone);
    call.numbers_have_no_gap(48_000, &call.to_browser);
    let counters = call.world.counters(PHONE);
    assert_eq!(counters.packets_received, 125);
    assert_eq!(counters.packets_sent, call.to_phone.len() as u64);
    assert!(call.to_phone.len() >= 123);
}

#[test]
fn p57_written_down_and_read_back_the_codecs_are_made_anew_and_the_streams_go_on() {
    let mut call = Call::new();
    call.steps(50);
    call.both_hear();
    let mut bytes = Vec::new();
    ciborium::into_writer(&call.world.session, &mut bytes).unwrap();
    call.world.session = ciborium::from_reader(&bytes[..]).unwrap();
    // The codecs need a moment.
    call.steps(10);
    call.ears.1.share();
    call.ears.2.share();
    call.steps(40);
    call.both_hear();
    for numbers in [&call.to_phone, &call.to_browser] {
        for pair in numbers.windows(2) {
            assert_eq!(pair[1].0, pair[0].0.wrapping_add(1));
        }
    }
}

#[test]
fn what_is_held_is_not_translated_and_afterwards_it_is_heard_again() {
    let mut call = Call::new();
    call.steps(30);
    let spoken = call.to_phone.len();
    for route in &mut call.world.plan.routes {
        route.open = false;
    }
    call.world.apply();
    call.hear();
    let numbers = call.to_phone.clone();
    assert_eq!(numbers.len(), spoken);
    for route in &mut call.world.plan.routes {
        route.open = true;
    }
    call.world.wait(5000);
    call.world.apply();
    call.steps(30);
    call.ears.1.share();
    call.ears.2.share();
    call.steps(30);
    call.both_hear();
    let (last, next) = (call.to_phone[spoken - 1], call.to_phone[spoken]);
    assert_eq!(next.0, last.0.wrapping_add(1));
    let pause = next.1.wrapping_sub(last.1);
    assert!((5000 * 8..5100 * 8).contains(&pause), "{pause}");
}

#[test]
fn a_packet_that_does_not_authenticate_opens_no_codec() {
    let mut call = Call::new();
    let mut bytes = call
        .world
        .protect(&call.packet(111, BY_BROWSER, 48_000, &[1; 40]));
    bytes[20] ^= 1;
    let (verdict, _) = call.world.arrives(BROWSER, Port::Mux, BROWSER_AT, &bytes);
    assert_eq!(verdict, Verdict::Drop);
    let first_report = call.world.session.poll_timeout().unwrap();
    assert!(first_report > call.world.now + std::time::Duration::from_secs(1));
}
