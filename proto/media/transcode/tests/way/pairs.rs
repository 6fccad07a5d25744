use crate::bench::{format, listen, run, snr_of_sine, tone_packets, transcode};
use media_transcode::Transcoder;

/// Each codec, and how far below a tone of 1 kHz what it adds must be, in dB.
const CODECS: [(&str, f64); 11] = [
    ("PCMU/8000", 33.0),
    ("PCMA/8000", 33.0),
    ("G722/8000", 35.0),
    ("L16/8000", 50.0),
    ("L16/16000", 50.0),
    ("L16/48000", 50.0),
    ("G726-40/8000", 26.0),
    ("G726-32/8000", 20.0),
    ("AAL2-G726-24/8000", 14.0),
    ("G726-16/8000", 7.0),
    ("opus/48000/2", 15.0),
];

#[test]
fn a_tone_crosses_from_every_codec_into_every_other() {
    for (from, own) in CODECS {
        for (to, other) in CODECS {
            let mut transcoder = Transcoder::new(&[transcode(from, to, 20)]);
            let out = run(&mut transcoder, tone_packets(from, 1000, 20, 2));
            let (pcm, rate) = listen(to, &out);
            // Between the time that adaptive codecs need, and the end.
            let part = &pcm[rate as usize / 2..rate as usize * 3 / 2];
            let (level, snr) = snr_of_sine(part, 1000, rate);
            let decibels = 20.0 * (level / 8000.0).log10();
            assert!(decibels.abs() < 1.5, "{from} to {to}: {decibels} dB");
            let floor = own.min(other) - 3.0;
            assert!(snr > floor, "{from} to {to}: {snr} dB, not {floor}");
            assert_eq!(transcoder.heard().late, 0);
        }
    }
}

#[test]
fn wide_band_stays_wide_between_wide_codecs() {
    for (from, to) in [
        ("G722/8000", "opus/48000/2"),
        ("opus/48000/2", "G722/8000"),
        ("L16/16000", "opus/48000/2"),
        ("G722/8000", "L16/16000"),
    ] {
        let mut transcoder = Transcoder::new(&[transcode(from, to, 20)]);
        let out = run(&mut transcoder, tone_packets(from, 5500, 20, 2));
        let (pcm, rate) = listen(to, &out);
        let part = &pcm[rate as usize / 2..rate as usize * 3 / 2];
        let (level, _) = snr_of_sine(part, 5500, rate);
        let decibels = 20.0 * (level / 8000.0).log10();
        assert!(decibels.abs() < 3.0, "{from} to {to}: {decibels} dB");
    }
}

#[test]
fn p62_every_length_of_packet_becomes_every_other() {
    for from in ["PCMU/8000", "opus/48000/2"] {
        for to in ["PCMA/8000", "opus/48000/2", "G722/8000"] {
            for before in [10, 20, 40, 60] {
                for after in [10, 20, 30, 40, 60] {
                    let mut transcoder = Transcoder::new(&[transcode(from, to, after)]);
                    let out = run(&mut transcoder, tone_packets(from, 1000, before, 2));
                    let ptime = match (to, after) {
                        ("opus/48000/2", 30) => 20,
                        _ => u32::from(after),
                    };
                    let clock = format(0, to).clock_rate / 1000;
                    for pair in out.windows(2) {
                        let (first, second) = (&pair[0].1, &pair[1].1);
                        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
                        let step = second.timestamp.wrapping_sub(first.timestamp);
                        assert_eq!(step, ptime * clock, "{from} {before} to {to} {after}");
                    }
                    let (pcm, rate) = listen(to, &out);
                    let part = &pcm[rate as usize / 2..rate as usize * 3 / 2];
                    let (_, snr) = snr_of_sine(part, 1000, rate);
                    assert!(snr > 14.0, "{from} {before} to {to} {after}: {snr} dB");
                }
            }
        }
    }
}
