use crate::rtcp::{CNAME, GOODBYE, RECEIVER_REPORT, SENDER_REPORT, SOURCE_DESCRIPTION};
use crate::{ReportBlock, SenderInfo};

/// The count in an RTCP header has five bits.
const MAX_BLOCKS: usize = 31;
/// An SDES item's length has eight bits.
const MAX_NAME: usize = 255;

/// Words a compound RTCP packet. RFC 3550 §6.1 wants a report first and a CNAME in each.
#[derive(Debug, Default)]
pub struct CompoundWriter {
    bytes: Vec<u8>,
}

impl CompoundWriter {
    /// Begins with a sender report, if there is something to tell of a stream, or else with a receiver report.
    pub fn report(ssrc: u32, info: Option<&SenderInfo>, blocks: &[ReportBlock]) -> Self {
        let mut writer = Self::default();
        let blocks = blocks.get(..MAX_BLOCKS).unwrap_or(blocks);
        let kind = match info {
            Some(_) => SENDER_REPORT,
            None => RECEIVER_REPORT,
        };
        writer.packet(kind, blocks.len() as u8, |writer| {
            writer.word(ssrc);
            if let Some(info) = info {
                writer.word((info.ntp.0 >> 32) as u32);
                writer.word(info.ntp.0 as u32);
                writer.word(info.rtp_timestamp);
                writer.word(info.packets);
                writer.word(info.octets);
            }
            for block in blocks {
                writer.block(block);
            }
        });
        writer
    }

    /// Adds an SDES packet with a CNAME; what is beyond 255 octets is cut off.
    pub fn name(mut self, ssrc: u32, cname: &str) -> Self {
        let name = cname.as_bytes();
        let name = name.get(..MAX_NAME).unwrap_or(name);
        self.packet(SOURCE_DESCRIPTION, 1, |writer| {
            writer.word(ssrc);
            writer.bytes.extend([CNAME, name.len() as u8]);
            writer.bytes.extend(name);
            // At least one zero ends the items; all packets begin at multiples of four.
            writer.bytes.push(0);
            while !writer.bytes.len().is_multiple_of(4) {
                writer.bytes.push(0);
            }
        });
        self
    }

    /// Adds a BYE.
    pub fn goodbye(mut self, ssrc: u32) -> Self {
        self.packet(GOODBYE, 1, |writer| writer.word(ssrc));
        self
    }

