use std::ops::Range;

/// RFC 3550 §5.1: a header without CSRC list and extension.
pub const HEADER_LENGTH: usize = 12;

/// Whether a packet on a shared port is RTCP: packet types 192 to 223 (RFC 5761 §4). It says nothing on whether it is valid.
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// What an RTP packet says of itself, CSRC list, extension and padding checked and left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// The marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp, in units of the payload type's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Where the payload is, without padding. It starts at [`HEADER_LENGTH`] or later.
    pub payload: Range<usize>,
}

/// The header that a relayed packet leaves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The marker bit.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

impl RtpHeader {
    /// Reads a packet; `None` unless it is RTP version 2 and whole (RFC 3550 A.1's checks of the header).
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let fixed: &[u8; HEADER_LENGTH] = packet.first_chunk()?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if first >> 6 != 2 || is_rtcp(packet) {
            return None;
        }
        let mut start = HEADER_LENGTH + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            let length: &[u8; 2] = packet.get(start + 2..)?.first_chunk()?;
            start += 4 + 4 * usize::from(u16::from_be_bytes(*length));
        }
        let mut end = packet.len();
        if first & 0x20 != 0 {
            // The last octet counts the padding, itself included.
            let padding = usize::from(*packet.last()?);
            if padding == 0 {
                return None;
            }
            end = end.checked_sub(padding)?;
        }
        if start > end {
            return None;
        }
        Some(Self {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            payload: start..end,
        })
    }

    /// Puts a bare header straight before the payload of the packet this was read from, and tells where the packet is now:
    /// without CSRC list, extension and padding. `None` if `packet` is not that packet.
    pub fn rewrite(&self, packet: &mut [u8], outgoing: Outgoing) -> Option<Range<usize>> {
        let start = self.payload.start.checked_sub(HEADER_LENGTH)?;
        packet.get(self.payload.clone())?;
        let header: &mut [u8; HEADER_LENGTH] = packet.get_mut(start..)?.first_chunk_mut()?;
        *header = outgoing.to_bytes();
        Some(start..self.payload.end)
    }
}

impl Outgoing {
    /// The twelve octets.
    pub fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = self.ssrc.to_be_bytes();
        let second = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        [0x80, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::{Outgoing, RtpHeader, is_rtcp};

    const BARE: [u8; 16] = [
        0x80, 0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, b'a', b'b', b'c', b'd',
    ];

    fn outgoing() -> Outgoing {
        Outgoing {
            marker: false,
            payload_type: 101,
            sequence: 0xfffe,
            timestamp: 0x1111_2222,
            ssrc: 0x3333_4444,
        }
    }

    #[test]
    fn a_plain_packet_is_read() {
        let header = RtpHeader::parse(&BARE).unwrap();
        assert!(header.marker);
        assert_eq!(header.payload_type, 8);
        assert_eq!(header.sequence, 0x0102);
        assert_eq!(header.timestamp, 0x0304_0506);
        assert_eq!(header.ssrc, 0x0708_090a);
        assert_eq!(header.payload, 12..16);
    }

    #[test]
    fn csrcs_extension_and_padding_are_left_behind() {
        let mut packet = BARE.to_vec();
        packet[0] = 0xb2;
        packet.splice(12..12, [0; 8]);
        packet.splice(20..20, [0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        packet.extend([0, 0, 3]);
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(&packet[header.payload.clone()], b"abcd");

        let place = header.rewrite(&mut packet, outgoing()).unwrap();
        let rewritten = &packet[place];
        assert_eq!(rewritten[..12], outgoing().to_bytes());
        assert_eq!(&rewritten[12..], b"abcd");
        let again = RtpHeader::parse(rewritten).unwrap();
        assert_eq!((again.payload_type, again.marker), (101, false));
    }

    #[test]
    fn packets_that_contradict_themselves_are_refused() {
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut packet = BARE.to_vec();
            change(&mut packet);
            RtpHeader::parse(&packet)
        };
        assert_eq!(with(&|packet| packet[0] = 0x40), None, "version 1");
        assert_eq!(with(&|packet| packet.truncate(11)), None, "cut header");
        assert_eq!(with(&|packet| packet[0] = 0x8f), None, "CSRCs missing");
        assert_eq!(with(&|packet| packet[0] = 0x90), None, "extension too long");
        assert_eq!(with(&|packet| packet[0] = 0xa0), None, "padding too long");
        let zero = with(&|packet| {
            packet[0] = 0xa0;
            packet[15] = 0;
        });
        assert_eq!(zero, None, "padding of no octets");
        assert_eq!(with(&|packet| packet[1] = 200), None, "a sender report");
        assert!(
            with(&|packet| packet.truncate(12)).is_some(),
            "an empty payload is legal"
        );
    }

    #[test]
    fn rtcp_is_told_apart_by_its_type() {
        assert!(is_rtcp(&[0x80, 200]) && is_rtcp(&[0x80, 223]) && is_rtcp(&[0x80, 192]));
        assert!(!is_rtcp(&[0x80, 191]) && !is_rtcp(&[0x80, 224]) && !is_rtcp(&[0x80]));
    }
}
