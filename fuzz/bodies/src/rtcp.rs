//! RTCP from anyone: whatever is read ends, and reports come out the same when worded and read again.

use proto_base::Time;
use rtc_rtp::{Compound, CompoundWriter, Reception, Report, Rtcp};

/// Reads the bytes as a compound packet.
pub fn rtcp(bytes: &[u8]) {
    let Some(compound) = Compound::parse(bytes) else {
        return;
    };
    let mut packets = 0;
    for packet in compound {
        packets += 1;
        match packet {
            Rtcp::Report(report) => reworded(&report),
            Rtcp::Description(sources) | Rtcp::Goodbye(sources) => assert!(sources.count() <= 31),
            _ => {}
        }
    }
    assert!(packets * 4 <= bytes.len());
}

fn reworded(report: &Report<'_>) {
    let blocks: Vec<_> = report.blocks.clone().collect();
    let words = CompoundWriter::report(report.ssrc, report.info.as_ref(), &blocks).finish();
    let Some(Rtcp::Report(again)) = Compound::parse(&words).and_then(|mut all| all.next()) else {
        unreachable!("what we word is a report");
    };
    assert_eq!((again.ssrc, again.info), (report.ssrc, report.info));
    assert!(again.blocks.eq(blocks.iter().copied()));
    let now = Time::from_micros(1 << 40);
    for block in &blocks {
        let _ = block.round_trip(now);
    }
    if let Some(info) = &report.info {
        let mut reception = Reception::new(report.ssrc, info.packets as u16);
        reception.sender_report(now, info);
        reception.packet(now, info.octets as u16, Some((info.rtp_timestamp, 8000)));
        let _ = reception.report(now);
    }
}
