use crate::world::*;
use control_command::LegId;
use media_stream::Port;
use proto_base::Time;
use rtc_rtp::{Compound, CompoundWriter, NtpTime, Report, ReportBlock, Rtcp, SenderInfo};
use std::time::Duration;

/// What a report of ours said.
struct Told {
    info: Option<SenderInfo>,
    blocks: Vec<ReportBlock>,
    ssrc: u32,
    cname: Vec<u8>,
    goodbye: bool,
}

fn read(bytes: &[u8]) -> Told {
    let mut told = Told {
        info: None,
        blocks: Vec::new(),
        ssrc: 0,
        cname: Vec::new(),
        goodbye: false,
    };
    for packet in Compound::parse(bytes).expect("a whole compound") {
        match packet {
            Rtcp::Report(Report { ssrc, info, blocks }) => {
                told.ssrc = ssrc;
                told.info = info;
                told.blocks = blocks.collect();
            }
            Rtcp::Description(mut sources) => {
                let (ssrc, name) = sources.next().unwrap();
                assert_eq!(ssrc, told.ssrc);
                told.cname = name.unwrap().to_vec();
            }
            Rtcp::Goodbye(mut sources) => {
                told.goodbye = sources.any(|(ssrc, _)| ssrc == told.ssrc);
            }
            other => panic!("{other:?}"),
        }
    }
    told
}

/// Talk on both sides up to the next report on `leg`; the report. Every tenth packet of the phone is lost, every other
/// one of the browser is 4 ms late.
fn talk(world: &mut World, n: &mut u32, leg: LegId) -> (Told, Port, Time) {
    loop {
        *n += 1;
        world.wait(16);
        if n.is_multiple_of(2) {
            world.wait(4);
        }
        world.browser_says(Said::by(BY_BROWSER, *n));
        if !n.is_multiple_of(2) {
            world.wait(4);
        }
        if !n.is_multiple_of(10) {
            world.phone_says(Said::by(BY_PHONE, *n));
        }
        if world.session.poll_timeout().unwrap() <= world.now {
            world.session.handle_timeout(world.now);
            let sent = world.sent_reports();
            if let Some((_, port, _, bytes)) = sent.into_iter().find(|sent| sent.0 == leg) {
                return (read(&bytes), port, world.now);
            }
        }
    }
}

#[test]
fn reports_tell_the_truth() {
    let mut world = World::gcm();
    let mut n = 0;
    let (told, port, now) = talk(&mut world, &mut n, PHONE);
    assert_eq!(port, Port::Rtcp);
    assert_eq!(told.ssrc, TO_PHONE);
    assert_eq!(told.cname, b"name-to-phone");
    let info = told.info.expect("we are a sender");
    assert_eq!(info.packets, n);
    assert_eq!(info.octets, n * 160);
    assert_eq!(info.ntp, NtpTime::at(now));
    let [block] = told.blocks[..] else {
        panic!("one source");
    };
    assert_eq!(block.ssrc, BY_PHONE);
    assert_eq!(block.cumulative_lost, (n - 1) as i32 / 10);
    // A tenth of 256 is 25.6, give or take one packet at the edges.
    assert!(
        (18..=32).contains(&block.fraction_lost),
        "{}",
        block.fraction_lost
    );
    assert_eq!(
        block.extended_highest & 0xffff,
        u32::from((65_530 + n - u32::from(n % 10 == 0)) as u16)
    );
    assert_eq!(block.extended_highest >> 16, 1, "around once");
    assert_eq!(world.counters(PHONE).packets_lost, i64::from((n - 1) / 10));

    let (told, port, _) = talk(&mut world, &mut n, BROWSER);
    assert_eq!(port, Port::Mux);
    assert_eq!(told.ssrc, TO_BROWSER);
    assert_eq!(told.cname, b"name-to-browser");
    let [block] = told.blocks[..] else {
        panic!("one source");
    };
    assert_eq!(block.fraction_lost, 0);
    // 4 ms are 32 units, always.
    assert!((25..=32).contains(&block.jitter), "{}", block.jitter);
}

#[test]
fn a_sender_report_s_two_clocks_are_the_same_moment() {
    let mut world = World::gcm();
    let mut n = 0;
    let (first, _, _) = talk(&mut world, &mut n, PHONE);
    let (second, _, _) = talk(&mut world, &mut n, PHONE);
    let (first, second) = (first.info.unwrap(), second.info.unwrap());
    let seconds = (second.ntp.0 - first.ntp.0) as f64 / 2f64.powi(32);
    let ticks = f64::from(second.rtp_timestamp.wrapping_sub(first.rtp_timestamp));
    // The packets' own jitter of 4 ms is in it.
    assert!(
        (ticks - seconds * 8000.0).abs() <= 40.0,
        "{ticks} {seconds}"
    );
}

#[test]
fn reports_come_about_every_five_seconds_and_never_in_step() {
    let mut world = World::gcm();
    world.browser_says(Said::by(BY_BROWSER, 0));
    let start = world.now;
    let mut gaps = Vec::new();
    let mut last = None;
    while world.now.since(start) < Duration::from_secs(3600) {
        world.next_timeout();
        for (leg, ..) in world.sent_reports() {
            if leg == PHONE {
                gaps.extend(last.map(|last| world.now.since(last).as_millis()));
                last = Some(world.now);
            }
        }
    }
    assert!(
        gaps.iter().all(|gap| (2052..=6158).contains(gap)),
        "{gaps:?}"
    );
    let mean = gaps.iter().sum::<u128>() / gaps.len() as u128;
    assert!((3900..=4300).contains(&mean), "{mean}");
}

