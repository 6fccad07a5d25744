use control_command::{Format, Transcode};
use media_codec::{
    Coding, Decoder, Encoder, G711, G722Decoder, G722Encoder, G726Decoder, G726Encoder, L16,
};
use media_opus::{OpusDecoder, OpusEncoder, OpusSettings};
use media_transcode::{Ready, Transcoder};
use proto_base::Time;
use rtc_rtp::RtpHeader;
use std::time::Duration;

/// `name/clock/channels`.
pub(crate) fn format(payload_type: u8, map: &str) -> Format {
    let mut parts = map.split('/');
    Format {
        payload_type,
        encoding: parts.next().unwrap().to_owned(),
        clock_rate: parts.next().unwrap().parse().unwrap(),
        channels: parts.next().map_or(1, |it| it.parse().unwrap()),
    }
}

pub(crate) fn transcode(from: &str, to: &str, ptime: u8) -> Transcode {
    Transcode {
        from: format(96, from),
        to: format(97, to),
        parameters: None,
        ptime,
    }
}

fn coding(map: &str) -> Coding {
    let format = format(0, map);
    Coding::of(&format.encoding, format.clock_rate, format.channels).unwrap()
}

pub(crate) fn encoder(map: &str) -> Box<dyn Encoder> {
    match coding(map) {
        Coding::Pcmu => Box::new(G711::MuLaw),
        Coding::Pcma => Box::new(G711::ALaw),
        Coding::G722 => Box::new(G722Encoder::default()),
        Coding::G726 { bits, high_first } => Box::new(G726Encoder::new(bits, high_first).unwrap()),
        Coding::L16 { rate } => Box::new(L16 { rate }),
        Coding::Opus => {
            let settings = OpusSettings {
                inband_fec: true,
                expected_loss: 20,
                ..OpusSettings::default()
            };
            Box::new(OpusEncoder::new(48_000, settings).unwrap())
        }
    }
}

pub(crate) fn decoder(map: &str) -> Box<dyn Decoder> {
    match coding(map) {
        Coding::Pcmu => Box::new(G711::MuLaw),
        Coding::Pcma => Box::new(G711::ALaw),
        Coding::G722 => Box::new(G722Decoder::default()),
        Coding::G726 { bits, high_first } => Box::new(G726Decoder::new(bits, high_first).unwrap()),
        Coding::L16 { rate } => Box::new(L16 { rate }),
        Coding::Opus => Box::new(OpusDecoder::new(48_000).unwrap()),
    }
}

pub(crate) fn sine(frequency: u32, amplitude: f64, rate: u32, samples: usize) -> Vec<i16> {
    let step = std::f64::consts::TAU * f64::from(frequency) / f64::from(rate);
    (0..samples)
        .map(|place| (amplitude * (step * place as f64).sin()).round() as i16)
        .collect()
}

/// The amplitude of the sine of this frequency that fits best, and how far everything else is below it, in dB.
pub(crate) fn snr_of_sine(pcm: &[i16], frequency: u32, rate: u32) -> (f64, f64) {
    let step = std::f64::consts::TAU * f64::from(frequency) / f64::from(rate);
    let (mut real, mut imaginary, mut energy) = (0.0, 0.0, 0.0);
    for (place, sample) in pcm.iter().enumerate() {
        let (sample, turn) = (f64::from(*sample), step * place as f64);
        real += sample * turn.cos();
        imaginary += sample * turn.sin();
        energy += sample * sample;
    }
    let count = pcm.len() as f64;
    let amplitude = 2.0 * real.hypot(imaginary) / count;
    let tone = amplitude * amplitude / 2.0;
    let rest = (energy / count - tone).max(1e-9);
    (amplitude, 10.0 * (tone / rest).log10())
}

/// A packet on its way: when it arrives, its sequence number, timestamp and payload.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) arrives: Time,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: Vec<u8>,
}

impl Packet {
    pub(crate) fn header(&self) -> RtpHeader {
        RtpHeader {
            marker: false,
            payload_type: 96,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: 7,
            payload: 12..12 + self.payload.len(),
        }
    }
}

/// A tone as packets of `ptime`, sent in time, arriving at once.
pub(crate) fn tone_packets(map: &str, frequency: u32, ptime: u32, seconds: u32) -> Vec<Packet> {
    let mut encoder = encoder(map);
    let (rate, clock) = (encoder.rate(), format(0, map).clock_rate);
    let samples = sine(frequency, 8000.0, rate, (rate * seconds) as usize);
    samples
        .chunks_exact((rate / 1000 * ptime) as usize)
        .zip(0_u32..)
        .map(|(frame, number)| {
            let mut payload = Vec::new();
            encoder.encode(frame, &mut payload).unwrap();
            Packet {
                arrives: Time::from_micros(1_000_000 + u64::from(number * ptime) * 1000),
                sequence: (65_500 + number) as u16,
                timestamp: 4_294_900_000_u32.wrapping_add(number * ptime * (clock / 1000)),
                payload,
            }
        })
        .collect()
}

/// Lets packets come as they arrive, and gives what leaves, with when.
pub(crate) fn run(transcoder: &mut Transcoder, mut packets: Vec<Packet>) -> Vec<(Time, Ready)> {
    packets.sort_by_key(|packet| packet.arrives);
    let mut out = Vec::new();
    let mut packets = packets.into_iter().peekable();
    let mut left = 3000;
    loop {
        let arrival = packets.peek().map(|packet| packet.arrives);
        let due = transcoder.poll_timeout();
        let now = match (arrival, due) {
            (Some(arrival), Some(due)) => arrival.min(due),
            (Some(it), None) | (None, Some(it)) => it,
            (None, None) => return out,
        };
        if arrival == Some(now) {
            let packet = packets.next().unwrap();
            transcoder.take(now, &packet.header(), &packet.payload);
        }
        while let Some(ready) = transcoder.poll_packet(now) {
            out.push((now, ready));
        }
        left -= 1;
        assert!(left > 0, "it comes to no end");
    }
}

/// What is heard of it.
pub(crate) fn listen(map: &str, out: &[(Time, Ready)]) -> (Vec<i16>, u32) {
    let mut decoder = decoder(map);
    let mut pcm = Vec::new();
    for (_, ready) in out.iter().filter(|(_, ready)| !ready.event) {
        decoder.decode(&ready.payload, &mut pcm).unwrap();
    }
    (pcm, decoder.rate())
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
