use crate::bench::{Packet, listen, ms, run, snr_of_sine, tone_packets, transcode};
use media_transcode::Transcoder;

/// A cheap chance that is the same in every run.
fn chance(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

fn heard(from: &str, to: &str, packets: Vec<Packet>) -> (f64, f64, Transcoder) {
    let mut transcoder = Transcoder::new(&[transcode(from, to, 20)]);
    let out = run(&mut transcoder, packets);
    let (pcm, rate) = listen(to, &out);
    let end = pcm.len().min(rate as usize * 9 / 2);
    let (level, snr) = snr_of_sine(&pcm[rate as usize / 2..end], 400, rate);
    (level, snr, transcoder)
}

#[test]
fn one_packet_of_twenty_lost_is_hardly_heard() {
    for (from, floor) in [
        ("PCMU/8000", 14.0),
        ("G722/8000", 12.0),
        ("opus/48000/2", 10.0),
    ] {
        let mut packets = tone_packets(from, 400, 20, 5);
        packets.retain(|packet| packet.sequence % 20 != 7);
        let (level, snr, transcoder) = heard(from, "L16/16000", packets);
        assert!(level > 7100.0, "{from}: {level}");
        assert!(snr > floor, "{from}: {snr} dB");
        let guessed = transcoder.heard().guessed_ms;
        // Twelve or thirteen packets, and the second at the end in which nothing comes any more.
        assert!((1200..1400).contains(&guessed), "{from}: {guessed} ms");
    }
}

#[test]
fn packets_that_overtake_each_other_or_come_twice_are_put_in_order() {
    for from in ["PCMU/8000", "opus/48000/2"] {
        let (_, straight, _) = heard(from, "L16/8000", tone_packets(from, 400, 20, 5));
        let mut packets = tone_packets(from, 400, 20, 5);
        for pair in packets.chunks_exact_mut(2) {
            let first = pair[0].arrives;
            pair[0].arrives = first + ms(15);
            pair[1].arrives = first + ms(14);
        }
        let doubled = packets.clone();
        packets.extend(doubled);
        let (_, snr, transcoder) = heard(from, "L16/8000", packets);
        assert!(
            snr > straight - 1.0,
            "{from}: {snr} dB, {straight} dB straight"
        );
        assert_eq!(transcoder.heard().late, 0);
    }
}

#[test]
fn after_a_little_jitter_has_shown_itself_nothing_is_late() {
    let mut seed = 1;
    let mut packets = tone_packets("PCMU/8000", 400, 20, 5);
    for packet in &mut packets {
        packet.arrives = packet.arrives + ms(chance(&mut seed) % 60);
    }
    let mut transcoder = Transcoder::new(&[transcode("PCMU/8000", "L16/8000", 20)]);
    let out = run(&mut transcoder, packets);
    let (pcm, rate) = listen("L16/8000", &out);
    // The first second is for learning.
    let part = &pcm[rate as usize..rate as usize * 9 / 2];
    let (level, snr) = snr_of_sine(part, 400, rate);
    assert!(level > 7500.0 && snr > 20.0, "{level} {snr} dB");
}

#[test]
fn a_stall_delays_and_the_delay_is_made_up_again() {
    let mut packets = tone_packets("PCMU/8000", 400, 20, 15);
    // From the first second on nothing comes for 200 ms; then all at once.
    let stalled = packets[50].arrives;
    for packet in &mut packets[50..60] {
        packet.arrives = stalled + ms(200);
    }
    let last = packets.last().unwrap().clone();
    let mut transcoder = Transcoder::new(&[transcode("PCMU/8000", "L16/8000", 20)]);
    let out = run(&mut transcoder, packets);
    // Sound ends a second before the packets do, for then there is silence to be waited out.
    let (pcm, _) = listen("L16/8000", &out);
    let speech = pcm.iter().rposition(|sample| sample.unsigned_abs() > 4000);
    let spoken = speech.unwrap() as u64 / 8;
    let sent = (last.arrives.as_micros() - out[0].0.as_micros()) / 1000;
    assert!(spoken < sent + 120, "spoken {spoken} ms, sent {sent} ms");
    assert!(transcoder.heard().late == 0);
}

#[test]
fn a_pause_ends_the_stream_and_the_next_word_begins_it_in_time() {
    let mut packets = tone_packets("PCMU/8000", 400, 20, 1);
    let mut later = packets.clone();
    for packet in &mut later {
        packet.arrives = packet.arrives + ms(60_000);
        packet.sequence = packet.sequence.wrapping_add(50);
        packet.timestamp = packet.timestamp.wrapping_add(60_000 * 8);
    }
    packets.extend(later);
    let mut transcoder = Transcoder::new(&[transcode("PCMU/8000", "opus/48000/2", 20)]);
    let out = run(&mut transcoder, packets);
    let marked: Vec<_> = out.iter().filter(|(_, ready)| ready.marker).collect();
    assert_eq!(marked.len(), 2);
    let (first, second) = (marked[0], marked[1]);
    assert_eq!(
        second.1.timestamp.wrapping_sub(first.1.timestamp),
        60_000 * 48
    );
    assert!(out.len() < 210, "{} packets for two seconds", out.len());
}

#[test]
fn a_sender_whose_clock_is_fast_or_slow_is_followed() {
    for skew in [-2_i64, 2] {
        let mut packets = tone_packets("PCMU/8000", 400, 20, 5);
        for (number, packet) in (0_i64..).zip(&mut packets) {
            // Two in a thousand: many times what a telephone's crystal is off.
            let moved = packet.arrives.as_micros() as i64 + number * 20 * skew;
            packet.arrives = proto_base::Time::from_micros(moved as u64);
        }
        let (level, _, transcoder) = heard("PCMU/8000", "L16/8000", packets);
        assert!(level > 7000.0, "{skew}: {level}");
        assert_eq!(transcoder.heard().late, 0);
    }
}

#[test]
fn nonsense_ends_the_stream_and_not_the_program() {
    let mut packets = tone_packets("opus/48000/2", 400, 20, 4);
    for packet in &mut packets[20..] {
        packet.payload = vec![0xff; 3];
    }
    let mut transcoder = Transcoder::new(&[transcode("opus/48000/2", "PCMU/8000", 20)]);
    let out = run(&mut transcoder, packets);
    assert!((20..120).contains(&out.len()), "{}", out.len());
    assert_eq!(transcoder.poll_timeout(), None);
}

#[test]
fn another_source_is_heard_from_its_first_packet_on() {
    let mut transcoder = Transcoder::new(&[transcode("PCMU/8000", "L16/8000", 20)]);
    let first = tone_packets("PCMU/8000", 400, 20, 1);
    let out = run(&mut transcoder, first.clone());
    let last = out.last().unwrap().1.clone();
    let now = first.last().unwrap().arrives + ms(2000);
    let mut header = first[0].header();
    header.ssrc = 99;
    header.sequence = 3;
    transcoder.take(now, &header, &first[0].payload);
    let ready = transcoder.poll_packet(now + ms(20)).unwrap();
    assert_eq!(ready.sequence, last.sequence.wrapping_add(1));
    assert!(ready.marker);
}