#[test]
fn who_sends_nothing_is_a_receiver() {
    let mut world = World::gcm();
    let mut quiet = 0;
    world.phone_says(Said::by(BY_PHONE, 0));
    for _ in 0..12 {
        world.next_timeout();
        for (leg, _, _, bytes) in world.sent_reports() {
            let told = read(&bytes);
            if leg == PHONE {
                assert_eq!(told.info, None);
            } else if told.info.is_none() {
                quiet += 1;
            } else {
                assert_eq!(quiet, 0, "two reports as a sender, then no more");
            }
        }
    }
    assert!(quiet > 0);
}

#[test]
fn the_round_trip_is_measured_on_each_leg() {
    let mut world = World::gcm();
    let mut n = 0;
    for (leg, from, by) in [
        (PHONE, PHONE_RTCP, BY_PHONE),
        (BROWSER, BROWSER_AT, BY_BROWSER),
    ] {
        assert_eq!(world.session.round_trip(leg), None);
        let (told, _, _) = talk(&mut world, &mut n, leg);
        // 30 ms on the way, 200 ms at the far end, 30 ms back.
        world.wait(260);
        let block = ReportBlock {
            ssrc: told.ssrc,
            fraction_lost: 0,
            cumulative_lost: 0,
            extended_highest: 0,
            jitter: 0,
            last_sender_report: told.info.unwrap().ntp.middle(),
            delay_since_last: 65_536 / 5,
        };
        let report = CompoundWriter::report(by, None, &[block])
            .name(by, "far")
            .finish();
        assert!(world.reports(leg, from, &report));
        let trip = world.session.round_trip(leg).unwrap();
        assert!(
            trip.abs_diff(Duration::from_millis(60)) < Duration::from_millis(1),
            "{trip:?}"
        );
    }
}

#[test]
fn the_far_end_s_last_sender_report_is_told_back() {
    let mut world = World::gcm();
    let mut n = 0;
    talk(&mut world, &mut n, PHONE);
    let info = SenderInfo {
        ntp: NtpTime(0x1234_5678_9abc_def0),
        rtp_timestamp: 0,
        packets: n,
        octets: 0,
    };
    let report = CompoundWriter::report(BY_PHONE, Some(&info), &[]).finish();
    let heard = world.now;
    assert!(world.reports(PHONE, PHONE_RTCP, &report));
    let (told, _, now) = talk(&mut world, &mut n, PHONE);
    let block = told.blocks[0];
    assert_eq!(block.last_sender_report, 0x5678_9abc);
    let delay = f64::from(block.delay_since_last) / 65_536.0;
    assert!((delay - now.since(heard).as_secs_f64()).abs() < 0.001);
}

#[test]
fn what_concerns_others_streams_is_not_ours() {
    let mut world = World::gcm();
    let mut n = 0;
    let (told, _, _) = talk(&mut world, &mut n, PHONE);
    let block = ReportBlock {
        ssrc: 0x7777,
        last_sender_report: told.info.unwrap().ntp.middle(),
        ..told.blocks[0]
    };
    let info = told.info.unwrap();
    let report = CompoundWriter::report(0x8888, Some(&info), &[block]).finish();
    assert!(world.reports(PHONE, PHONE_RTCP, &report));
    assert_eq!(world.session.round_trip(PHONE), None);
    let (told, _, _) = talk(&mut world, &mut n, PHONE);
    assert_eq!(told.blocks[0].last_sender_report, 0);
}

#[test]
fn goodbye_and_picture_requests_end_here() {
    let mut world = World::gcm();
    let goodbye = CompoundWriter::report(BY_BROWSER, None, &[])
        .goodbye(BY_BROWSER)
        .finish();
    assert!(world.reports(BROWSER, BROWSER_AT, &goodbye));
    let picture_loss = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
    assert!(world.reports(BROWSER, BROWSER_AT, &picture_loss));
    assert_eq!(world.sent_reports(), []);
    assert!(world.browser_says(Said::by(BY_BROWSER, 0)).is_some());
}

#[test]
fn at_the_end_we_say_goodbye_on_each_leg() {
    let mut world = World::gcm();
    world.browser_says(Said::by(BY_BROWSER, 0));
    world.phone_says(Said::by(BY_PHONE, 0));
    let counters = world.session.close(world.now);
    assert_eq!(counters[0].packets_received, 1);
    assert_eq!(counters[1].packets_sent, 1);
    let sent = world.sent_reports();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|sent| read(&sent.3).goodbye));
}

#[test]
fn whom_we_have_sent_nothing_we_say_no_goodbye() {
    let mut world = World::gcm();
    world.browser_says(Said::by(BY_BROWSER, 0));
    world.session.close(world.now);
    let sent = world.sent_reports();
    assert_eq!(sent.len(), 1, "to the phone, which was sent a packet");
    assert_eq!(sent[0].0, PHONE);
}

#[test]
fn a_flood_of_reports_is_cut_down() {
    let mut world = World::gcm();
    let report = CompoundWriter::report(BY_PHONE, None, &[]).finish();
    let taken = (0..1000)
        .filter(|_| world.reports(PHONE, PHONE_RTCP, &report))
        .count();
    assert_eq!(taken, 20);
}
