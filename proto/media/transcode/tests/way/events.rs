use crate::bench::{format, listen, ms, run, tone_packets, transcode};
use control_command::Transcode;
use media_codec::{KeyEar, KeyTone};
use media_transcode::{Ready, Transcoder};
use proto_base::Time;
use rtc_rtp::{RtpHeader, TelephoneEvent};

fn with_events(from: &str, to: &str, clocks: [&str; 2]) -> Vec<Transcode> {
    vec![
        transcode(from, to, 20),
        Transcode {
            from: format(101, clocks[0]),
            to: format(110, clocks[1]),
            parameters: None,
            ptime: 20,
        },
    ]
}

/// A key as RFC 4733 §2.5.1 sends it: a packet each 20 ms with a growing duration, the end three times.
fn key(start: u32, clock: u32, packets: u32) -> Vec<(u64, RtpHeader, [u8; 4])> {
    (1..=packets + 2)
        .map(|number| {
            let length = number.min(packets);
            let event = TelephoneEvent {
                event: 5,
                end: number >= packets,
                volume: 10,
                duration: (length * clock / 50) as u16,
            };
            let header = RtpHeader {
                marker: number == 1,
                payload_type: 101,
                sequence: 1000 + number as u16,
                timestamp: start,
                ssrc: 7,
                payload: 12..16,
            };
            (u64::from(length * 20), header, event.to_bytes())
        })
        .collect()
}

/// A second of tone, and 300 ms into it a key of 100 ms beside which the tone goes on.
fn play(transcodes: &[Transcode], from: &str, clock: u32) -> Vec<(Time, Ready)> {
    let mut transcoder = Transcoder::new(transcodes);
    let tone = tone_packets(from, 400, 20, 1);
    let begin = tone[0].arrives;
    let start = tone[15].timestamp;
    let mut events = key(start, clock, 5).into_iter().peekable();
    let mut out = Vec::new();
    for packet in &tone {
        while let Some(due) = transcoder
            .poll_timeout()
            .filter(|due| *due <= packet.arrives)
        {
            while let Some(ready) = transcoder.poll_packet(due) {
                out.push((due, ready));
            }
        }
        transcoder.take(packet.arrives, &packet.header(), &packet.payload);
        while events
            .peek()
            .is_some_and(|(at, ..)| begin + ms(300 + at) <= packet.arrives)
        {
            let (_, header, payload) = events.next().unwrap();
            transcoder.take(packet.arrives, &header, &payload);
            while let Some(ready) = transcoder.poll_packet(packet.arrives) {
                out.push((packet.arrives, ready));
            }
        }
    }
    out
}

#[test]
fn p38_events_go_over_to_the_other_clock_with_durations_that_are_right() {
    for (from, to, clocks, in_clock, out_clock) in [
        (
            "opus/48000/2",
            "PCMU/8000",
            ["telephone-event/48000", "telephone-event/8000"],
            48_000,
            8000,
        ),
        (
            "PCMU/8000",
            "opus/48000/2",
            ["telephone-event/8000", "telephone-event/48000"],
            8000,
            48_000,
        ),
        (
            "opus/48000/2",
            "G722/8000",
            ["telephone-event/8000", "telephone-event/8000"],
            8000,
            8000,
        ),
    ] {
        let out = play(&with_events(from, to, clocks), from, in_clock);
        let events: Vec<_> = out.iter().filter(|(_, ready)| ready.event).collect();
        let read: Vec<_> = events
            .iter()
            .map(|(_, ready)| TelephoneEvent::parse(&ready.payload).unwrap())
            .collect();
        assert_eq!(read.len(), 7);
        assert!(read.iter().all(|event| event.key() == Some('5')));
        assert_eq!(read.iter().filter(|event| event.end).count(), 3);
        let frame = (out_clock / 50) as u16;
        let durations: Vec<u16> = read.iter().map(|event| event.duration / frame).collect();
        assert_eq!(durations, [1, 2, 3, 4, 5, 5, 5]);
        let stamp = events[0].1.timestamp;
        assert!(events.iter().all(|(_, ready)| ready.timestamp == stamp));
        assert!(events.iter().all(|(_, ready)| ready.payload_type == 110));
        assert_eq!(events.iter().filter(|(_, ready)| ready.marker).count(), 1);
        // In time with the sound: what is sent at that moment has nearly this timestamp.
        let beside = out
            .iter()
            .rev()
            .find(|(at, ready)| !ready.event && *at <= events[0].0);
        let apart = stamp.wrapping_sub(beside.unwrap().1.timestamp);
        assert!(apart <= out_clock / 25, "{apart}");
    }
}

