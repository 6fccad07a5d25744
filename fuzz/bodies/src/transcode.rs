//! A transcoder in any order of packets and time: it never sends more than the clock allows, nor anything that does not fit into a
//! datagram, and its numbers have no gap.
//!
//! The first two octets name the codecs; the others are operations: one octet of what, one of detail, one of length, and so many octets of
//! payload.

use control_command::{Format, Transcode};
use media_transcode::{Ready, Transcoder};
use proto_base::Time;
use rtc_rtp::RtpHeader;
use std::time::Duration;

const CODECS: [(&str, u32, u8); 12] = [
    ("PCMU", 8000, 1),
    ("PCMA", 8000, 1),
    ("G722", 8000, 1),
    ("L16", 8000, 1),
    ("L16", 16_000, 1),
    ("L16", 48_000, 1),
    ("G726-16", 8000, 1),
    ("G726-24", 8000, 1),
    ("AAL2-G726-32", 8000, 1),
    ("G726-40", 8000, 1),
    ("opus", 48_000, 2),
    ("nonsense", 0, 0),
];
/// The longest payload that may leave: what an Ethernet frame holds beside the headers of IPv6, UDP, RTP and SRTP.
const LONGEST: usize = 1400;

/// Plays the operations.
pub fn transcode(bytes: &[u8]) {
    let [from, to, rest @ ..] = bytes else {
        return;
    };
    let format = |payload_type: u8, choice: u8| {
        let known = CODECS.get(usize::from(choice) % CODECS.len());
        let (encoding, clock_rate, channels) = known.copied().unwrap_or(("PCMU", 8000, 1));
        Format {
            payload_type,
            encoding: encoding.into(),
            clock_rate,
            channels,
        }
    };
    let events = |payload_type, clock_rate| Format {
        payload_type,
        encoding: "telephone-event".into(),
        clock_rate,
        channels: 1,
    };
    let sound = Transcode {
        from: format(0, *from),
        to: format(1, *to),
        parameters: (from & 0x80 != 0).then(|| "useinbandfec=1;usedtx=1".to_owned()),
        ptime: to & 0x7f,
    };
    let keys = Transcode {
        from: events(101, 8000),
        to: events(102, 48_000),
        parameters: None,
        ptime: 20,
    };
    let mut transcoder = Transcoder::new(&[sound, keys]);
    let mut now = Time::from_micros(1_000_000);
    let (mut sequence, mut timestamp) = (0_u16, 0_u32);
    let mut last: Option<Ready> = None;
    let mut rest = rest;
    while let [what, detail, length, after @ ..] = rest {
        let (payload, after) = after
            .split_at_checked(usize::from(*length))
            .unwrap_or((after, &[]));
        rest = after;
        match what % 8 {
            // Time.
            0 => now = now + Duration::from_millis(u64::from(*detail)),
            1 => now = now + Duration::from_millis(u64::from(*detail) * 40),
            // Another place in the stream.
            2 => sequence = sequence.wrapping_add(u16::from(*detail) << 8),
            3 => timestamp = timestamp.wrapping_add(u32::from(*detail) << 20),
            _ => {
                let header = RtpHeader {
                    marker: detail & 1 != 0,
                    payload_type: if what & 0x40 != 0 { 101 } else { 0 },
                    sequence: sequence.wrapping_add(u16::from(detail >> 4)),
                    timestamp: timestamp.wrapping_add(u32::from(detail >> 4) * 160),
                    ssrc: u32::from(what >> 7),
                    payload: 12..12 + payload.len(),
                };
                sequence = sequence.wrapping_add(1);
                timestamp = timestamp.wrapping_add(160);
                transcoder.take(now, &header, payload);
            }
        }
        let mut given = 0;
        while let Some(ready) = transcoder.poll_packet(now) {
            given += 1;
            // Five frames made up for, and the packets of events.
            assert!(given <= 32, "it floods");
            assert!(!ready.payload.is_empty() && ready.payload.len() <= LONGEST);
            if let Some(last) = last.replace(ready.clone()) {
                assert_eq!(ready.sequence, last.sequence.wrapping_add(1), "a gap");
            }
        }
        assert!(transcoder.poll_timeout().is_none_or(|due| due > now));
    }
}