    /// The packet.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn packet(&mut self, kind: u8, count: u8, body: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.bytes.extend([0x80 | count & 0x1f, kind, 0, 0]);
        body(self);
        let words = ((self.bytes.len() - start) / 4 - 1) as u16;
        if let Some(length) = self.bytes.get_mut(start + 2..start + 4) {
            length.copy_from_slice(&words.to_be_bytes());
        }
    }

    fn block(&mut self, block: &ReportBlock) {
        self.word(block.ssrc);
        let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        self.word(u32::from(block.fraction_lost) << 24 | lost);
        self.word(block.extended_highest);
        self.word(block.jitter);
        self.word(block.last_sender_report);
        self.word(block.delay_since_last);
    }

    fn word(&mut self, word: u32) {
        self.bytes.extend(word.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
    use super::CompoundWriter;
    use crate::{Compound, FeedbackKind, NtpTime, ReportBlock, Rtcp, SenderInfo};

    const INFO: SenderInfo = SenderInfo {
        ntp: NtpTime(0x1111_1111_2222_2222),
        rtp_timestamp: 0x3333_3333,
        packets: 4,
        octets: 640,
    };
    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 9,
        fraction_lost: 12,
        cumulative_lost: -3,
        extended_highest: 0x0002_fffe,
        jitter: 77,
        last_sender_report: 0x2222_3333,
        delay_since_last: 65_536,
    };

    #[test]
    fn what_is_written_is_read_again() {
        for name in ["", "a", "ab", "abc", "abcd", "x".repeat(255).as_str()] {
            let bytes = CompoundWriter::report(7, Some(&INFO), &[BLOCK])
                .name(7, name)
                .goodbye(7)
                .finish();
            let packets: Vec<_> = Compound::parse(&bytes).unwrap().collect();
            let [
                Rtcp::Report(report),
                Rtcp::Description(sources),
                Rtcp::Goodbye(gone),
            ] = &packets[..]
            else {
                panic!("{packets:?}");
            };
            assert_eq!(report.ssrc, 7);
            assert_eq!(report.info, Some(INFO));
            assert_eq!(report.blocks.clone().collect::<Vec<_>>(), [BLOCK]);
            let names: Vec<_> = sources.clone().collect();
            assert_eq!(names, [(7, Some(name.as_bytes()))]);
            assert_eq!(gone.clone().collect::<Vec<_>>(), [(7, None)]);
        }
    }

    #[test]
    fn a_receiver_report_without_blocks_is_eight_octets() {
        let bytes = CompoundWriter::report(7, None, &[]).finish();
        assert_eq!(bytes, [0x80, 201, 0, 1, 0, 0, 0, 7]);
    }

    #[test]
    fn feedback_and_unknown_packets_are_named_and_passed_over() {
        let mut bytes = CompoundWriter::report(7, None, &[]).finish();
        bytes.extend([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
        bytes.extend([0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e']);
        bytes.extend([0x80, 207, 0, 1, 0, 0, 0, 1]);
        let packets: Vec<_> = Compound::parse(&bytes).unwrap().collect();
        assert!(matches!(
            packets[1],
            Rtcp::Feedback {
                kind: FeedbackKind::Payload,
                format: 1,
                sender: 1,
                media: 2
            }
        ));
        assert!(matches!(packets[2..], [Rtcp::Other(204), Rtcp::Other(207)]));
    }

    #[test]
    fn reduced_size_packets_are_tolerated() {
        let bytes = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        assert_eq!(Compound::parse(&bytes).unwrap().count(), 1);
    }

    #[test]
    fn broken_frames_are_refused_whole() {
        let good = CompoundWriter::report(7, Some(&INFO), &[BLOCK])
            .name(7, "n")
            .finish();
        for length in 0..good.len() {
            // The report alone, of 52 octets, is a whole packet too.
            assert_eq!(
                Compound::parse(&good[..length]).is_some(),
                length == 52,
                "{length}"
            );
        }
        assert!(
            Compound::parse(&[0x40, 201, 0, 1, 0, 0, 0, 7]).is_none(),
            "version 1"
        );
        assert!(
            Compound::parse(&[0xa0, 201, 0, 1, 0, 0, 0, 8]).is_none(),
            "padding beyond"
        );
        assert!(
            Compound::parse(&[0xa0, 201, 0, 1, 0, 0, 0, 0]).is_none(),
            "padding of none"
        );
        let mut padded_first = good.clone();
        padded_first[0] |= 0x20;
        assert!(
            Compound::parse(&padded_first).is_none(),
            "padding in the middle"
        );
    }

    #[test]
    fn a_report_that_counts_more_blocks_than_it_holds_is_passed_over() {
        let mut bytes = CompoundWriter::report(7, None, &[BLOCK])
            .goodbye(7)
            .finish();
        bytes[0] = 0x82;
        let packets: Vec<_> = Compound::parse(&bytes).unwrap().collect();
        assert!(matches!(packets[..], [Rtcp::Goodbye(_)]));
    }

    #[test]
    fn padding_at_the_end_is_no_content() {
        let mut bytes = CompoundWriter::report(7, None, &[]).finish();
        bytes.extend([0xa1, 203, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4]);
        let packets: Vec<_> = Compound::parse(&bytes).unwrap().collect();
        let Rtcp::Goodbye(sources) = &packets[1] else {
            panic!("{packets:?}");
        };
        assert_eq!(sources.clone().count(), 1);
    }
}