#[test]
fn no_sound_is_sent_beside_an_event_and_the_numbers_have_no_gap() {
    let clocks = ["telephone-event/8000", "telephone-event/8000"];
    let out = play(
        &with_events("PCMU/8000", "PCMA/8000", clocks),
        "PCMU/8000",
        8000,
    );
    let begin = out.iter().position(|(_, ready)| ready.event).unwrap();
    let end = out
        .iter()
        .position(|(_, ready)| ready.event && TelephoneEvent::parse(&ready.payload).unwrap().end);
    let beside = &out[begin..end.unwrap()];
    assert!(beside.iter().all(|(_, ready)| ready.event), "{beside:?}");
    for pair in out.windows(2) {
        assert_eq!(pair[1].1.sequence, pair[0].1.sequence.wrapping_add(1));
    }
    let after = out[end.unwrap()..].iter().find(|(_, ready)| !ready.event);
    assert!(after.unwrap().1.marker);
}

/// A leg whose far end knows no events gets tones, also beside sound that is relayed and so is not here.
#[test]
fn an_event_becomes_a_tone_where_nobody_knows_events() {
    for to in ["PCMU/8000", "opus/48000/2", "G722/8000"] {
        let key_alone = vec![Transcode {
            from: format(101, "telephone-event/8000"),
            ..transcode("PCMU/8000", to, 20)
        }];
        let mut beside_sound = vec![transcode("L16/8000", to, 20)];
        beside_sound.extend(key_alone.clone());
        for (transcodes, sound) in [(key_alone, false), (beside_sound, true)] {
            let mut transcoder = Transcoder::new(&transcodes);
            let mut out = Vec::new();
            let tone = tone_packets("L16/8000", 400, 20, 1);
            let mut events = key(5000, 8000, 5).into_iter();
            for (number, packet) in tone.iter().enumerate() {
                let now = packet.arrives;
                if sound {
                    transcoder.take(now, &packet.header(), &packet.payload);
                }
                if (15..22).contains(&number) {
                    let (_, header, payload) = events.next().unwrap();
                    transcoder.take(now, &header, &payload);
                }
                while let Some(ready) = transcoder.poll_packet(now) {
                    assert!(!ready.event);
                    out.push((now, ready));
                }
            }
            let (pcm, rate) = listen(to, &out);
            let mut ear = KeyEar::new(rate);
            let heard: Vec<Option<u8>> = pcm
                .chunks(rate as usize / 100)
                .map(|part| ear.listen(part))
                .collect();
            let pressed = heard.iter().filter(|key| **key == Some(5)).count();
            assert!((5..14).contains(&pressed), "{to}: {heard:?}");
            assert!(heard.iter().flatten().all(|key| *key == 5));
            if !sound {
                assert!(out.len() < 9, "nothing but the tone: {} packets", out.len());
            }
        }
    }
}

#[test]
fn a_tone_becomes_an_event_where_the_sender_knows_none() {
    let transcodes = vec![
        transcode("L16/8000", "opus/48000/2", 20),
        Transcode {
            to: format(110, "telephone-event/48000"),
            ..transcode("L16/8000", "opus/48000/2", 20)
        },
    ];
    let mut packets = tone_packets("L16/8000", 400, 20, 1);
    let mut tone = KeyTone::new(11, 8000).unwrap();
    for packet in &mut packets[20..25] {
        let mut pcm = [0; 160];
        tone.fill(&mut pcm);
        packet.payload = pcm.iter().flat_map(|it| it.to_be_bytes()).collect();
    }
    let mut transcoder = Transcoder::new(&transcodes);
    let out = run(&mut transcoder, packets);
    let events: Vec<TelephoneEvent> = out
        .iter()
        .filter(|(_, ready)| ready.event)
        .map(|(_, ready)| TelephoneEvent::parse(&ready.payload).unwrap())
        .collect();
    assert!(events.iter().all(|event| event.key() == Some('#')));
    assert_eq!(events.iter().filter(|event| event.end).count(), 3);
    assert!((5..9).contains(&events.len()), "{events:?}");
    let lasted = events.last().unwrap().duration / 48;
    assert!((60..=120).contains(&lasted), "{lasted} ms");
    for pair in out.windows(2) {
        assert_eq!(pair[1].1.sequence, pair[0].1.sequence.wrapping_add(1));
    }
    // Of the tone itself no more is heard than it takes to know it.
    let (pcm, rate) = listen("opus/48000/2", &out);
    let mut ear = KeyEar::new(rate);
    let heard = pcm.chunks(480).filter(|part| ear.listen(part).is_some());
    assert!(heard.count() <= 4);
}

#[test]
fn p38_an_event_whose_end_is_lost_does_not_silence_the_call() {
    let clocks = ["telephone-event/8000", "telephone-event/8000"];
    let mut transcoder = Transcoder::new(&with_events("PCMU/8000", "PCMA/8000", clocks));
    let tone = tone_packets("PCMU/8000", 400, 20, 1);
    let mut spoken = 0;
    for (number, packet) in tone.iter().enumerate() {
        let now = packet.arrives;
        transcoder.take(now, &packet.header(), &packet.payload);
        if number == 10 {
            let (_, header, payload) = key(packet.timestamp, 8000, 5).remove(0);
            transcoder.take(now, &header, &payload);
        }
        while let Some(ready) = transcoder.poll_packet(now) {
            spoken += u32::from(!ready.event);
        }
    }
    assert!((40..46).contains(&spoken), "{spoken}");
}
